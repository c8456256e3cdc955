/** What an instance reads of itself, as it would at 169.254.169.254. */
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { fromInstanceMetadata } from '@aws-sdk/credential-providers';
import { afterEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { findPython, motoPart } from '../harness/moto.ts';
import { runProcess } from '../harness/run-process.ts';
import { type MetadataSession, openEndpoint, openMetadata } from './metadata-session.ts';

const missing = await missingParts([motoPart]);

let session: MetadataSession;
afterEach(async () => {
  delete process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
  await session.stop();
});

const userData = '#!/bin/sh\necho hello\n';
const rich: RequestLaunchTemplateData = {
  UserData: Buffer.from(userData).toString('base64'),
  IamInstanceProfile: { Name: 'worker' },
  SecurityGroupIds: ['sg-0123456789abcdef0'],
  MetadataOptions: { InstanceMetadataTags: 'enabled' },
};

const put = (endpoint: string, headers: Record<string, string>, milliseconds = 5000) =>
  fetch(`${endpoint}/latest/api/token`, {
    method: 'PUT',
    headers,
    signal: AbortSignal.timeout(milliseconds),
  });
const ttl = (seconds: string) => ({ 'X-aws-ec2-metadata-token-ttl-seconds': seconds });
const read = async (endpoint: string, path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${endpoint}/latest/${path}`, { headers });
  return [response.status, await response.text()];
};
const act = (action: object) =>
  fetch(`${session.running.endpoint}/_muster/act`, {
    method: 'POST',
    body: JSON.stringify(action),
  });

describe('EC2 user guide, "Use the Instance Metadata Service to access instance metadata"', () => {
  it('nothing is read without a token where the template requires one', async () => {
    session = await openMetadata();
    const { endpoint, instanceId } = session;
    expect(await read(endpoint, 'meta-data/instance-id')).toEqual([401, 'Unauthorized']);
    const wrong = { 'X-aws-ec2-metadata-token': 'nonsense' };
    expect((await read(endpoint, 'meta-data/instance-id', wrong))[0]).toBe(401);
    const good = { 'X-aws-ec2-metadata-token': await session.token() };
    expect(await read(endpoint, 'meta-data/instance-id', good)).toEqual([200, instanceId]);
  });

  it('version 1 works where it leaves tokens optional, and a wrong token is refused there too', async () => {
    session = await openMetadata({ MetadataOptions: { HttpTokens: 'optional' } });
    const { endpoint, instanceId } = session;
    expect(await read(endpoint, 'meta-data/instance-id')).toEqual([200, instanceId]);
    const wrong = { 'X-aws-ec2-metadata-token': 'nonsense' };
    expect((await read(endpoint, 'meta-data/instance-id', wrong))[0]).toBe(401);
  });

  it('nothing is read where it disables the endpoint', async () => {
    session = await openMetadata({ MetadataOptions: { HttpEndpoint: 'disabled' } });
    expect((await put(session.endpoint, ttl('300'))).status).toBe(403);
    expect((await read(session.endpoint, 'meta-data/'))[0]).toBe(403);
  });
});

describe('EC2 user guide, "How Instance Metadata Service Version 2 works"', () => {
  it('a token lives from one second to six hours, as long as it was asked for', async () => {
    session = await openMetadata();
    const { endpoint } = session;
    for (const seconds of ['0', '21601', 'x', '1.5']) {
      expect([seconds, (await put(endpoint, ttl(seconds))).status]).toEqual([seconds, 400]);
    }
    expect((await put(endpoint, {})).status).toBe(400);
    const answer = await put(endpoint, ttl('300'));
    expect(answer.headers.get('X-aws-ec2-metadata-token-ttl-seconds')).toBe('300');
    const token = { 'X-aws-ec2-metadata-token': await answer.text() };
    await session.running.cloud.step(299);
    expect((await read(endpoint, 'meta-data/instance-id', token))[0]).toBe(200);
    await session.running.cloud.step(2);
    expect((await read(endpoint, 'meta-data/instance-id', token))[0]).toBe(401);
  });

  it('a token is refused to whoever was forwarded', async () => {
    session = await openMetadata();
    const forwarded = { ...ttl('300'), 'X-Forwarded-For': '10.0.0.1' };
    expect((await put(session.endpoint, forwarded)).status).toBe(403);
  });

  it('a token does not travel further than the hop limit', async () => {
    session = await openMetadata();
    const { instanceId } = session;
    const container = await openEndpoint(session, { instanceId, hops: 2 });
    await expect(put(container, ttl('300'), 300)).rejects.toMatchObject({ name: 'TimeoutError' });
    await session.stop();
    session = await openMetadata({ MetadataOptions: { HttpPutResponseHopLimit: 2 } });
    const order = { instanceId: session.instanceId, hops: 2 };
    expect((await put(await openEndpoint(session, order), ttl('300'))).status).toBe(200);
  });
});

describe('EC2 user guide, "Instance metadata categories"', () => {
  it('folders list what is in them, and every item in them is there', async () => {
    session = await openMetadata(rich);
    const walk = async (folder: string): Promise<string[]> => {
      const [status, text] = await session.get(folder);
      expect([folder, status]).toEqual([folder, 200]);
      const inside = text.split('\n').map((name) => `${folder}${name}`);
      const deeper = await Promise.all(
        inside.map((path) => (path.endsWith('/') ? walk(path) : Promise.resolve([path]))),
      );
      return deeper.flat();
    };
    const items = [...(await walk('meta-data/')), ...(await walk('dynamic/'))];
    expect(items.length).toBeGreaterThan(35);
    const all: Record<string, string> = {};
    for (const path of items) {
      const [status, text] = await session.get(path);
      expect([path, status]).toEqual([path, 200]);
      all[path] = text;
    }
    expect(all).toMatchObject({
      'meta-data/instance-id': session.instanceId,
      'meta-data/placement/region': 'eu-west-1',
      'meta-data/instance-life-cycle': 'spot',
      'meta-data/autoscaling/target-lifecycle-state': 'InService',
      'meta-data/tags/instance/aws:autoscaling:groupName': 'ci_linux_spot',
      'meta-data/iam/security-credentials/worker': expect.stringContaining('Success'),
    });
    expect(items).not.toContain('meta-data/spot/instance-action');
    expect(await session.get('user-data')).toEqual([200, userData]);
    expect((await session.get('meta-data/no-such-item'))[0]).toBe(404);
  });

  it('what a template does not give an instance is not there', async () => {
    session = await openMetadata();
    for (const path of ['user-data', 'meta-data/iam/', 'meta-data/tags/']) {
      expect([path, (await session.get(path))[0]]).toEqual([path, 404]);
    }
  });
});

describe('EC2 user guide, "Spot Instance interruption notices" and "EC2 instance rebalance recommendations"', () => {
  it('each is there from when it is given', async () => {
    session = await openMetadata();
    const { clock } = session.running.cloud.account;
    const time = (after: number) =>
      `${new Date((clock.now() + after) * 1000).toISOString().slice(0, 19)}Z`;
    const paths = [
      'events/recommendations/rebalance',
      'spot/instance-action',
      'spot/termination-time',
    ];
    const now = () => Promise.all(paths.map((path) => session.get(`meta-data/${path}`)));
    const none = [404, 'Not Found'];
    expect(await now()).toEqual([none, none, none]);
    await act({ action: 'recommend-rebalance', instanceIds: [session.instanceId] });
    const noticeTime = time(0);
    expect(await now()).toEqual([[200, JSON.stringify({ noticeTime })], none, none]);
    await session.running.cloud.step(10);
    await act({ action: 'interrupt', instanceIds: [session.instanceId] });
    const action = JSON.stringify({ action: 'terminate', time: time(120) });
    expect(await now()).toEqual([
      [200, JSON.stringify({ noticeTime })],
      [200, action],
      [200, time(120)],
    ]);
  });
});

describe('an address of its own', () => {
  it('is open as long as its instance runs', async () => {
    session = await openMetadata();
    const { endpoint, instanceId, running } = session;
    expect(await openEndpoint(session, { instanceId })).toBe(endpoint);
    await act({ action: 'interrupt', instanceIds: [instanceId] });
    await running.cloud.step(121);
    await expect(put(endpoint, ttl('300'))).rejects.toThrow('fetch failed');
    const list = await (await fetch(`${running.endpoint}/_muster/metadata`)).json();
    expect(list).toEqual([]);
    const body = JSON.stringify({ instanceId });
    const again = await fetch(`${running.endpoint}/_muster/metadata`, { method: 'POST', body });
    expect(again.status).toBe(404);
  });

  it('is at the port that is asked for, and refused where that is taken', async () => {
    session = await openMetadata();
    const { endpoint, instanceId, running } = session;
    const order = async (body: object) => {
      const url = `${running.endpoint}/_muster/metadata`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    };
    const { port: taken } = new URL(running.endpoint);
    const refused = await order({ instanceId, port: Number(taken), hops: 3 });
    expect(refused).toMatchObject({ status: 409, json: { error: expect.stringContaining(taken) } });
    const port = Number(new URL(endpoint).port);
    expect(await order({ instanceId, port })).toMatchObject({ status: 200, json: { endpoint } });
    for (const wrong of [{ instanceId, port: 70_000 }, { instanceId, hops: 0 }, {}]) {
      expect(await order(wrong)).toMatchObject({ status: 400 });
    }
  });

  it('serves curl, which reads what is also under /_muster/metadata/', async () => {
    session = await openMetadata();
    const { endpoint, instanceId, running } = session;
    const curl = async (...options: string[]) =>
      (await runProcess('curl', ['-sf', ...options], { limitSeconds: 10 })).stdout;
    for (const base of [endpoint, `${running.endpoint}/_muster/metadata/${instanceId}`]) {
      const ttlOption = 'X-aws-ec2-metadata-token-ttl-seconds: 60';
      const token = await curl('-X', 'PUT', '-H', ttlOption, `${base}/latest/api/token`);
      const header = `X-aws-ec2-metadata-token: ${token}`;
      expect(await curl('-H', header, `${base}/latest/meta-data/instance-id`)).toBe(instanceId);
      expect(await curl('-H', header, `${base}/2021-03-23/meta-data/instance-id`)).toBe(instanceId);
    }
  });

  it("serves the JavaScript SDK, which finds the role's credentials there", async () => {
    session = await openMetadata(rich);
    process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = session.endpoint;
    const credentials = await fromInstanceMetadata()();
    expect(credentials.accessKeyId).toMatch(/^ASIA[0-9A-F]{16}$/);
    expect(credentials.sessionToken).toBeTruthy();
    expect(credentials.expiration!.getTime()).toBeGreaterThan(Date.now() + 5 * 3600 * 1000);
    const [, text] = await session.get('meta-data/iam/security-credentials/worker');
    expect(JSON.parse(text)).toMatchObject({ AccessKeyId: credentials.accessKeyId });
  });

  it.skipIf(missing)('serves boto3, which calls with them', async () => {
    session = await openMetadata(rich);
    const script = `
import boto3, json
credentials = boto3.Session().get_credentials()
groups = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
print(json.dumps([credentials.method, credentials.access_key, len(groups)]))
`;
    const environment: NodeJS.ProcessEnv = {
      ...process.env,
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: session.endpoint,
      AWS_ENDPOINT_URL: session.running.endpoint,
    };
    delete environment.AWS_ACCESS_KEY_ID;
    delete environment.AWS_SECRET_ACCESS_KEY;
    const { stdout, stderr } = await runProcess(findPython()!, ['-c', script], {
      limitSeconds: 20,
      environment,
    });
    const [method, key, groups] = JSON.parse(stdout || `"${stderr}"`);
    expect([method, groups]).toEqual(['iam-role', 1]);
    expect(key).toMatch(/^ASIA/);
  });
});
