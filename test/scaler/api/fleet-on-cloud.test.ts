/** The API and the loop, joined as in the scaler, on the simulated cloud over the wire. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDeclaration } from '../../../pool/load.ts';
import { groupName, tagKeys } from '../../../pool/names.ts';
import { Registrations } from '../../../scaler/store/registrations.ts';
import { registerSections } from '../../../stacks/boot-sections.ts';
import type { PoolPlace } from '../../../stacks/pool-in-region.ts';
import type { CloudSession } from '../../cloud/cloud-session.ts';
import { describeGroup, makeSpotGroup, region } from '../../cloud/fleet-on-cloud.ts';
import { openEndpoint } from '../../cloud/metadata-session.ts';
import { runProcess } from '../../harness/run-process.ts';
import { type ApiOnCloud, startApiOnCloud, text, wanted } from './api-on-cloud.ts';
import { type ApiServer, never } from './api-server.ts';

describe('the API and the loop', () => {
  let on: ApiOnCloud;
  let session: CloudSession;
  let api: ApiServer;
  let bearer: string;
  let group: string;

  beforeAll(async () => {
    on = await startApiOnCloud();
    ({ session, api } = on);
    bearer = (await api.client('root', ['*'])).bearerToken;
  });

  afterAll(() => on.stop());

  const iterate = (seconds?: number) => on.iterate(seconds);
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${api.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    return [response.status, answer === '' ? null : JSON.parse(answer)] as const;
  };
  const stateOf = async () => (await call('GET', '/state/w1'))[1];
  const desired = async () => (await describeGroup(session.clients, group)).DesiredCapacity;
  const identityOf = async (instanceId: string) => {
    const base = `${session.running.endpoint}/_muster/metadata/${instanceId}/latest`;
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
    const token = await (await fetch(`${base}/api/token`, { method: 'PUT', headers })).text();
    const item = async (name: string) => {
      const with_ = { 'x-aws-ec2-metadata-token': token };
      return (await fetch(`${base}/dynamic/instance-identity/${name}`, { headers: with_ })).text();
    };
    return { document: await item('document'), signature: await item('signature') };
  };

  it('keep a pool that has no group yet, and say what it waits for', async () => {
    expect((await call('PUT', '/worker-type/w1', wanted))[0]).toBe(200);
    await iterate();
    const { status, waitingFor } = await stateOf();
    expect(status).toBe('waiting for infrastructure');
    expect(waitingFor).toEqual([expect.stringContaining(`no spot group in ${region} yet`)]);
  });

  it('act at once within what stands, and say what a limit waits for', async () => {
    group = await makeSpotGroup(
      session.clients,
      session.templateId,
      {
        AutoScalingGroupName: groupName('ci', 'w1', 'spot'),
        MaxSize: 10,
        Tags: Object.entries({
          [tagKeys.fleet]: 'ci',
          [tagKeys.pool]: 'w1',
          [tagKeys.market]: 'spot',
          [`${tagKeys.launchTemplate}x86_64`]: session.templateId,
        }).map(([Key, Value]) => ({
          Key,
          Value,
          PropagateAtLaunch: !Key.startsWith(tagKeys.launchTemplate),
        })),
      },
      { 'c6i.large': 1 },
    );
    on.setPending(6);
    await iterate(60);
    await iterate();
    const seen = await stateOf();
    expect(seen.waitingFor).toEqual([expect.stringContaining('maxCapacity 20 is above 10')]);
    expect(seen.summary).toMatchObject({
      runningCapacity: 6,
      pendingCapacity: 0,
      requestedCapacity: 0,
    });
    expect(seen.instances).toHaveLength(6);
    expect(seen.instances[0]).toMatchObject({
      id: expect.stringMatching(/^i-/),
      type: 'c6i.large',
      region,
      state: 'running',
      ami: 'ami-0a1b2c3d',
    });
    expect((await call('POST', '/worker-type/w1/update', { ...wanted, maxCapacity: 7 }))[0]).toBe(
      200,
    );
    on.setPending(9);
    await iterate();
    expect(await desired()).toBe(7);
    await iterate();
    expect(await stateOf()).toMatchObject({ status: 'active', waitingFor: [] });
    expect((await call('GET', '/backend-status'))[1]).toMatchObject({ status: 'operational' });
  });

  it('register a worker by the document that AWS signed, once', async () => {
    const [first] = (await stateOf()).instances;
    const shown = await identityOf(first.id);
    const changed = { ...shown, document: shown.document.replace('c6i.large', 'c6i.xlarge') };
    expect((await call('POST', '/registrations', changed))[0]).toBe(401);
    const [status, userData] = await call('POST', '/registrations', shown);
    expect(status).toBe(201);
    expect(userData).toMatchObject({
      data: { general: true, level: 'general' },
      capacity: 1,
      workerType: 'w1',
      provisionerId: 'aws-provisioner-v1',
      region,
      instanceType: 'c6i.large',
      provisionerBaseUrl: `${api.url}/v1`,
    });
    expect(userData.price).toBeGreaterThan(0);
    expect((await call('POST', '/registrations', shown))[0]).toBe(409);
    const { securityToken } = userData;
    const [, secret] = await call('GET', `/secret/${securityToken}`);
    expect(secret).toMatchObject({
      data: { general: 'g', place: 'here' },
      scopes: ['queue:claim-task'],
    });
    expect((await call('GET', `/secret/${securityToken}`))[0]).toBe(404);
    expect((await call('GET', `/instance-started/i-0123456789abcdef0/${securityToken}`))[0]).toBe(
      404,
    );
    expect((await call('GET', `/instance-started/${first.id}/${securityToken}`))[0]).toBe(204);
    const [known] = await new Registrations(api.store).list(never);
    expect(known).toMatchObject({
      instanceId: first.id,
      pool: 'w1',
      startedAt: expect.any(Number),
    });
  });

  it('register a worker by the script of its boot', async () => {
    const [, second] = (await stateOf()).instances;
    const { fleet } = parseDeclaration(
      text.replace('http://127.0.0.1:3001', api.url),
      'muster.yaml',
    );
    const [script = ''] = registerSections({ fleet } as PoolPlace);
    const folder = mkdtempSync(join(tmpdir(), 'muster-boot-'));
    const kept = join(folder, 'user-data.json');
    const environment = {
      PATH: process.env.PATH,
      MUSTER_USER_DATA: kept,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: await openEndpoint(session, { instanceId: second.id }),
    };
    const run = () => runProcess('bash', ['-euc', script], { environment, limitSeconds: 30 });
    expect(await run()).toMatchObject({ exitCode: 0, stderr: '' });
    const userData = JSON.parse(readFileSync(kept, 'utf8'));
    expect(userData).toMatchObject({ workerType: 'w1', region, capacity: 1 });
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect((await call('GET', `/secret/${userData.securityToken}`))[0]).toBe(200);
    // Once: the second time it says so, and the boot goes on.
    expect(await run()).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('409') });
    rmSync(folder, { recursive: true });
  });

  it('end all that there are when asked, and nothing of another fleet', async () => {
    const foreign = await makeSpotGroup(
      session.clients,
      session.templateId,
      {
        AutoScalingGroupName: 'another',
        DesiredCapacity: 1,
        Tags: [{ Key: tagKeys.fleet, Value: 'another', PropagateAtLaunch: true }],
      },
      { 'c6i.large': 1 },
    );
    await session.running.cloud.step(60);
    const before = await session.instanceIds(group);
    on.setPending(0);
    expect((await call('POST', '/worker-type/w1/terminate-all-instances'))[0]).toBe(200);
    await iterate(120);
    expect(await session.instanceIds(group)).toEqual([]);
    expect(before).toHaveLength(7);
    expect(await desired()).toBe(0);
    await iterate();
    expect(await api.provisioner.orders.list(never)).toEqual([]);
    expect(await session.instanceIds(foreign)).toHaveLength(1);
  });

  it('refuse a worker that comes too late, or is of no pool', async () => {
    on.setPending(2);
    await iterate(60);
    await iterate(60);
    const [one] = await session.instanceIds(group);
    const [stranger] = await session.instanceIds('another');
    expect((await call('POST', '/registrations', await identityOf(stranger!)))[0]).toBe(404);
    const shown = await identityOf(one!);
    // Heard all along, or it would be ended as missing.
    for (let minute = 0; minute < 21; minute += 1) {
      for (const instanceId of await session.instanceIds(group)) hear(instanceId, 1);
      await iterate(60);
    }
    expect((await call('POST', '/registrations', shown))[0]).toBe(410);
  });

  it('let workers finish first where asked to drain', async () => {
    const before = await session.instanceIds(group);
    expect(before.length).toBeGreaterThan(0);
    for (const instanceId of before) hear(instanceId, 1);
    const path = '/shutdown/every/single/ec2/instance/managed/by/this/provisioner?mode=drain';
    expect((await call('POST', path))[0]).toBe(200);
    await iterate();
    expect(before.map((instanceId) => hear(instanceId, 1))).toEqual(
      before.map(() => ({ drain: true })),
    );
    await iterate();
    expect(await session.instanceIds(group)).toEqual(expect.arrayContaining(before));
    on.setPending(0);
    for (const instanceId of before) hear(instanceId, 0);
    await iterate(120);
    await iterate(120);
    const after = await session.instanceIds(group);
    expect(before.filter((instanceId) => after.includes(instanceId))).toEqual([]);
    expect(on.failures).toEqual([]);
  });

  function hear(instanceId: string, busySlots: number) {
    return api.heartbeats.receive({
      instanceId,
      instanceType: 'c6i.large',
      capacity: 1,
      busySlots,
      taking: busySlots > 0,
      finished: [],
    });
  }
});
