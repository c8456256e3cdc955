import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildbotDeclaration } from '../../../pool/queues/buildbot.ts';
import type { PoolReading } from '../../../scaler/ports.ts';
import { type Buildbot, startBuildbot } from '../../harness/servers/buildbot.ts';
import { openQueues } from './open-queues.ts';

const workerName = 'ci-i-0123456789abcdef0';
const buildSeconds = 2;
let master: Buildbot;
beforeAll(async () => {
  master = await startBuildbot({ workers: [workerName, 'never-connected'], buildSeconds });
}, 120_000);
afterAll(() => master.stop());

const declare = (change: Partial<BuildbotDeclaration> = {}): BuildbotDeclaration => ({
  kind: 'buildbot',
  endpoint: { url: master.url, headers: {}, auth: { kind: 'none' } },
  builders: ['build'],
  tags: [],
  ...change,
});

async function force(): Promise<void> {
  const response = await fetch(`${master.url}/api/v2/forceschedulers/force`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 1, jsonrpc: '2.0', method: 'force', params: { builderid: '1' } }),
  });
  expect(response.status).toBe(200);
}

describe('buildbot, against a real master and worker', () => {
  it('follows requests from submitted to finished', { timeout: 90_000 }, async () => {
    const { readAll, failures } = openQueues();
    const read = async (): Promise<PoolReading> => (await readAll([declare()]))[0]!;
    expect(await read()).toMatchObject({ pending: 0, claimed: 0, oldestPendingAge: null });
    for (let request = 0; request < 3; request += 1) await force();
    const asked: string[] = [];
    const all = openQueues({ onExchange: ({ url }) => asked.push(url) });
    const byTag = declare({ builders: [], tags: ['linux'] });
    const [named, tagged] = await all.readAll([declare(), byTag]);
    expect(named).toMatchObject({ pending: 3 });
    expect(tagged).toMatchObject({ pending: 3 });
    expect(asked, 'one set of requests for all pools').toHaveLength(5);
    const waiting = await read();
    expect(waiting).toMatchObject({ status: 'known', pending: 3, claimed: 0, workers: [] });
    expect(waiting).toHaveProperty('oldestPendingAge', expect.any(Number));

    const worker = await master.startWorker(workerName);
    const seen: PoolReading[] = [];
    for (;;) {
      const reading = await read();
      seen.push(reading);
      if (reading.status === 'unknown') throw new Error(reading.error);
      if (reading.pending + (reading.claimed ?? 0) === 0) break;
      await sleep(200);
    }
    await worker.stop();

    const running = { pending: 2, claimed: 1 };
    const busy = { name: workerName, capacity: null, busySlots: 1, taking: true };
    expect(seen).toContainEqual(expect.objectContaining({ ...running, workers: [busy] }));
    // A worker that is idle is told of too, and one that never came is not.
    expect(seen.at(-1)?.workers).toEqual([{ ...busy, busySlots: 0 }]);
    const finished = seen.flatMap(({ finishedTasks = [] }) => finishedTasks);
    expect(finished.map((task) => task.worker)).toEqual([workerName, workerName, workerName]);
    for (const { duration } of finished) {
      expect(duration).toBeGreaterThanOrEqual(buildSeconds - 1);
      expect(duration).toBeLessThan(30);
    }
    expect(failures).toEqual([]);
  });

  it('takes a builder or a tag that is not there for no empty queue', async () => {
    const { readAll } = openQueues();
    const [known, noBuilder, noTag] = await readAll([
      declare(),
      declare({ builders: ['biuld'] }),
      declare({ builders: [], tags: ['windows'] }),
    ]);
    expect(known).toMatchObject({ status: 'known' });
    expect(noBuilder).toMatchObject({ error: expect.stringContaining('it has no builder biuld') });
    expect(noTag).toMatchObject({
      error: expect.stringContaining('no builder with the tag windows'),
    });
  });
});
