import { afterEach, describe, expect, it } from 'vitest';
import type { HttpEndpoint } from '../../../pool/queues/http.ts';
import type { JsonDeclaration } from '../../../pool/queues/json.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { ManualClock } from '../samples.ts';
import { openQueues } from './open-queues.ts';

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

async function serve(body: string, headers: Record<string, string> = {}) {
  const fake = await startHttpFake((request, response) => {
    if (headers.etag !== undefined && request.headers['if-none-match'] === headers.etag) {
      response.writeHead(304).end();
    } else {
      response.writeHead(200, headers).end(body);
    }
  });
  fakes.push(fake);
  const declare = (
    change: Partial<JsonDeclaration> = {},
    endpoint: Partial<HttpEndpoint> = {},
  ): JsonDeclaration => ({
    kind: 'json',
    endpoint: { url: `${fake.url}/queue`, headers: {}, auth: { kind: 'none' }, ...endpoint },
    pending: '@',
    claimed: null,
    oldestPendingAge: null,
    oldestPendingSince: null,
    ...change,
  });
  return { fake, declare };
}

const now = 1_700_000_000;
const jobs = JSON.stringify({
  jobs: [
    { state: 'queued', label: 'linux', at: '2023-11-14T22:13:00Z' },
    { state: 'queued', label: 'mac', at: '2023-11-14T22:13:10Z' },
    { state: 'running', label: 'linux', at: '2023-11-14T22:00:00Z' },
  ],
});

describe('json', () => {
  it('reads a plain number', async () => {
    const { declare } = await serve('17\n');
    expect(await openQueues().readOne(declare())).toMatchObject({ pending: 17, claimed: null });
  });

  it('takes counts and age by expressions, for several pools of one fetch', async () => {
    const { fake, declare } = await serve(jobs);
    const of = (label: string) =>
      declare({
        pending: `length(jobs[?state=='queued' && label=='${label}'])`,
        claimed: `length(jobs[?state=='running' && label=='${label}'])`,
        oldestPendingSince: `min(jobs[?state=='queued' && label=='${label}'].at)`,
      });
    const { readAll } = openQueues({ clock: new ManualClock(now) });
    expect(await readAll([of('linux'), of('mac'), of('windows')])).toEqual([
      { status: 'known', readAt: now, pending: 1, claimed: 1, oldestPendingAge: 20 },
      { status: 'known', readAt: now, pending: 1, claimed: 0, oldestPendingAge: 10 },
      { status: 'known', readAt: now, pending: 0, claimed: 0, oldestPendingAge: null },
    ]);
    expect(fake.received).toHaveLength(1);
  });

  it('leaves one pool unknown whose expression finds no number, and no other', async () => {
    const { declare } = await serve(jobs);
    const [good, bad] = await openQueues().readAll([
      declare({ pending: 'length(jobs)' }),
      declare({ pending: 'jobs.waiting' }),
    ]);
    expect(good).toMatchObject({ pending: 3 });
    expect(bad).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('expected a number at jobs.waiting, got nothing'),
    });
  });

  it.each(['-1', '1.5', '1e300', '"3"', 'null', '1000000001'])(
    'does not take %s for a count',
    async (body) => {
      const { declare } = await serve(body);
      expect(await openQueues().readOne(declare())).toMatchObject({ status: 'unknown' });
    },
  );

  it.each([
    ['bearer', { kind: 'bearer', scheme: 'token' }, { authorization: 'token s3cret-value' }],
    [
      'basic',
      { kind: 'basic', user: 'muster' },
      { authorization: `Basic ${Buffer.from('muster:s3cret-value').toString('base64')}` },
    ],
    ['header', { kind: 'header', name: 'x-api-key' }, { 'x-api-key': 's3cret-value' }],
  ] as const)('sends credentials as %s, and its headers', async (_name, auth, sent) => {
    const { fake, declare } = await serve('1');
    const secret = { kind: 'secret', from: 'environment', name: 'TOKEN', field: null } as const;
    const { readOne } = openQueues({ environment: { TOKEN: 's3cret-value\n' } });
    const headers = { 'x-scope-orgid': 'ci' };
    await readOne(declare({}, { auth: { ...auth, secret }, headers }));
    expect(fake.received[0]?.headers).toMatchObject({ ...sent, ...headers });
  });

  it('reads a secret anew when it is refused, within the same read', async () => {
    let wanted = 'first-value';
    const fake = await startHttpFake((request, response) => {
      const isRight = request.headers.authorization === `Bearer ${wanted}`;
      response.writeHead(isRight ? 200 : 401).end('6');
    });
    fakes.push(fake);
    const { declare } = await serve('');
    const environment = { TOKEN: 'first-value' };
    const { readOne } = openQueues({ environment });
    const secret = { kind: 'secret', from: 'environment', name: 'TOKEN', field: null } as const;
    const auth = { kind: 'bearer', scheme: 'Bearer', secret } as const;
    const declaration = declare({}, { url: fake.url, auth });
    expect(await readOne(declaration)).toMatchObject({ pending: 6 });
    wanted = 'second-value';
    environment.TOKEN = 'second-value';
    expect(await readOne(declaration)).toMatchObject({ status: 'known', pending: 6 });
    expect(fake.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first-value',
      'Bearer first-value',
      'Bearer second-value',
    ]);
  });

  it('asks for no more than has changed', async () => {
    const { fake, declare } = await serve('5', { etag: '"v1"' });
    const { readOne } = openQueues();
    for (let round = 0; round < 3; round += 1) {
      expect(await readOne(declare())).toMatchObject({ status: 'known', pending: 5 });
    }
    expect(fake.received.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
      '"v1"',
    ]);
  });

  it('tells of a secret that is not there, and sends nothing', async () => {
    const { fake, declare } = await serve('5');
    const secret = { kind: 'secret', from: 'environment', name: 'ABSENT', field: null } as const;
    const auth = { kind: 'bearer', scheme: 'Bearer', secret } as const;
    expect(await openQueues().readOne(declare({}, { auth }))).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('the variable ABSENT is not set'),
    });
    expect(fake.received).toHaveLength(0);
  });

  it('keeps a secret that a server gives back out of what it tells', async () => {
    const fake = await startHttpFake((request, response) => {
      response.end(`<html>you sent ${request.headers.authorization}`);
    });
    fakes.push(fake);
    const { declare } = await serve('1');
    const secret = { kind: 'secret', from: 'environment', name: 'TOKEN', field: null } as const;
    const shown: string[] = [];
    const { readOne } = openQueues({
      environment: { TOKEN: 'abcd' },
      onExchange: ({ body }) => shown.push(body),
    });
    const auth = { kind: 'bearer', scheme: 'X', secret } as const;
    const reading = await readOne(declare({}, { url: fake.url, auth }));
    expect(fake.received[0]?.headers.authorization).toBe('X abcd');
    expect(reading).toMatchObject({
      error: expect.stringContaining('<html>you sent X [redacted]'),
    });
    expect(shown).toEqual(['<html>you sent X [redacted]']);
  });
});
