/** What the provisioner's API does beyond what each of its methods says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poolNameOf } from '../../../pool/worker-type-pool.ts';
import { provisionerMethods } from '../../../scaler/api/provisioner/methods.ts';
import { provisionerPrefixes } from '../../../scaler/api/provisioner/provisioner-api.ts';
import { newToken } from '../../../scaler/api/provisioner/token.ts';
import { type Answer, sendTo } from './api-calls.ts';
import { type ApiServer, never, startApiServer } from './api-server.ts';
import { definition } from './definitions.ts';

let api: ApiServer;
let root: string;
beforeAll(async () => {
  api = await startApiServer();
  root = (await api.client('root', ['*'])).bearerToken;
  await send('PUT', '/v1/worker-type/w1', definition);
});
afterAll(async () => {
  await api.close();
});

const send = (method: string, path: string, body?: unknown, bearer: string | null = root) =>
  sendTo(api, bearer, method, path, body);

describe('the API', () => {
  it('is the same below both prefixes', async () => {
    for (const prefix of provisionerPrefixes) {
      expect(await send('GET', `${prefix}/worker-type/w1`)).toMatchObject({ status: 200 });
      expect(await send('GET', `${prefix}/nowhere`)).toMatchObject({
        status: 404,
        body: { code: 'ResourceNotFound' },
      });
    }
  });

  it('describes itself as the clients are made from it', async () => {
    const { body } = await send('GET', '/v1/api-reference', undefined, null);
    expect(body.entries?.map(({ name }) => name)).toEqual(
      provisionerMethods.map(({ name }) => name),
    );
    expect(body.baseUrl).toBe(`${api.url}/v1`);
  });

  it('takes instance ids of 8 and of 17 digits', async () => {
    const token = newToken();
    const expiration = new Date(Date.now() + 60_000).toISOString();
    const secret = { workerType: 'w1', secrets: {}, scopes: [], token, expiration };
    await send('PUT', `/v1/secret/${token}`, secret);
    for (const instanceId of ['i-123', 'i-0123456789abcdef01', 'i-xyzxyzxy']) {
      expect((await send('GET', `/v1/instance-started/${instanceId}/${token}`)).status).toBe(400);
    }
    expect((await send('GET', `/v1/instance-started/i-01234567/${token}`)).status).toBe(204);
    const other = newToken();
    await send('PUT', `/v1/secret/${other}`, { ...secret, token: other });
    expect((await send('GET', `/v1/instance-started/i-0123456789abcdef0/${other}`)).status).toBe(
      204,
    );
  });

  it('refuses a secret that has expired, is of another token, or is there already', async () => {
    const token = newToken();
    const secret = {
      workerType: 'w1',
      secrets: {},
      scopes: [],
      token,
      expiration: new Date(Date.now() + 60_000).toISOString(),
    };
    const put = async (change: object) =>
      (await send('PUT', `/v1/secret/${token}`, { ...secret, ...change })).status;
    expect(await put({ expiration: new Date(Date.now() - 1_000).toISOString() })).toBe(400);
    expect(await put({ token: newToken() })).toBe(400);
    expect([await put({}), await put({}), await put({ secrets: { a: 1 } })]).toEqual([
      200, 200, 409,
    ]);
  });

  it('tells every fault of a launch specification', async () => {
    const bad = { ...definition, launchSpec: { ImageId: 'ami-1', Nonsense: 1 } };
    const { status, body } = await send('PUT', '/v1/worker-type/bad', bad);
    expect([status, body.code, body.details?.reasons?.length]).toEqual([400, 'InputError', 2]);
    expect((await send('GET', '/v1/worker-type/bad')).status).toBe(404);
  });

  it('lists the rest although one definition cannot be read', async () => {
    const key = { partition: 'worker-types', sort: 'broken' };
    const value = { document: { maxCapacity: 1.5 }, lastModified: 1 };
    await api.store.write([{ do: 'put', key, value, when: 'any' }], never);
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // What was read is kept for 1 s.
    const { status, body } = await send('GET', '/v1/list-worker-type-summaries');
    expect([status, body]).toMatchObject([
      200,
      [{ workerType: 'from-file' }, { workerType: 'w1' }],
    ]);
    expect(body).toHaveLength(2);
    expect((await send('GET', '/v1/worker-type/broken')).status).toBe(404);
  });

  it('shows pools of the file, and changes none', async () => {
    const { body } = await send('GET', '/v1/worker-type/from-file');
    expect(body).toMatchObject({
      workerType: 'from-file',
      maxCapacity: 10,
      lastModified: '2017-07-14T02:40:00.000Z',
      regions: [{ region: 'us-west-2', launchSpec: { ImageId: 'ami-2' } }, { region: 'us-east-1' }],
    });
    for (const [method, path] of [
      ['PUT', ''],
      ['POST', '/update'],
    ] as const) {
      const refused = await send(method, `/v1/worker-type/from-file${path}`, definition);
      expect(refused).toMatchObject({ status: 409, body: { code: 'RequestConflict' } });
      expect(refused.body.message).toContain('edit the file');
    }
    expect((await send('DELETE', '/v1/worker-type/from-file')).status).toBe(409);
  });

  it('refuses a second name for one pool', async () => {
    const name = poolNameOf('Under_Score');
    await send('PUT', `/v1/worker-type/Under_Score`, definition);
    expect((await send('PUT', `/v1/worker-type/${name}`, definition)).status).toBe(409);
    await send('DELETE', '/v1/worker-type/Under_Score');
  });

  it('writes a line of audit for each write, without bodies and tokens', async () => {
    const token = newToken();
    const before = api.audit.length;
    await send('GET', '/v1/list-worker-types');
    await send('DELETE', `/v1/secret/${token}`);
    expect(api.audit.slice(before)).toEqual([
      {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        clientId: 'root',
        method: 'DELETE',
        route: '/v1/secret/:token',
        subject: null,
        status: 204,
        from: '127.0.0.1',
      },
    ]);
    const { body } = await send('GET', `/v1/secret/${token}`);
    expect(JSON.stringify(body)).not.toContain(token);
  });

  it('answers pages of other sites, and their questions before', async () => {
    const { headers } = await send('GET', '/v1/ping');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const asked = await fetch(`${api.url}/v1/worker-type/x`, { method: 'OPTIONS' });
    expect([asked.status, asked.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'GET, PUT, POST, DELETE, OPTIONS',
    ]);
  });

  it('says that the store is down, and shows nothing of why', async () => {
    const down = await startApiServer();
    await down.store.close();
    const { status, body } = await fetch(`${down.url}/v1/ami-set/x`).then(async (response) => ({
      status: response.status,
      body: (await response.json()) as Answer,
    }));
    expect([status, body.code]).toEqual([503, 'Unavailable']);
    expect(down.failures).toHaveLength(1);
    await down.close().catch(() => {});
  });

  it('had no fault of its own in all of this', () => {
    expect(api.failures).toEqual([]);
  });
});
