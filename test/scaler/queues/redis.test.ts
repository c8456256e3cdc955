import { createClient } from '@redis/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RedisDeclaration, RedisQueue } from '../../../pool/queues/redis.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { bullMqTool } from '../../harness/servers/queue-clients.ts';
import { type Redis, redisTool, startRedis } from '../../harness/servers/redis.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { openQueues } from './open-queues.ts';
import { startTlsFront } from './tls-front.ts';

/** What this suite uses of BullMQ. */
interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: object, options?: object): Promise<unknown>;
    pause(): Promise<void>;
    resume(): Promise<void>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => { close(): Promise<void> };
}

const parts = [toolPart(redisTool), toolPart(bullMqTool)];

describe.skipIf(await missingParts(parts))('redis, against a real server', () => {
  let redis: Redis;
  const connect = () => createClient({ url: redis.url }).connect();
  let client: Awaited<ReturnType<typeof connect>>;
  beforeAll(async () => {
    redis = await startRedis();
    client = await connect();
  }, 120_000);
  afterAll(async () => {
    client.destroy();
    await redis.stop();
  });
  beforeEach(() => client.flushAll());

  const declare = (
    queue: RedisQueue,
    server: Partial<RedisDeclaration['server']> = {},
  ): RedisDeclaration => ({
    kind: 'redis',
    server: { url: redis.url, user: null, password: null, certificateAuthority: null, ...server },
    queue,
  });
  const list = (pending: string, claimed: string | null = null) =>
    declare({ kind: 'list', pending, claimed });

  it('reads lists, and leaves only that pool unknown whose key is no list', async () => {
    await client.rPush('tasks', ['a', 'b', 'c']);
    await client.rPush('taken', 'd');
    await client.set('text', 'no list');
    const { readAll, queues } = openQueues();
    const readings = await readAll([list('tasks', 'taken'), list('text'), list('absent')]);
    await queues.close();
    expect(readings).toMatchObject([
      { pending: 3, claimed: 1, oldestPendingAge: null },
      { status: 'unknown', error: expect.stringMatching(/LLEN text: WRONGTYPE/) },
      { pending: 0, claimed: null },
    ]);
  });

  it('keeps one connection for all pools and reads, and makes another when it was ended', async () => {
    const connections = async () =>
      Number(/total_connections_received:(\d+)/.exec(await client.info('stats'))?.[1]);
    const before = await connections();
    const { readAll, queues } = openQueues();
    const pools = Array.from({ length: 200 }, (_, index) => list(`tasks-${index}`));
    await readAll(pools);
    await readAll(pools);
    expect((await connections()) - before).toBe(1);
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    expect(await readAll(pools)).toMatchObject(pools.map(() => ({ status: 'known' })));
    expect((await connections()) - before).toBe(2);
    await queues.close();
  });

  it('reads the database that the address names', async () => {
    await client.sendCommand(['SELECT', '3']);
    await client.rPush('tasks', 'a');
    await client.sendCommand(['SELECT', '0']);
    const { readAll, queues } = openQueues();
    const third = declare(
      { kind: 'list', pending: 'tasks', claimed: null },
      { url: `${redis.url}/3` },
    );
    expect(await readAll([list('tasks'), third])).toMatchObject([{ pending: 0 }, { pending: 1 }]);
    await queues.close();
  });

  it('checks the certificate of a server, and signs in as a user', async () => {
    await client.aclSetUser('muster', ['on', '>red-secret', '~tasks', '+llen', '+client']);
    await client.rPush('tasks', ['a', 'b']);
    const front = await startTlsFront(redis.port);
    const environment = { PASSWORD: 'red-secret', AUTHORITY: front.certificate };
    const place = (name: string) =>
      ({ kind: 'secret', from: 'environment', name, field: null }) as const;
    const server = {
      url: `rediss://localhost:${front.port}`,
      user: 'muster',
      password: place('PASSWORD'),
      certificateAuthority: place('AUTHORITY'),
    };
    const { readAll, queues } = openQueues({ environment });
    const [allowed, other] = await readAll([
      declare({ kind: 'list', pending: 'tasks', claimed: null }, server),
      declare({ kind: 'list', pending: 'secrets', claimed: null }, server),
    ]);
    expect(allowed).toMatchObject({ status: 'known', pending: 2 });
    expect(other).toMatchObject({ error: expect.stringContaining('LLEN secrets: NOPERM') });
    const strangers = { ...server, certificateAuthority: null };
    const [unsigned] = await readAll([
      declare({ kind: 'list', pending: 'tasks', claimed: null }, strangers),
    ]);
    expect(unsigned).toMatchObject({ error: expect.stringContaining('self-signed certificate') });
    await queues.close();
    front.stop();
  });

  it('reads a password anew that the server refuses', async () => {
    const sign = (password: string) =>
      client.aclSetUser('turning', ['on', 'resetpass', `>${password}`, '~*', '+@all']);
    await sign('first-secret');
    const environment = { PASSWORD: 'first-secret' };
    const password = {
      kind: 'secret',
      from: 'environment',
      name: 'PASSWORD',
      field: null,
    } as const;
    const { readOne, queues } = openQueues({ environment });
    const one = declare(
      { kind: 'list', pending: 'a', claimed: null },
      { user: 'turning', password },
    );
    expect(await readOne(one)).toMatchObject({ status: 'known' });
    await sign('second-secret');
    environment.PASSWORD = 'second-secret';
    await client.sendCommand(['CLIENT', 'KILL', 'USER', 'turning']);
    expect(await readOne(one)).toMatchObject({ status: 'known' });
    await queues.close();
  });

  it('reads what a group of a stream was not given, and what it holds', async () => {
    const stream = declare({ kind: 'stream', stream: 'tasks', group: 'workers' });
    const { readOne, queues } = openQueues();
    expect(await readOne(stream)).toMatchObject({ error: expect.stringContaining('no such key') });
    await client.xGroupCreate('tasks', 'others', '0', { MKSTREAM: true });
    expect(await readOne(stream)).toMatchObject({
      error: expect.stringContaining('stream tasks has no group workers'),
    });
    await client.xGroupCreate('tasks', 'workers', '0');
    for (const age of [90, 60, 30, 10]) {
      await client.xAdd('tasks', `${Date.now() - age * 1000}-0`, { age: String(age) });
    }
    const take = async (count: number): Promise<string[]> => {
      const from = { key: 'tasks', id: '>' };
      const taken = await client.xReadGroup('workers', 'one', from, { COUNT: count });
      return (taken ?? []).flatMap(({ messages }) =>
        (messages as { id: string }[]).map(({ id }) => id),
      );
    };
    const [first = ''] = await take(2);
    const two = await readOne(stream);
    expect(two).toMatchObject({ status: 'known', pending: 2, claimed: 2 });
    expect(two).toHaveProperty('oldestPendingAge', expect.closeTo(30, -0.5));
    await client.xAck('tasks', 'workers', first);
    await take(2);
    expect(await readOne(stream)).toMatchObject({ pending: 0, claimed: 3, oldestPendingAge: null });
    await queues.close();
  });

  it("does not guess a stream's length where the server does not know it", async () => {
    const ids = [];
    for (let entry = 0; entry < 4; entry += 1)
      ids.push(await client.xAdd('tasks', '*', { entry: '1' }));
    await client.xGroupCreate('tasks', 'workers', '0');
    await client.xDel('tasks', ids[2] ?? '');
    const { readOne, queues } = openQueues();
    expect(
      await readOne(declare({ kind: 'stream', stream: 'tasks', group: 'workers' })),
    ).toMatchObject({ status: 'unknown', error: expect.stringContaining('has no lag') });
    await queues.close();
  });

  it('follows a queue of BullMQ', { timeout: 60_000 }, async () => {
    const { Queue, Worker } = bullMqTool.load('bullmq') as BullMq;
    const connection = { host: '127.0.0.1', port: redis.port };
    const builds = new Queue('builds', { connection });
    const { readOne, queues } = openQueues();
    const read = () => readOne(declare({ kind: 'bullmq', queue: 'builds', prefix: 'bull' }));
    expect(await read()).toMatchObject({ pending: 0, claimed: 0 });

    const ago = (seconds: number) => ({ timestamp: Date.now() - seconds * 1000 });
    await builds.add('first', {}, ago(40));
    await builds.add('second', {}, ago(20));
    // By another that did not see it empty, which would bound the age too.
    const other = openQueues();
    const plain = await other.readOne(declare({ kind: 'bullmq', queue: 'builds', prefix: 'bull' }));
    await other.queues.close();
    expect(plain).toMatchObject({ status: 'known', pending: 2, claimed: 0 });
    expect(plain).toHaveProperty('oldestPendingAge', expect.closeTo(40, -0.5));

    await builds.add('third', {}, { priority: 5 });
    await builds.add('due', {}, { delay: 1 });
    await builds.add('later', {}, { delay: 3_600_000 });
    await vi.waitFor(async () => expect(await read()).toMatchObject({ pending: 4 }));
    await builds.pause();
    expect(await read()).toMatchObject({ pending: 0, claimed: 0 });
    await builds.resume();

    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const worker = new Worker('builds', () => finished, { connection, concurrency: 3 });
    await vi.waitFor(async () => expect(await read()).toMatchObject({ pending: 1, claimed: 3 }), {
      timeout: 20_000,
    });
    finish();
    await vi.waitFor(async () => expect(await read()).toMatchObject({ pending: 0, claimed: 0 }), {
      timeout: 20_000,
    });
    await worker.close();
    await builds.close();
    await queues.close();
  });
});
