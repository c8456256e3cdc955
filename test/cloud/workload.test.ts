/** Simulated workers: they take tasks from a list and speak to a scaler over HTTP. */
import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Heartbeats } from '../../scaler/api/heartbeats.ts';
import { type RunningServer, startServer } from '../../scaler/api/server.ts';
import { cloudClock } from '../../scaler/cloud-clock.ts';
import type { Clock } from '../../scaler/ports.ts';
import { type CloudSession, openSession } from './cloud-session.ts';

let session: CloudSession;
let clock: Clock;
let heartbeats: Heartbeats;
let scaler: RunningServer;
let group: string;
const { signal } = new AbortController();

beforeEach(async () => {
  session = await openSession();
  group = await session.groupOf(0);
  clock = await cloudClock(new URL(session.running.endpoint));
  heartbeats = new Heartbeats(clock);
  scaler = await startServer({
    address: { host: '127.0.0.1', port: 0 },
    heartbeats,
    metrics: new Registry(),
    token: 'secret',
    health: () => ({ healthy: true, age: null }),
  });
  const durations = [100, 200, 3000];
  await post('work', {
    groups: [group],
    provisionerId: 'ci',
    workerType: 'linux',
    tasks: durations.map((duration) => ({ after: 30, duration })),
    heartbeats: { url: scaler.url, pool: 'linux', interval: 20, token: 'secret' },
  });
});

afterEach(async () => {
  await scaler.close();
  await session.stop();
});

const post = async (path: string, body: object) => {
  const url = `${session.running.endpoint}/_muster/${path}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return response.json();
};
const grow = (DesiredCapacity: number) =>
  session.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity }));
const pending = async () => {
  const url = `${session.running.endpoint}/_muster/jobs?state=PENDING`;
  const tasks = (await (await fetch(url, { signal })).json()) as readonly unknown[];
  return tasks.length;
};
const words = () => [...heartbeats.heartbeats().values()];

it("a sleep on the cloud's clock lets its time pass, and no more", async () => {
  const { cloud } = session.running;
  const before = cloud.account.clock.now();
  expect(clock.now()).toBe(before);
  await clock.sleep(90, signal);
  expect([clock.now() - before, cloud.account.clock.now() - before]).toEqual([90, 90]);
  await clock.sleep(90, AbortSignal.abort());
  expect(clock.now() - before).toBe(90);
});

it('what is no local AWS gives no clock', async () => {
  await expect(cloudClock(new URL(scaler.url))).rejects.toThrow(
    `${scaler.url}/_muster/clock: expected the clock of a local AWS (muster cloud), got status 404`,
  );
});

it('tasks wait until workers take them, who say so, and what they finished', async () => {
  await clock.sleep(60, signal);
  expect(await pending()).toBe(3);
  await grow(2);
  await clock.sleep(400, signal);
  expect(await pending()).toBe(0);
  const finished = heartbeats
    .takeFinishedTasks()
    .get('linux')
    ?.map(({ duration }) => duration);
  expect(finished?.toSorted()).toEqual([100, 200]);
  expect(
    words()
      .map(({ busySlots }) => busySlots)
      .toSorted(),
  ).toEqual([0, 1]);
  expect(clock.now() - Math.min(...words().map(({ at }) => at))).toBeLessThanOrEqual(20);
});

it('a worker that is answered to drain takes nothing more, and says so at once', async () => {
  await grow(1);
  // It takes the first task before its first word is answered.
  await clock.sleep(29, signal);
  heartbeats.setDraining(new Set(await session.instanceIds(group)));
  await clock.sleep(600, signal);
  expect(words()).toMatchObject([{ busySlots: 0, taking: false }]);
  expect(await pending()).toBe(2);
  heartbeats.setDraining(new Set());
  await clock.sleep(30, signal);
  expect(words()).toMatchObject([{ taking: true, busySlots: 1 }]);
});

it('what a scaler did not hear is told again', async () => {
  await grow(1);
  await scaler.close();
  await clock.sleep(600, signal);
  expect(words()).toEqual([]);
  const { port } = new URL(scaler.url);
  scaler = await startServer({
    address: { host: '127.0.0.1', port: Number(port) },
    heartbeats,
    metrics: new Registry(),
    token: 'secret',
    health: () => ({ healthy: true, age: null }),
  });
  await clock.sleep(20, signal);
  expect(words()).toHaveLength(1);
  const told = heartbeats.takeFinishedTasks().get('linux') ?? [];
  expect(told.length).toBe(session.running.cloud.workers.summary().tasks.finished);
  expect(told.length).toBeGreaterThan(0);
});

it('the journal makes the same workers again, with what they were told', async () => {
  const { cloud } = session.running;
  await grow(2);
  await clock.sleep(200, signal);
  const [first] = await session.instanceIds(group);
  heartbeats.setDraining(new Set([first!]));
  await clock.sleep(300, signal);
  const before = cloud.workers.summary();
  expect(before.tasks).toMatchObject({ claimed: expect.any(Number), arrived: 3 });
  await cloud.load(await cloud.save());
  expect(cloud.workers.summary()).toEqual(before);
});
