/** The real clients of the Taskcluster AWS provisioner, every method, on both stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newToken } from '../../../scaler/api/provisioner/token.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../../harness/moto.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { type ApiServer, startApiServer } from '../../scaler/api/api-server.ts';
import { definition } from '../../scaler/api/definitions.ts';
import { dynamoWorld, libsqlWorld, type StoreWorld } from '../../scaler/store/store-world.ts';
import { type Credentials, type OldClient, oldClientTools, startOldClients } from './old-client.ts';

const missing = await missingParts([motoPart, ...oldClientTools.map(toolPart)]);
const shutdown = 'shutdownEverySingleEc2InstanceManagedByThisProvisioner';
const terminate = 'terminateAllInstancesOfWorkerType';

describe.skipIf(missing)('old clients', () => {
  let clients: readonly OldClient[] = [];
  let moto: Moto;
  const servers: { kind: string; api: ApiServer; world: StoreWorld; root: Credentials }[] = [];

  beforeAll(async () => {
    [clients, moto] = await Promise.all([startOldClients(), startMoto()]);
    const worlds = { SQLite: libsqlWorld(), DynamoDB: await dynamoWorld(moto.endpoint) };
    for (const [kind, world] of Object.entries(worlds)) {
      const store = await world.open();
      const api = await startApiServer({ store });
      servers.push({ kind, api, world, root: await api.client('root', ['*']) });
    }
  });

  afterAll(async () => {
    for (const client of clients) client.stop();
    for (const { api, world } of servers) {
      await api.close();
      await api.store.close();
      await world.end();
    }
    await moto.stop();
  });

  const each = async (
    check: (client: OldClient, server: (typeof servers)[number], name: string) => Promise<void>,
  ) => {
    for (const server of servers) {
      for (const [index, client] of clients.entries()) {
        await check(client, server, `${server.kind}-${index}`).catch((error: Error) => {
          throw new Error(`${client.name} on ${server.kind}: ${error.message}`, { cause: error });
        });
      }
    }
  };

  it('are the three that there are, two with all 22 methods', () => {
    const counts = clients.map(({ methods }) => methods.length);
    expect(counts).toEqual([22, 15, 22]);
  });

  it('keep worker types', () =>
    each(async (client, { api, root }, name) => {
      const call = (method: string, ...parameters: unknown[]) =>
        client.call({ url: api.url, credentials: root }, method, ...parameters);
      const created = await call('createWorkerType', name, definition);
      expect(created).toMatchObject({ ok: true, result: { ...definition, workerType: name } });
      expect(await call('createWorkerType', name, definition)).toEqual(created);
      const other = { ...definition, maxCapacity: 30, canUseOndemand: true };
      expect(await call('createWorkerType', name, other)).toMatchObject({
        status: 409,
        code: 'RequestConflict',
      });
      const updated = await call('updateWorkerType', name, other);
      expect(updated).toMatchObject({ ok: true, result: { ...other, workerType: name } });
      expect(await call('workerType', name)).toEqual(updated);
      const { lastModified } = (updated as unknown as { result: { lastModified: string } }).result;
      const modified = { workerType: name, lastModified };
      expect(await call('workerTypeLastModified', name)).toEqual({ ok: true, result: modified });
      expect(await call('listWorkerTypes')).toEqual({
        ok: true,
        result: expect.arrayContaining([name, 'from-file']),
      });
      const summary = {
        workerType: name,
        minCapacity: 0,
        maxCapacity: 30,
        requestedCapacity: 0,
        pendingCapacity: 0,
        runningCapacity: 0,
      };
      expect(await call('listWorkerTypeSummaries')).toEqual({
        ok: true,
        result: expect.arrayContaining([summary]),
      });
      const specs = await call('getLaunchSpecs', name);
      expect(specs).toMatchObject({
        ok: true,
        result: {
          'us-west-2': {
            'c5.xlarge': {
              workerType: name,
              scopes: [],
              launchSpec: { ImageId: 'ami-0a1b2c3d', InstanceType: 'c5.xlarge' },
              secrets: { general: 'g', region: 'w' },
              userData: { data: { general: true, level: 'type' }, capacity: 1, workerType: name },
            },
            'c5.2xlarge': { userData: { data: { level: 'general' }, capacity: 2 } },
          },
        },
      });
      expect(await call('state', name)).toMatchObject({
        ok: true,
        result: {
          workerType: name,
          instances: [],
          requests: [],
          internalTrackedRequests: [],
          summary,
          status: 'waiting for infrastructure',
        },
      });
      expect(await call('removeWorkerType', name)).toEqual(nothing(client));
      expect(await call('removeWorkerType', name)).toEqual(nothing(client));
      for (const method of ['workerType', 'workerTypeLastModified', 'state', 'getLaunchSpecs']) {
        expect(await call(method, name)).toMatchObject({ status: 404, code: 'ResourceNotFound' });
      }
      expect(await call('updateWorkerType', name, definition)).toMatchObject({ status: 404 });
      expect(await call('updateWorkerType', 'from-file', definition)).toMatchObject({
        status: 409,
      });
    }));

  it('keep AMI sets', () =>
    each(async (client, { api, root }, name) => {
      if (!client.methods.includes('createAmiSet')) return;
      const call = (method: string, ...parameters: unknown[]) =>
        client.call({ url: api.url, credentials: root }, method, ...parameters);
      const set = { amis: [{ region: 'us-west-2', hvm: 'ami-1', pv: 'ami-2' }] };
      const other = { amis: [{ region: 'us-west-2', hvm: 'ami-3', pv: 'ami-2' }] };
      expect(await call('createAmiSet', name, set)).toMatchObject({ ok: true });
      expect(await call('createAmiSet', name, other)).toMatchObject({ status: 409 });
      expect(await call('amiSet', name)).toMatchObject({ ok: true, result: { id: name, ...set } });
      expect(await call('updateAmiSet', name, other)).toMatchObject({ ok: true, result: other });
      expect(await call('listAmiSets')).toMatchObject({ result: expect.arrayContaining([name]) });
      expect(await call('removeAmiSet', name)).toEqual(nothing(client));
      expect(await call('amiSet', name)).toMatchObject({ status: 404, code: 'ResourceNotFound' });
      expect(await call('updateAmiSet', name, set)).toMatchObject({ status: 404 });
    }));

  it('hand secrets to workers, once, with credentials that the server knows', () =>
    each(async (client, { api, root }, name) => {
      const call = (method: string, ...parameters: unknown[]) =>
        client.call({ url: api.url, credentials: root }, method, ...parameters);
      const worker = (method: string, ...parameters: unknown[]) =>
        client.call({ url: api.url, credentials: null }, method, ...parameters);
      const token = newToken();
      const expiration = new Date(Date.now() + 600_000).toISOString();
      const secret = {
        workerType: name,
        secrets: { key: 'value' },
        scopes: ['a'],
        token,
        expiration,
      };
      expect(await call('createSecret', token, secret)).toMatchObject({
        ok: true,
        result: { outcome: 'success' },
      });
      const taken = await worker('getSecret', token);
      expect(taken).toMatchObject({ ok: true, result: { data: { key: 'value' }, scopes: ['a'] } });
      expect(await worker('getSecret', token)).toMatchObject({ status: 404 });
      expect(await worker('instanceStarted', 'i-0123456789abcdef0', token)).toEqual(
        nothing(client),
      );
      expect(await worker('instanceStarted', 'i-01234567', token)).toMatchObject({ status: 404 });
      expect(await worker('removeSecret', token)).toEqual(nothing(client));
      const { credentials } = (taken as unknown as { result: { credentials: Credentials } }).result;
      const asWorker = { url: api.url, credentials };
      expect(await client.call(asWorker, 'listWorkerTypes')).toMatchObject({ ok: true });
      expect(await client.call(asWorker, 'workerType', 'from-file')).toMatchObject({ status: 403 });
    }));

  it('ask how the fleet is, and end its instances', () =>
    each(async (client, { api, root }) => {
      const call = (method: string, ...parameters: unknown[]) =>
        client.call({ url: api.url, credentials: root }, method, ...parameters);
      expect(await call('ping')).toMatchObject({ ok: true, result: { alive: true } });
      expect(await call('backendStatus')).toMatchObject({
        result: { status: 'starting', lastCheckedIn: expect.any(String) },
      });
      if (!client.methods.includes(terminate)) return;
      expect(await call(terminate, 'from-file')).toMatchObject({ result: { outcome: true } });
      expect(await call(terminate, 'nowhere')).toMatchObject({ status: 404 });
      expect(await call(shutdown)).toMatchObject({ result: { outcome: true } });
    }));

  it('prove who they are in every way that they have', () =>
    each(async (client, { api, kind }, name) => {
      const { url } = api;
      const scopes = ['aws-provisioner:view-worker-type:*', 'aws-provisioner:manage-worker-type:x'];
      const viewer: Credentials = await api.client(`viewer-${name}-${kind}`, scopes);
      const view = (options: object, credentials: Credentials | null = viewer) =>
        client.call({ url, credentials, ...options }, 'workerType', 'from-file');
      expect(await view({})).toMatchObject({ ok: true });
      expect(
        await view({ authorizedScopes: ['aws-provisioner:view-worker-type:from-*'] }),
      ).toMatchObject({ ok: true });
      expect(
        await view({ authorizedScopes: ['aws-provisioner:manage-worker-type:x'] }),
      ).toMatchObject({ status: 403 });
      expect(await view({ authorizedScopes: ['something-else'] })).toMatchObject({ status: 401 });
      expect(await view({}, null)).toMatchObject({ status: 403, code: 'InsufficientScopes' });
      const wrong = { ...viewer, accessToken: 'wrong' };
      expect(await view({}, wrong)).toMatchObject({ status: 401, code: 'AuthenticationFailed' });
      const options = { url, credentials: viewer };
      const signed = await client.signedUrl(options, 'workerType', 'from-file');
      expect((await fetch(signed)).status).toBe(200);
      expect((await fetch(signed.replace('from-file', 'from-fil'))).status).toBe(401);
      const refused = await client.call(options, 'createWorkerType', name, definition);
      expect(refused).toMatchObject({ status: 403, code: 'InsufficientScopes' });
    }));
});

/** What a client gives for an answer without a body. */
function nothing({ name }: OldClient) {
  return name.startsWith('npm') ? { ok: true, result: undefined } : { ok: true, result: null };
}
