import { describe, expect, it } from 'vitest';
import { summarise } from '../../sim/summary.ts';
import {
  activityDelay,
  aFleet,
  anInstance,
  aPool,
  aSimulation,
  bootTime,
  certain,
  group,
  runUntil,
  start,
  tasksAt,
} from './small-world.ts';

const one = { instanceType: 'c6i.xlarge', weight: 1 };
const four = { instanceType: 'c6i.4xlarge', weight: 4 };
const ready = activityDelay + bootTime;

async function launched(desired: number, override: typeof one, change: object) {
  const simulation = aSimulation(change);
  const cloud = simulation.clouds[0]!;
  await cloud.setOverrides({ group, overrides: [override], spotMaxPrice: null });
  await cloud.setDesiredCapacity(group, desired);
  return { simulation, cloud };
}

describe('one task and one worker', () => {
  it('wait for the boot, and pay by the second for one instance', async () => {
    const { simulation } = await launched(1, one, { arrivals: tasksAt([0], 600) });
    await runUntil(simulation, ready + 599);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 0, claimed: 1, pending: 0 });
    await runUntil(simulation, ready + 600);
    const { tasks, wait, flowTime, spend, idleShare } = summarise(simulation);
    expect(tasks).toMatchObject({ arrived: 1, finished: 1, claimed: 0, pending: 0 });
    expect(wait).toEqual({ p50: ready, p95: ready, p99: ready, longest: ready });
    expect(flowTime.longest).toBe(ready + 600);
    const hours = (bootTime + 600) / 3600;
    expect(spend.spot).toBeCloseTo(hours * (0.1 + (20 * 0.08) / 730), 10);
    expect(spend['on-demand']).toBe(0);
    expect(idleShare).toBeCloseTo(bootTime / (bootTime + 600), 10);
  });

  it('tell the queue and the worker their state at every moment', async () => {
    const { simulation } = await launched(1, one, { arrivals: tasksAt([0], 600) });
    const read = async () => (await simulation.queues.read([aPool()], never)).get('linux');
    const never = new AbortController().signal;
    await runUntil(simulation, 50);
    expect(await read()).toMatchObject({ pending: 1, claimed: 0, oldestPendingAge: 50 });
    expect(simulation.workers.heartbeats().size).toBe(0);
    await runUntil(simulation, ready + 25);
    expect(await read()).toMatchObject({ pending: 0, claimed: 1, oldestPendingAge: null });
    const [word] = simulation.workers.heartbeats().values();
    expect(word).toEqual({ at: start + ready + 20, capacity: 1, busySlots: 1, taking: true });
    await runUntil(simulation, ready + 601);
    const finished = [{ instanceType: 'c6i.xlarge', duration: 600 }];
    expect(simulation.workers.takeFinishedTasks().get('linux')).toEqual(finished);
    expect(simulation.workers.takeFinishedTasks().get('linux')).toEqual([]);
  });

  it('take longer on a slot of less utility', async () => {
    const slow = anInstance({ utility: 0.5 });
    const fleet = aFleet([aPool({ instances: [slow] })]);
    const { simulation } = await launched(1, one, { fleet, arrivals: tasksAt([0], 600) });
    await runUntil(simulation, 5000);
    expect(summarise(simulation).flowTime.longest).toBe(ready + 1200);
  });
});

describe('a worker', () => {
  it('runs as many tasks at once as it has slots, first come first served', async () => {
    const { simulation } = await launched(4, four, { arrivals: tasksAt([0, 1, 2, 3, 4, 5], 100) });
    await runUntil(simulation, 1000);
    const { waits } = simulation.work.get('linux')!.record;
    const second = ready + 100;
    expect(waits).toEqual([ready, ready - 1, ready - 2, ready - 3, second - 4, second - 5]);
  });

  it('pays for all its slots, whether or not something runs on them', async () => {
    const { simulation } = await launched(4, four, { arrivals: tasksAt([0], 100) });
    await runUntil(simulation, ready + 100);
    const { idleShare, spend } = summarise(simulation);
    expect(idleShare).toBeCloseTo(1 - 100 / (4 * (bootTime + 100)), 10);
    expect(spend.spot).toBeCloseTo(((bootTime + 100) / 3600) * (0.4 + (20 * 0.08) / 730), 10);
  });

  const onChange = { ...certain, worker: { ...certain.worker, speaksOnChange: true } };
  const byInterval = { ...certain, worker: { ...certain.worker, speaksOnChange: false } };

  it.each([
    ['which speaks on change confirms at the heartbeat that asks', onChange, 10],
    ['which does not confirms at the heartbeat after', byInterval, 20],
  ])('%s to drain, and takes nothing more', async (_, parameters, confirms) => {
    const arrivals = tasksAt([200], 600);
    const { simulation } = await launched(1, one, { parameters, arrivals });
    await runUntil(simulation, ready + 1);
    const { workers, host, work } = simulation;
    workers.setDraining(new Set([host.instances[0]!.id]));
    await runUntil(simulation, ready + confirms - 1);
    expect([...workers.heartbeats().values()][0]?.taking).toBe(true);
    await runUntil(simulation, ready + confirms);
    expect([...workers.heartbeats().values()][0]).toMatchObject({ taking: false, busySlots: 0 });
    await runUntil(simulation, 1000);
    expect(work.get('linux')?.pendingTasks).toBe(1);
    workers.setDraining(new Set());
    await runUntil(simulation, 1010);
    expect(work.get('linux')?.pendingTasks).toBe(0);
  });

  it('that drains finishes what it runs', async () => {
    const { simulation } = await launched(1, one, { arrivals: tasksAt([0, 0], 600) });
    await runUntil(simulation, ready + 1);
    simulation.workers.setDraining(new Set([simulation.host.instances[0]!.id]));
    await runUntil(simulation, ready + 605);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 1, pending: 1, claimed: 0 });
  });

  it('that is ended while busy finishes its task in the time that its group holds it', async () => {
    const { simulation, cloud } = await launched(1, one, { arrivals: tasksAt([0, 1], 600) });
    await runUntil(simulation, ready + 100);
    const [instance] = simulation.host.instances;
    await cloud.terminate(instance!.id);
    await runUntil(simulation, ready + 601);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 1, claimed: 1, terminated: 0 });
    await runUntil(simulation, ready + 700);
    expect(instance!.endedAt).toBe(start + ready + 600 + certain.worker.completesHookAfter);
  });

  it('that is ended while busy loses its task, which is then first in the queue', async () => {
    const arrivals = tasksAt([0, 1, 2], 600);
    const { simulation, cloud } = await launched(1, one, { arrivals, terminatingHook: false });
    await runUntil(simulation, ready + 100);
    await cloud.terminate(simulation.host.instances[0]!.id);
    await runUntil(simulation, ready + 101);
    expect(summarise(simulation).tasks).toMatchObject({ pending: 3, claimed: 0, terminated: 1 });
    const never = new AbortController().signal;
    const reading = (await simulation.queues.read([aPool()], never)).get('linux');
    expect(reading).toMatchObject({ oldestPendingAge: simulation.clock.now() - start });
    await runUntil(simulation, 5000);
    const { tasks, flowTime } = summarise(simulation);
    expect(tasks).toMatchObject({ finished: 3, pending: 0 });
    const again = ready + 100 + activityDelay + bootTime;
    expect(flowTime.p50).toBe(again + 1200 - 1);
  });

  it('never comes up on an instance that got its notice while it booted', async () => {
    const { simulation } = await launched(1, one, { arrivals: tasksAt([0], 60) });
    await runUntil(simulation, ready - 1);
    const [instance] = simulation.host.instances;
    simulation.host.interrupt(instance!);
    await runUntil(simulation, ready + 1);
    expect(instance).toMatchObject({ worker: null, lifecycleState: 'InService' });
    await runUntil(simulation, 2000);
    expect(instance?.endedBecause).toBe('interrupted');
    expect(summarise(simulation).tasks).toMatchObject({ finished: 1, interrupted: 0 });
  });

  it('of a pool without heartbeats works, and says nothing', async () => {
    const fleet = aFleet([aPool({ heartbeats: false })]);
    const { simulation } = await launched(1, one, { fleet, arrivals: tasksAt([0], 60) });
    await runUntil(simulation, 1000);
    expect(summarise(simulation).tasks.finished).toBe(1);
    expect(simulation.workers.heartbeats().size).toBe(0);
    expect(simulation.workers.takeFinishedTasks().get('linux')).toEqual([]);
  });
});

describe('an interruption', () => {
  /** About one in 40 minutes. */
  const rough = {
    ...certain,
    interruptions: {
      ...certain.interruptions,
      monthlyShareByBucket: [0.9, 0.9, 0.9, 0.9, 0.9],
      multiplier: 500,
    },
  };

  it('gives notice, lets short tasks finish, returns the rest, and frees the group to replace', async () => {
    const arrivals = tasksAt([0], 4 * 3600);
    const { simulation } = await launched(1, one, { parameters: rough, arrivals });
    const { host, workers } = simulation;
    let noticed = 0;
    for (let offset = 0; noticed === 0 && offset < 40_000; offset += 10) {
      await runUntil(simulation, offset);
      const word = workers.heartbeats().get(host.instances[0]?.id ?? '');
      if (word && !word.taking) noticed = word.at;
    }
    expect(noticed).toBeGreaterThan(0);
    await runUntil(simulation, noticed - start + 119);
    expect(host.instances[0]?.endedAt).toBeNull();
    await runUntil(simulation, noticed - start + 121);
    const [first] = host.instances;
    expect(first?.endedBecause).toBe('interrupted');
    expect(first!.endedAt! - noticed).toBeCloseTo(120, 5);
    expect(first?.seen.phase).toBe('gone');
    expect(summarise(simulation).tasks).toMatchObject({ pending: 1, claimed: 0, interrupted: 1 });
    await runUntil(simulation, noticed - start + 150);
    expect(workers.heartbeats().get(first!.id)?.at).toBeLessThanOrEqual(first!.endedAt!);
    await runUntil(simulation, noticed - start + 120 + 45 + activityDelay + 1);
    expect(host.instances).toHaveLength(2);
  });

  it('comes two minutes after the first notice, however many there are', async () => {
    const { simulation } = await launched(1, one, { arrivals: tasksAt([0], 3600) });
    const { host } = simulation;
    await runUntil(simulation, 600);
    host.interrupt(host.instances[0]!);
    await runUntil(simulation, 660);
    host.interrupt(host.instances[0]!);
    await runUntil(simulation, 1000);
    expect(host.instances[0]).toMatchObject({ endedAt: start + 720, endedBecause: 'interrupted' });
    expect(host.running.has(host.instances[0]!)).toBe(false);
  });
});
