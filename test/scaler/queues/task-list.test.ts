import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Queues } from '../../../scaler/queues/queues.ts';
import { type HttpFake, type ReceivedRequest, startHttpFake } from '../http-fake.ts';
import { aFleet, aFullPool, aListQueue, ManualClock, never } from '../samples.ts';

type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

async function serve(answer: Answer, clock = new ManualClock()) {
  const fake = await startHttpFake(answer);
  fakes.push(fake);
  const queues = new Queues({ fleet: aFleet(), clock, onFailure: () => {} });
  const read = async (signal = never, workerType = 'linux') => {
    const pool = aFullPool({ queue: aListQueue(fake.port, workerType) });
    return (await queues.read([pool], signal)).get(pool.id);
  };
  return { fake, queues, read, clock };
}

const task = (workerType = 'linux', change: object = {}) => ({
  provisionerId: 'ci',
  workerType,
  ...change,
});
const json =
  (value: unknown): Answer =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };

describe('task lists over HTTP', () => {
  it('serves all pools of an endpoint by one fetch, each with its own tasks', async () => {
    const tasks = [task(), task(), task('win'), task('linux', { provisionerId: 'other' })];
    const { fake, queues } = await serve(json(tasks));
    const pools = ['linux', 'win', 'mac'].map((id) =>
      aFullPool({ id, queue: aListQueue(fake.port, id) }),
    );
    const readings = await queues.read(pools, never);
    expect(
      [...readings].map(([id, reading]) => [id, 'pending' in reading && reading.pending]),
    ).toEqual([
      ['linux', 2],
      ['win', 1],
      ['mac', 0],
    ]);
    expect(fake.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/jobs?state=PENDING',
    ]);
  });

  it('takes age from the tasks where every one says when it was made', async () => {
    let tasks = [task('linux', { created: '2023-11-14T22:13:10Z' }), task()];
    const { read, clock } = await serve((request, response) => json(tasks)(request, response));
    expect(clock.now()).toBe(Date.parse('2023-11-14T22:13:20Z') / 1000);
    expect(await read()).toMatchObject({ pending: 2, claimed: null, oldestPendingAge: null });
    tasks = tasks.slice(0, 1);
    expect(await read()).toMatchObject({ pending: 1, oldestPendingAge: 10 });
  });

  const html = '<!doctype html><title>Sign in</title>';
  const bad: [string, Answer, RegExp][] = [
    ['HTML', (_request, response) => response.end(html), /JSON list.*<!doctype/],
    ['an empty answer', (_request, response) => response.end(), /JSON list/],
    ['an object', json({ jobs: [] }), /got JSON that begins "\{/],
    ['null', json(null), /got JSON that begins "null"/],
    ['a number', json(0), /got JSON that begins "0"/],
    ['a list of texts', json(['a']), /task 0 of the list/],
    ['a task without a worker type', json([task(), { provisionerId: 'ci' }]), /task 1\.workerType/],
    ['half a list', (_request, response) => response.end('[{"a":'), /JSON list/],
    ['status 404', (_request, response) => response.writeHead(404).end('[]'), /got 404/],
    ['status 500', (_request, response) => response.writeHead(500).end('[]'), /got 500/],
    [
      'a redirect',
      (_request, response) => response.writeHead(302, { location: '/login' }).end('[]'),
      /got 302 to \/login/,
    ],
    [
      'an answer that breaks off',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('[');
        setTimeout(() => response.destroy(), 20);
      },
      /broke off|terminated/,
    ],
  ];

  it.each(bad)('never takes %s for zero', async (_case, answer, error) => {
    const { read } = await serve(answer);
    expect(await read()).toMatchObject({ status: 'unknown', error: expect.stringMatching(error) });
  });

  it('tries a failing server three times, and a wrong answer once', async () => {
    let failures = 2;
    const { fake, read } = await serve((request, response) => {
      if (failures-- > 0) response.writeHead(503).end();
      else json([task()])(request, response);
    });
    expect(await read()).toMatchObject({ status: 'known', pending: 1 });
    expect(fake.received).toHaveLength(3);
    const html = await serve((_request, response) => response.end('<html>'));
    await html.read();
    expect(html.fake.received).toHaveLength(1);
  });

  it('gives up an answer as soon as it is too large', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, ' ');
    let sent = 0;
    const { read } = await serve((_request, response) => {
      const more = () => {
        while (sent < 200 && !response.destroyed) {
          sent += 1;
          if (!response.write(megabyte)) break;
        }
      };
      response.on('drain', more);
      more();
    });
    expect(await read()).toMatchObject({ error: expect.stringContaining('larger than') });
    expect(sent).toBeLessThan(100);
  });

  it('ends when the signal fires, before the answer and within it', async () => {
    const silent = await serve(() => {});
    expect(await silent.read(AbortSignal.timeout(100))).toMatchObject({ status: 'unknown' });
    const stuck = await serve((_request, response) => response.write('['));
    expect(await stuck.read(AbortSignal.timeout(200))).toMatchObject({ status: 'unknown' });
  });

  it('tells a server that is not there as unknown, with its address', async () => {
    const { fake, read } = await serve(json([]));
    await fake.close();
    fakes.splice(0);
    expect(await read()).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining(`127.0.0.1:${fake.port}`),
    });
  });
});
