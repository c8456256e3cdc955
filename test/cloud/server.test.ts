/** What is around the calls: signatures, faults, the journal. */
import {
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeLaunchTemplatesCommand,
  DescribeSpotPriceHistoryCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudSession, openSession } from './cloud-session.ts';
import { type Clients, describeGroup, makeSpotGroup, makeTemplate } from './fleet-on-cloud.ts';
import type { RunningCloud } from './running-cloud.ts';
import { sendCall, signature } from './send-call.ts';

let session: CloudSession;
let running: RunningCloud;
let clients: Clients;

beforeEach(async () => {
  session = await openSession({ steady: false });
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

describe('signatures', () => {
  const post = async (authorization: string | null) => {
    const response = await fetch(running.endpoint, {
      method: 'POST',
      headers: authorization === null ? {} : { authorization },
      body: 'Action=DescribeAutoScalingGroups&Version=2011-01-01',
    });
    const [, code] = /<Code>([^<]*)/.exec(await response.text()) ?? [];
    return [response.status, code];
  };
  const good = signature('autoscaling', 'eu-west-1');

  it('a well-formed one is taken', async () => {
    expect(await post(good)).toEqual([200, undefined]);
  });

  it.each([
    [null, 403, 'MissingAuthenticationToken'],
    ['Bearer abc', 400, 'IncompleteSignature'],
    [good.replace('AWS4-HMAC-SHA256', 'AWS3'), 400, 'IncompleteSignature'],
    [good.replace(/Signature=0/, 'Signature=g'), 400, 'IncompleteSignature'],
    [good.replace('/aws4_request', ''), 400, 'IncompleteSignature'],
    [good.replace('host;', ''), 403, 'SignatureDoesNotMatch'],
  ])('%s is refused', async (authorization, status, code) => {
    expect(await post(authorization)).toEqual([status, code]);
  });
});

describe('what is not served', () => {
  it.each([
    ['ec2', 'DescribeVpcs'],
    ['autoscaling', 'PutScalingPolicy'],
  ] as const)('%s %s is no valid action without an upstream', async (service, operation) => {
    const answer = await sendCall(running.endpoint, service, operation, {});
    expect(answer).toMatchObject({ status: 400, code: 'InvalidAction' });
  });
});

describe('faults', () => {
  const describeGroups = () =>
    sendCall(running.endpoint, 'autoscaling', 'DescribeAutoScalingGroups', {});

  it.each([
    ['throttle', 400, 'Throttling'],
    ['error', 500, 'InternalFailure'],
    ['unavailable', 503, 'ServiceUnavailable'],
  ])('%s, as often as told', async (kind, status, code) => {
    const rule = { kind, operation: 'DescribeAutoScalingGroups', times: 2 };
    expect((await admin('POST', 'faults', rule)).status).toBe(200);
    expect(await describeGroups()).toMatchObject({ status, code });
    expect(await describeGroups()).toMatchObject({ status, code });
    expect(await describeGroups()).toMatchObject({ status: 200 });
    expect((await admin('GET', 'faults')).json).toMatchObject([{ struck: 2 }]);
  });

  it('EC2 has codes of its own', async () => {
    await admin('POST', 'faults', { kind: 'throttle', service: 'ec2', times: 1 });
    const answer = await sendCall(running.endpoint, 'ec2', 'DescribeInstances', {});
    expect(answer).toMatchObject({ status: 503, code: 'RequestLimitExceeded' });
  });

  it('reset: the call is not served; lost: it is, and nobody hears of it', async () => {
    const name = await session.groupOf(0);
    const setTo = (DesiredCapacity: number) =>
      clients.autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity }),
      );
    await admin('POST', 'faults', { kind: 'reset', operation: 'SetDesiredCapacity', times: 1 });
    await expect(setTo(1)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await describeGroup(clients, name)).toMatchObject({ DesiredCapacity: 0 });
    await admin('POST', 'faults', { kind: 'lost', operation: 'SetDesiredCapacity', times: 1 });
    await expect(setTo(2)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await describeGroup(clients, name)).toMatchObject({ DesiredCapacity: 2 });
  });

  it('timeout: the connection stays silent', async () => {
    await admin('POST', 'faults', { kind: 'timeout', times: 1 });
    const call = fetch(running.endpoint, {
      method: 'POST',
      headers: { authorization: signature('autoscaling', 'eu-west-1') },
      body: 'Action=DescribeAutoScalingGroups&Version=2011-01-01',
      signal: AbortSignal.timeout(300),
    });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('a share of the calls, the same ones for the same seed', async () => {
    const drawn = async () => {
      await admin('POST', 'reset');
      await admin('POST', 'faults', { kind: 'throttle', share: 0.5 });
      const codes: (string | null)[] = [];
      for (let call = 0; call < 20; call++) codes.push((await describeGroups()).code);
      return codes;
    };
    const first = await drawn();
    expect(new Set(first)).toEqual(new Set([null, 'Throttling']));
    expect(await drawn()).toEqual(first);
  });

  it.each([
    ['faults', { kind: 'nonsense' }],
    ['faults', { kind: 'throttle', shares: 1 }],
    ['faults', { kind: 'throttle', share: 2 }],
    ['act', { action: 'interrupt', instanceIds: [] }],
    ['step', { seconds: -1 }],
  ])('%s refuses %j', async (path, body) => {
    const { status, json } = await admin('POST', path, body);
    expect(status).toBe(400);
    expect(json.error).toEqual(expect.any(String));
    expect((await admin('GET', 'faults')).json).toEqual([]);
  });

  it('an act on what there is not is refused', async () => {
    const act = { action: 'interrupt', instanceIds: ['i-00000000000000001'] };
    expect(await admin('POST', 'act', act)).toMatchObject({ status: 404 });
  });
});

describe('the journal', () => {
  it('makes the same cloud again, and the same future', async () => {
    const name = await session.groupOf(3);
    // Refused for its tag, after its ids were drawn.
    const refused = { AutoScalingGroupName: 'other', Tags: [{ Key: 'aws:x', Value: 'x' }] };
    await expect(makeSpotGroup(clients, session.templateId, refused)).rejects.toThrow('aws:x');
    const [first] = (await describeGroup(clients, name)).Instances ?? [];
    await makeTemplate(clients, 'second');
    await admin('POST', 'act', { action: 'interrupt', instanceIds: [first!.InstanceId] });
    await clients.ec2.send(new DescribeSpotPriceHistoryCommand({ InstanceTypes: ['m5.large'] }));
    await running.cloud.step(3600);
    const { json: journal } = await admin('GET', 'journal');
    const future = async () => {
      await running.cloud.step(6 * 3600);
      const { AutoScalingGroups } = await clients.autoScaling.send(
        new DescribeAutoScalingGroupsCommand(),
      );
      const { SpotPriceHistory } = await clients.ec2.send(
        new DescribeSpotPriceHistoryCommand({ InstanceTypes: ['m5.large', 'c6i.large'] }),
      );
      const state = await admin('GET', 'state');
      const { market } = running.cloud.account.region('eu-west-1');
      const availability: unknown[] = [];
      for (let hour = 0; hour < 100; hour++) {
        await running.cloud.step(3600);
        for (const zone of ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']) {
          availability.push(market.find(zone, 'm5.large', 'spot')?.available);
        }
      }
      const { LaunchTemplates } = await clients.ec2.send(new DescribeLaunchTemplatesCommand());
      return { LaunchTemplates, availability, AutoScalingGroups, SpotPriceHistory, state };
    };
    const before = await future();
    expect(before.AutoScalingGroups).toHaveLength(1);
    expect(new Set(before.availability)).toEqual(new Set([true, false]));
    await admin('POST', 'reset');
    expect((await admin('GET', 'state')).json).toMatchObject({ regions: [] });
    expect((await admin('PUT', 'journal', journal)).status).toBe(200);
    expect(await future()).toEqual(before);
  });

  it('refuses what is none', async () => {
    const { status, json } = await admin('PUT', 'journal', { version: 2 });
    expect([status, json.error]).toEqual([400, expect.stringContaining('version')]);
  });
});
