import { createHmac } from 'node:crypto';
import * as hawk from 'hawk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Nonces } from '../../../scaler/api/authentication/nonces.ts';
import {
  issueTemporaryCredentials,
  temporaryAccessToken,
} from '../../../scaler/api/authentication/temporary-credentials.ts';
import { type ApiClientCredentials, type ApiServer, never, startApiServer } from './api-server.ts';

const path = '/v1/worker-type/from-file';
const view = 'aws-provisioner:view-worker-type:*';
let api: ApiServer;
let viewer: ApiClientCredentials;
beforeAll(async () => {
  api = await startApiServer();
  viewer = await api.client('viewer', [view, 'auth:create-client:named/*']);
});
afterAll(async () => {
  await api.close();
});

interface Signing {
  readonly id?: string;
  readonly key?: string;
  readonly ext?: object;
  /** Seconds from now. */
  readonly offset?: number;
  readonly url?: string;
}

function headerFor({
  id = 'viewer',
  key = viewer.accessToken,
  ext,
  offset = 0,
  url,
}: Signing = {}) {
  const { header } = hawk.client.header(url ?? `${api.url}${path}`, 'GET', {
    credentials: { id, key, algorithm: 'sha256' },
    timestamp: Math.floor(Date.now() / 1000) + offset,
    ...(ext && { ext: Buffer.from(JSON.stringify(ext)).toString('base64') }),
  });
  return header;
}

async function get(authorization: string, to = path) {
  const response = await fetch(`${api.url}${to}`, { headers: { authorization } });
  const body = (await response.json()) as { code?: string; message?: string };
  return { status: response.status, code: body.code, message: body.message ?? '' };
}
const ask = async (signing: Signing) => get(headerFor(signing));

describe('Hawk', () => {
  it('takes a signed request, once', async () => {
    const header = headerFor();
    expect((await get(header)).status).toBe(200);
    expect(await get(header)).toMatchObject({ status: 401, code: 'AuthenticationFailed' });
  });

  it('takes it for its own path alone, and within a minute', async () => {
    expect((await get(headerFor(), '/v1/state/from-file')).status).toBe(401);
    expect((await ask({ offset: -55 })).status).toBe(200);
    expect(await ask({ offset: -65 })).toMatchObject({
      status: 401,
      message: expect.stringMatching(/Stale/),
    });
    expect((await ask({ offset: 65 })).status).toBe(401);
  });

  it.each([
    ['an unknown client', { id: 'nobody' }],
    ['another key', { key: 'wrong' }],
    ['another ext', { ext: { certificate: 'x' } }],
    ['another host', { url: `http://elsewhere.example.com${path}` }],
  ])('refuses %s', async (_, signing) => {
    expect(await ask(signing)).toMatchObject({ status: 401, code: 'AuthenticationFailed' });
  });

  it.each([
    'Hawk',
    'Hawk id="a"',
    'Hawk id=a',
    `Hawk ${'x'.repeat(20_000)}`,
    'Basic eDp5',
    'Bearer',
  ])('refuses the header %s', async (header) => {
    const { status } = await get(header);
    // Beyond 16 kB, Node itself refuses the request.
    expect([401, 431]).toContain(status);
  });

  it('names the ways in when it refuses', async () => {
    const response = await fetch(`${api.url}${path}`, { headers: { authorization: 'Basic eDp5' } });
    expect(response.headers.get('www-authenticate')).toBe('Hawk, Bearer');
  });

  it('knows the address that a proxy has', async () => {
    const publicUrl = new URL('https://muster.example.com');
    const behind = await startApiServer({ publicUrl });
    const { clientId: id, accessToken: key } = await behind.client('viewer', [view]);
    const { request } = await import('node:http');
    const status = (authorization: string) =>
      new Promise((resolve) => {
        const headers = { host: 'muster.example.com', authorization };
        request(`${behind.url}${path}`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).end();
      });
    expect(await status(headerFor({ id, key, url: `https://muster.example.com${path}` }))).toBe(
      200,
    );
    expect(await status(headerFor({ id, key, url: `http://muster.example.com${path}` }))).toBe(401);
    await behind.close();
  });
});

describe('a signed URL', () => {
  const bewit = (ttlSec: number, url = `${api.url}${path}`) =>
    hawk.uri.getBewit(url, {
      credentials: { id: 'viewer', key: viewer.accessToken, algorithm: 'sha256' },
      ttlSec,
      localtimeOffsetMsec: 0,
    });

  it('reads until it ends, and changes nothing', async () => {
    expect((await fetch(`${api.url}${path}?bewit=${bewit(60)}`)).status).toBe(200);
    expect((await fetch(`${api.url}${path}?bewit=${bewit(-5)}`)).status).toBe(401);
    const removing = { method: 'DELETE' };
    expect((await fetch(`${api.url}${path}?bewit=${bewit(60)}`, removing)).status).toBe(401);
    expect((await fetch(`${api.url}${path}?bewit=%%`)).status).toBe(401);
    const headers = { authorization: headerFor() };
    expect((await fetch(`${api.url}${path}?bewit=${bewit(60)}`, { headers })).status).toBe(401);
  });
});

describe('temporary credentials', () => {
  const now = () => Date.now() / 1000;
  const issue = (scopes: readonly string[], life = 60, at = now()) =>
    issueTemporaryCredentials(viewer, scopes, at, life);
  const using = ({ accessToken, certificate }: ReturnType<typeof issue>, change: object = {}) =>
    ask({
      key: accessToken,
      ext: { certificate: { ...(JSON.parse(certificate) as object), ...change } },
    });

  it('hold for their scopes and time', async () => {
    expect((await using(issue([view]))).status).toBe(200);
    expect((await using(issue(['aws-provisioner:manage-worker-type:x']))).status).toBe(401);
    expect((await using(issue([]))).status).toBe(403);
    expect(await using(issue([view], 60, now() - 120))).toMatchObject({
      message: expect.stringMatching(/expired/),
    });
    expect(await using(issue([view], 60, now() + 400))).toMatchObject({
      message: expect.stringMatching(/not hold yet/),
    });
    expect(await using(issue([view], 40 * 86_400))).toMatchObject({
      message: expect.stringMatching(/31 days/),
    });
  });

  it('cannot be changed', async () => {
    expect(await using(issue([]), { scopes: [view] })).toMatchObject({
      status: 401,
      message: expect.stringMatching(/signed/),
    });
    expect((await using(issue([view]), { expiry: Date.now() + 1e9 })).status).toBe(401);
    expect((await using(issue([view]), { extra: 1 })).status).toBe(401);
  });

  it('may have an id of their own, which the issuer may give', async () => {
    const named = (clientId: string) => {
      const seed = 's'.repeat(44);
      const [start, expiry] = [Date.now() - 1_000, Date.now() + 60_000];
      const lines = ['version:1', `clientId:${clientId}`, 'issuer:viewer', `seed:${seed}`];
      const text = [...lines, `start:${start}`, `expiry:${expiry}`, 'scopes:', view].join('\n');
      const signature = createHmac('sha256', viewer.accessToken).update(text).digest('base64');
      const certificate = {
        version: 1,
        scopes: [view],
        start,
        expiry,
        seed,
        signature,
        issuer: 'viewer',
      };
      const key = temporaryAccessToken(viewer.accessToken, seed);
      return ask({ id: clientId, key, ext: { certificate } });
    };
    expect((await named('named/one')).status).toBe(200);
    expect(await named('another')).toMatchObject({
      status: 401,
      message: expect.stringMatching(/may not name/),
    });
  });
});

describe('a client', () => {
  it('has old and new keys while it is rotated, and none once it is removed', async () => {
    const old = await api.client('rotated', [view]);
    const status = async ({ accessToken, bearerToken }: Omit<ApiClientCredentials, 'clientId'>) => [
      (await ask({ id: 'rotated', key: accessToken })).status,
      (await get(`Bearer ${bearerToken}`)).status,
    ];
    const fresh = await api.tokens.rotate('rotated', Date.now() / 1000, 60, never);
    expect([await status(old), await status(fresh!)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
    await api.tokens.remove('rotated', never);
    const later = await startApiServer({ store: api.store });
    const answer = await fetch(`${later.url}${path}`, {
      headers: { authorization: `Bearer ${fresh!.bearerToken}` },
    });
    expect(answer.status).toBe(401);
    await later.close();
  });

  it('of no name has no scope, unless authentication is off', async () => {
    expect((await fetch(`${api.url}${path}`)).status).toBe(403);
    const open = await startApiServer({ authenticated: false });
    expect((await fetch(`${open.url}${path}`)).status).toBe(200);
    await open.close();
  });
});

describe('nonces', () => {
  it('are taken once, for as long as their time stamp could be', () => {
    const nonces = new Nonces(60);
    expect([nonces.take('a', 1_000), nonces.take('a', 1_000)]).toEqual([true, false]);
    for (const later of [1_059, 1_119, 1_121]) expect(nonces.take('a', later)).toBe(false);
    expect(nonces.take('b', 1_121)).toBe(true);
    expect(nonces.take('a', 1_500)).toBe(true);
  });
});
