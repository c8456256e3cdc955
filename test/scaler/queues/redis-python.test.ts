/** Celery and RQ, whose own producers and workers fill and empty the queues. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RedisDeclaration, RedisQueue } from '../../../pool/queues/redis.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { runProcess } from '../../harness/run-process.ts';
import { pythonQueuesTool } from '../../harness/servers/queue-clients.ts';
import { type Redis, redisTool, startRedis } from '../../harness/servers/redis.ts';
import { environmentWithoutAws, startServer } from '../../harness/start-server.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { openQueues } from './open-queues.ts';

/** A task of either runs until the file `go` is there. Priorities and the limits are Celery's own. */
const tasks = `
import os, time
from celery import Celery
app = Celery('tasks', broker=os.environ['REDIS_URL'])
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, task_ignore_result=True)
def wait():
    while not os.path.exists('go'): time.sleep(0.05)
held = app.task(name='held')(wait)
`;
const sendToCelery = `
import tasks
for priority in (0, 0, 3, 9): tasks.held.apply_async(queue='linux', priority=priority)
tasks.held.apply_async(queue='mail')
`;
const sendToRq = `
import os
from datetime import timedelta
from redis import Redis
from rq import Queue
queue = Queue('linux', connection=Redis.from_url(os.environ['REDIS_URL']))
for _ in range(3): queue.enqueue('tasks.wait')
queue.enqueue_in(timedelta(milliseconds=1), 'tasks.wait')
queue.enqueue_in(timedelta(hours=1), 'tasks.wait')
`;
const wait = { timeout: 60_000, interval: 100 };

describe.skipIf(await missingParts([toolPart(redisTool), toolPart(pythonQueuesTool)]))(
  'Celery and RQ in Redis',
  () => {
    let redis: Redis;
    const folder = temporaryFolder('python-queues');
    beforeAll(async () => {
      redis = await startRedis();
      writeFileSync(join(folder.path, 'tasks.py'), tasks);
    }, 120_000);
    afterAll(async () => {
      await redis.stop();
      folder.remove();
    });

    const environment = (database: number) => ({
      ...environmentWithoutAws(),
      REDIS_URL: `${redis.url}/${database}`,
      PYTHONPATH: folder.path,
      // Celery warns when it runs as root.
      C_FORCE_ROOT: '1',
    });
    const declare = (database: number, queue: RedisQueue): RedisDeclaration => ({
      kind: 'redis',
      server: {
        url: `${redis.url}/${database}`,
        user: null,
        password: null,
        certificateAuthority: null,
      },
      queue,
    });
    const python = async (database: number, program: string) => {
      const { exitCode, stderr } = await runProcess(pythonQueuesTool.python, ['-c', program], {
        directory: folder.path,
        environment: environment(database),
        limitSeconds: 60,
      });
      expect(exitCode, stderr).toBe(0);
    };
    const startWorker = (database: number, program: string, parameters: readonly string[]) =>
      startServer({
        name: program,
        command: pythonQueuesTool.program(program),
        parameters,
        directory: folder.path,
        environment: environment(database),
        ready: async () => true,
      });

    it('follows a queue of Celery, all priorities of it and no other', async () => {
      const of = (queue: string) =>
        declare(0, {
          ...{ kind: 'celery', queue, prefix: '', separator: '\x06\x16' },
          prioritySteps: [0, 3, 6, 9],
        });
      const { readAll, queues } = openQueues();
      const read = () => readAll([of('linux'), of('mail')]);
      await python(0, sendToCelery);
      expect(await read()).toMatchObject([
        { status: 'known', pending: 4, claimed: 0 },
        { pending: 1, claimed: 0 },
      ]);
      const worker = await startWorker(0, 'celery', [
        ...['-A', 'tasks', 'worker', '-Q', 'linux,mail', '--pool', 'threads', '--concurrency', '4'],
        ...['--without-gossip', '--without-mingle', '--without-heartbeat'],
      ]);
      // Four of the five are taken, and which, is Celery's to say.
      await vi.waitFor(async () => {
        const [linux, mail] = await read();
        if (linux?.status !== 'known' || mail?.status !== 'known') throw new Error('not known');
        expect((linux.claimed ?? 0) + (mail.claimed ?? 0)).toBe(4);
        expect([linux.pending + (linux.claimed ?? 0), mail.pending + (mail.claimed ?? 0)]).toEqual([
          4, 1,
        ]);
      }, wait);
      writeFileSync(join(folder.path, 'go'), '');
      const done = { status: 'known', pending: 0, claimed: 0 };
      await vi.waitFor(async () => expect(await read()).toMatchObject([done, done]), wait);
      await worker.stop();
      await queues.close();
    }, 180_000);

    it('follows a queue of RQ', async () => {
      const rq = (scheduled: boolean) => declare(1, { kind: 'rq', queue: 'linux', scheduled });
      const { readAll, queues } = openQueues();
      const read = () => readAll([rq(false), rq(true)]);
      const startedAt = Date.now();
      await python(1, sendToRq);
      const readings = await vi.waitFor(async () => {
        const both = await read();
        expect(both[1]).toMatchObject({ pending: 4 });
        return both;
      }, wait);
      expect(readings).toMatchObject([
        { pending: 3, claimed: 0 },
        { pending: 4, claimed: 0 },
      ]);
      const age = readings[0] && 'oldestPendingAge' in readings[0] && readings[0].oldestPendingAge;
      expect(age).toBeGreaterThan(0);
      expect(age).toBeLessThanOrEqual((Date.now() - startedAt) / 1000);

      await python(1, 'import os; os.remove("go")');
      const parameters = ['worker', '-w', 'rq.SimpleWorker', '--url', `${redis.url}/1`, 'linux'];
      const worker = await startWorker(1, 'rq', parameters);
      await vi.waitFor(
        async () => expect((await read())[0]).toMatchObject({ pending: 2, claimed: 1 }),
        wait,
      );
      writeFileSync(join(folder.path, 'go'), '');
      await vi.waitFor(
        async () => expect((await read())[0]).toMatchObject({ pending: 0, claimed: 0 }),
        wait,
      );
      await worker.stop();
      await queues.close();
    }, 180_000);
  },
);
