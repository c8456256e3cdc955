/** Scopes, parameters and bodies of each method, over HTTP. The real clients' own suite is end to end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argumentsOf, provisionerMethods } from '../../../scaler/api/provisioner/methods.ts';
import { newToken } from '../../../scaler/api/provisioner/token.ts';
import { sendTo } from './api-calls.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
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

const values: Readonly<Record<string, string>> = {
  workerType: 'w1',
  id: 'set',
  token: newToken(),
  instanceId: 'i-0123456789abcdef0',
};
const pathOf = (route: string) =>
  `/v1${route.replace(/<(\w+)>/g, (_, name: string) => values[name]!)}`;

/** A scope of each set of the reference, and what it is called there for the parameters above. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  createWorkerType: ['aws-provisioner:manage-worker-type:w1'],
  updateWorkerType: ['aws-provisioner:manage-worker-type:w1'],
  removeWorkerType: ['aws-provisioner:manage-worker-type:w1'],
  workerType: ['aws-provisioner:view-worker-type:w1', 'aws-provisioner:manage-worker-type:w1'],
  getLaunchSpecs: ['aws-provisioner:view-worker-type:w1', 'aws-provisioner:manage-worker-type:w1'],
  state: ['aws-provisioner:view-worker-type:w1', 'aws-provisioner:manage-worker-type:w1'],
  createAmiSet: ['aws-provisioner:manage-ami-set:set'],
  updateAmiSet: ['aws-provisioner:manage-ami-set:set'],
  removeAmiSet: ['aws-provisioner:manage-ami-set:set'],
  createSecret: ['aws-provisioner:create-secret', 'aws-provisioner:create-secret:w1'],
  terminateAllInstancesOfWorkerType: ['aws-provisioner:terminate-all-worker-type:w1'],
  shutdownEverySingleEc2InstanceManagedByThisProvisioner: [
    'aws-provisioner:terminate-all-worker-type:*',
  ],
};
const bodies: Readonly<Record<string, unknown>> = { createSecret: { workerType: 'w1' } };

describe.each(provisionerMethods.map((method) => [method.name, method] as const))(
  '%s',
  (name, { method, route, input }) => {
    const needed = scopes[name] ?? [];
    const call = (bearer: string | null) =>
      send(
        method.toUpperCase(),
        pathOf(route),
        input === null ? undefined : (bodies[name] ?? {}),
        bearer,
      );

    it(`needs ${needed.length === 0 ? 'no scope' : 'one of its scopes'}`, async () => {
      const anonymous = await call(null);
      if (needed.length === 0) {
        expect(anonymous.status).not.toBe(401);
        expect(anonymous.status).not.toBe(403);
        return;
      }
      expect(anonymous).toMatchObject({ status: 403, body: { code: 'InsufficientScopes' } });
      const other = needed[0]!.replace(/(w1|set|\*)$/, 'elsewhere').replace(/secret$/, 'secrets');
      const wrong = await api.client(`${name}-wrong`, [other]);
      expect((await call(wrong.bearerToken)).status).toBe(403);
      for (const [index, scope] of needed.entries()) {
        // An empty body is refused after that, so nothing is changed.
        const right = await api.client(`${name}-${index}`, [scope]);
        expect([scope, (await call(right.bearerToken)).status]).not.toEqual([scope, 403]);
        const starred = await api.client(`${name}-${index}-star`, [`${scope.slice(0, -1)}*`]);
        expect((await call(starred.bearerToken)).status).not.toBe(403);
      }
      await send('PUT', '/v1/worker-type/w1', definition);
    });

    it.each(argumentsOf({ route }))('refuses a bad %s', async (parameter) => {
      const bad = pathOf(route.replace(`<${parameter}>`, encodeURIComponent('a b/é')));
      expect(await send(method.toUpperCase(), bad, input === null ? undefined : {})).toMatchObject({
        status: 400,
        body: { code: 'InvalidRequestArguments', requestInfo: { method: name } },
      });
    });

    if (input !== null) {
      it('refuses a body of another form', async () => {
        const path = pathOf(route);
        const bad = await send(method.toUpperCase(), path, {
          ...(bodies[name] as object),
          nonsense: 1,
        });
        expect(bad).toMatchObject({ status: 400, body: { code: 'InputValidationError' } });
        expect(bad.body.details?.length).toBeGreaterThan(0);
        for (const text of ['{', '"text"', '7', 'null']) {
          expect(await send(method.toUpperCase(), path, text)).toMatchObject({
            status: 400,
            body: { code: 'MalformedPayload' },
          });
        }
      });
    }
  },
);
