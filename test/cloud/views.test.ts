import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudEvent } from '../../cloud/events.ts';
import { type CloudSession, openSession } from './cloud-session.ts';
import { type Clients, describeGroup } from './fleet-on-cloud.ts';
import type { RunningCloud } from './running-cloud.ts';

let session: CloudSession;
let running: RunningCloud;
let clients: Clients;
const events: CloudEvent[] = [];

beforeEach(async () => {
  events.length = 0;
  session = await openSession({ steady: false, onEvent: (event) => events.push(event) });
  ({ running, clients } = session);
});

afterEach(() => session.stop());

const admin = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(`${running.endpoint}/_muster/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
};

describe('events', () => {
  it('tell of the life of an instance, in order', async () => {
    const name = await session.groupOf(1);
    const [instance] = (await describeGroup(clients, name)).Instances ?? [];
    await admin('POST', 'act', { action: 'interrupt', instanceIds: [instance!.InstanceId] });
    await running.cloud.step(121);
    const told = events
      .filter(({ resources }) => resources.some((arn) => arn.endsWith(instance!.InstanceId!)))
      .map(({ detailType, detail }) => [detailType, (detail as { state?: string }).state]);
    expect(told).toEqual([
      ['EC2 Instance State-change Notification', 'pending'],
      ['EC2 Instance State-change Notification', 'running'],
      ['EC2 Instance Launch Successful', undefined],
      ['EC2 Instance Rebalance Recommendation', undefined],
      ['EC2 Spot Instance Interruption Warning', undefined],
      ['EC2 Instance State-change Notification', 'shutting-down'],
    ]);
  });
});

describe('instance metadata', () => {
  it('is read with a token alone, and tells of an interruption', async () => {
    const name = await session.groupOf(1);
    const [{ InstanceId = '', AvailabilityZone = '' } = {}] =
      (await describeGroup(clients, name)).Instances ?? [];
    const base = `${running.endpoint}/_muster/metadata/${InstanceId}/latest`;
    const ttl = (seconds: string) =>
      fetch(`${base}/api/token`, {
        method: 'PUT',
        headers: { 'X-aws-ec2-metadata-token-ttl-seconds': seconds },
      });
    expect((await ttl('21601')).status).toBe(400);
    const token = await (await ttl('300')).text();
    const get = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(`${base}/${path}`, { headers });
      return [response.status, await response.text()];
    };
    const mine = { 'X-aws-ec2-metadata-token': token };
    expect((await get('meta-data/instance-id', {}))[0]).toBe(401);
    expect(await get('meta-data/instance-id', mine)).toEqual([200, InstanceId]);
    expect(await get('meta-data/placement/availability-zone', mine)).toEqual([
      200,
      AvailabilityZone,
    ]);
    expect(await get('meta-data/autoscaling/target-lifecycle-state', mine)).toEqual([
      200,
      'InService',
    ]);
    expect((await get('meta-data/spot/instance-action', mine))[0]).toBe(404);
    await admin('POST', 'act', { action: 'interrupt', instanceIds: [InstanceId] });
    const [status, action] = await get('meta-data/spot/instance-action', mine);
    expect(status).toBe(200);
    const time = new Date((running.cloud.account.clock.now() + 120) * 1000).toISOString();
    expect(JSON.parse(action as string)).toEqual({
      action: 'terminate',
      time: `${time.slice(0, 19)}Z`,
    });
    await running.cloud.step(301);
    expect((await get('meta-data/instance-id', mine))[0]).toBe(401);
  });
});

describe('the page', () => {
  it('shows groups and instances', async () => {
    const name = await session.groupOf(1);
    const [instance] = (await describeGroup(clients, name)).Instances ?? [];
    const html = await (await fetch(running.endpoint)).text();
    expect(html).toContain(`<td>${name}</td>`);
    expect(html).toContain(`<td>${instance!.InstanceId}</td>`);
  });
});
