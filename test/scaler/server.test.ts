import { once } from 'node:events';
import { connect } from 'node:net';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { Heartbeats } from '../../scaler/api/heartbeats.ts';
import { isLoopback, parseListenAddress } from '../../scaler/api/listen-address.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../scaler/api/server.ts';
import { ManualClock } from './samples.ts';

const word = {
  instanceId: 'i-0123456789abcdef0',
  instanceType: 'c6i.xlarge',
  capacity: 2,
  busySlots: 1,
  taking: true,
};

const running: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(change: Partial<ServerOptions> = {}) {
  const clock = new ManualClock();
  const heartbeats = new Heartbeats(clock);
  const server = await startServer({
    address: { host: '127.0.0.1', port: 0 },
    heartbeats,
    metrics: new Registry(),
    health: () => ({ healthy: true, age: 3 }),
    token: null,
    ...change,
  });
  running.push(server);
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/v1/heartbeats`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { server, heartbeats, clock, post };
}

describe('the server', () => {
  it('takes heartbeats, and answers drain to those that should', async () => {
    const { post, heartbeats, clock } = await start();
    const first = await post({ ...word, pool: 'linux', finished: [{ durationSeconds: 12.5 }] });
    expect([first.status, await first.json()]).toEqual([200, { drain: false }]);
    expect(heartbeats.heartbeats()).toEqual(
      new Map([[word.instanceId, { at: clock.now(), capacity: 2, busySlots: 1, taking: true }]]),
    );
    const finished = new Map([['linux', [{ instanceType: 'c6i.xlarge', duration: 12.5 }]]]);
    expect(heartbeats.takeFinishedTasks()).toEqual(finished);
    expect(heartbeats.takeFinishedTasks()).toEqual(new Map());

    heartbeats.setDraining(new Set([word.instanceId]));
    expect(await (await post(word)).json()).toEqual({ drain: true });
    expect(await (await post({ ...word, instanceId: 'i-1' })).json()).toEqual({ drain: false });
    heartbeats.setDraining(new Set());
    expect(await (await post(word)).json()).toEqual({ drain: false });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', []],
    ['an unknown field', { ...word, busyslots: 1 }],
    ['a missing field', { ...word, taking: undefined }],
    ['a negative count', { ...word, busySlots: -1 }],
    ['a fraction of a slot', { ...word, capacity: 1.5 }],
    ['a strange instance id', { ...word, instanceId: '../../etc' }],
    ['a negative duration', { ...word, finished: [{ durationSeconds: -1 }] }],
  ])('refuses %s, and remembers nothing', async (_case, body) => {
    const { post, heartbeats } = await start();
    expect((await post(body)).status).toBe(400);
    expect(heartbeats.heartbeats().size).toBe(0);
  });

  it('refuses a body that is too large', async () => {
    const { post } = await start();
    const finished = Array.from({ length: 5_000 }, () => ({ durationSeconds: 1 }));
    expect((await post({ ...word, finished })).status).toBe(413);
  });

  it('asks for the token where there is one', async () => {
    const { server, post, heartbeats } = await start({ token: 'open-sesame' });
    for (const authorization of [
      '',
      'Bearer',
      'Bearer wrong',
      'Basic open-sesame',
      'open-sesame',
    ]) {
      const refused = await post(word, { authorization });
      expect(refused.status).toBe(401);
      expect(await refused.text()).not.toContain('sesame');
    }
    expect(heartbeats.heartbeats().size).toBe(0);
    expect((await post(word, { authorization: 'Bearer open-sesame' })).status).toBe(200);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it('tells metrics and health', async () => {
    const { server } = await start({ health: () => ({ healthy: false, age: 99 }) });
    const metrics = await fetch(`${server.url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const health = await fetch(`${server.url}/healthz`);
    expect([health.status, await health.json()]).toEqual([
      503,
      { status: 'stale', iterationAgeSeconds: 99 },
    ]);
  });

  it('does not listen beyond this machine without a token, unless allowed', async () => {
    const address = { host: '0.0.0.0', port: 0 };
    await expect(start({ address })).rejects.toThrow(/refusing to listen on 0\.0\.0\.0:0/);
    await expect(start({ address, token: 'x' })).resolves.toBeDefined();
    await expect(start({ address, allowWithoutToken: true })).resolves.toBeDefined();
  });

  it('closes at once, although a connection is kept and a request hangs', async () => {
    const { server, post } = await start();
    await (await post(word)).text();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(
      'POST /v1/heartbeats HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n',
    );
    await new Promise((resolve) => setTimeout(resolve, 100)); // The request is under way.
    const begin = performance.now();
    await server.close();
    expect(performance.now() - begin).toBeLessThan(1_000);
    running.splice(0);
    socket.destroy();
  });
});

describe('Heartbeats', () => {
  it('keeps a bounded number of workers, and forgets the longest silent', () => {
    const heartbeats = new Heartbeats(new ManualClock());
    const hear = (instanceId: string) => heartbeats.receive({ ...word, instanceId, finished: [] });
    hear('i-first');
    hear('i-second');
    for (let worker = 0; worker < 19_998; worker += 1) hear(`i-${worker}`);
    hear('i-first');
    hear('i-last');
    const known = heartbeats.heartbeats();
    expect(known.size).toBe(20_000);
    expect([known.has('i-first'), known.has('i-second'), known.has('i-last')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('holds a bounded number of finished tasks, the newest', () => {
    const heartbeats = new Heartbeats(new ManualClock());
    for (let round = 0; round < 11; round += 1) {
      const finished = Array.from({ length: 1_000 }, () => ({ durationSeconds: round }));
      heartbeats.receive({ ...word, pool: 'linux', finished });
    }
    const tasks = heartbeats.takeFinishedTasks().get('linux') ?? [];
    expect([tasks.length, tasks[0]?.duration, tasks.at(-1)?.duration]).toEqual([10_000, 1, 10]);
  });

  it('drops finished tasks of a worker that names no pool', () => {
    const heartbeats = new Heartbeats(new ManualClock());
    heartbeats.receive({ ...word, finished: [{ durationSeconds: 1 }] });
    expect(heartbeats.takeFinishedTasks().size).toBe(0);
  });
});

describe('listen addresses', () => {
  it.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }, true],
    ['localhost:0', { host: 'localhost', port: 0 }, true],
    ['[::1]:80', { host: '::1', port: 80 }, true],
    ['127.9.9.9:1', { host: '127.9.9.9', port: 1 }, true],
    ['0.0.0.0:1', { host: '0.0.0.0', port: 1 }, false],
    ['[::]:1', { host: '::', port: 1 }, false],
    ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }, false],
    ['scaler.example:1', { host: 'scaler.example', port: 1 }, false],
  ])('reads %s', (text, address, loopback) => {
    expect(parseListenAddress(text)).toEqual(address);
    expect(isLoopback(address.host)).toBe(loopback);
  });

  it.each(['', '9464', ':9464', '127.0.0.1', '127.0.0.1:99999', '::1:80', 'a:b'])(
    'refuses %j',
    (text) => {
      expect(() => parseListenAddress(text)).toThrow(/expected HOST:PORT/);
    },
  );
});
