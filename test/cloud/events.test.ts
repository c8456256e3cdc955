/**
 * Events of instances and groups, in the forms of "Amazon EC2 Auto Scaling event reference" and of the EC2
 * user guide, and what lifecycle hooks tell their targets.
 */
import {
  PutLifecycleHookCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudEvent } from '../../cloud/events.ts';
import type { HookNotification } from '../../cloud/hook-notifications.ts';
import { type CloudSession, ofGroup, openSession } from './cloud-session.ts';
import { describeGroup, region } from './fleet-on-cloud.ts';

let session: CloudSession;
const events: CloudEvent[] = [];
const notifications: HookNotification[] = [];

beforeEach(async () => {
  events.length = 0;
  notifications.length = 0;
  session = await openSession({
    onEvent: (event) => events.push(event),
    onNotification: (notification) => notifications.push(notification),
  });
});
afterEach(() => session.stop());

const step = (seconds: number) => session.running.cloud.step(seconds);
const act = (action: Parameters<CloudSession['running']['cloud']['act']>[0]) =>
  session.running.cloud.act(action);
const ofType = (detailType: string) => events.filter((event) => event.detailType === detailType);
const desire = (name: string, DesiredCapacity: number) =>
  session.send(new SetDesiredCapacityCommand({ ...ofGroup(name), DesiredCapacity }));
const putHook = (name: string, transition: 'LAUNCHING' | 'TERMINATING', more: object = {}) =>
  session.send(
    new PutLifecycleHookCommand({
      ...ofGroup(name),
      LifecycleHookName: 'hold',
      LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
      HeartbeatTimeout: 300,
      DefaultResult: 'CONTINUE',
      NotificationMetadata: 'more',
      ...more,
    }),
  );
const end = (InstanceId: string) =>
  session.send(
    new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId,
      ShouldDecrementDesiredCapacity: true,
    }),
  );
const instanceArn = (id: string) => `arn:aws:ec2:${region}:123456789012:instance/${id}`;

describe('events', () => {
  it('tell of the life of an instance, in order', async () => {
    const name = await session.groupOf(1);
    const [id = ''] = await session.instanceIds(name);
    await act({ action: 'interrupt', instanceIds: [id] });
    await step(200);
    const told = events
      .filter(({ resources }) => resources.some((arn) => arn.endsWith(id)))
      .map(({ detailType, detail }) => [detailType, (detail as { state?: string }).state]);
    expect(told).toEqual([
      ['EC2 Instance State-change Notification', 'pending'],
      ['EC2 Instance State-change Notification', 'running'],
      ['EC2 Instance Launch Successful', undefined],
      ['EC2 Instance Rebalance Recommendation', undefined],
      ['EC2 Spot Instance Interruption Warning', undefined],
      ['EC2 Instance State-change Notification', 'shutting-down'],
      ['EC2 Instance State-change Notification', 'terminated'],
      // Its group notices at its next health check.
      ['EC2 Instance Terminate Successful', undefined],
    ]);
  });

  it('of a rebalance recommendation and an interruption name the instance', async () => {
    const name = await session.groupOf(1);
    const [id = ''] = await session.instanceIds(name);
    await act({ action: 'recommend-rebalance', instanceIds: [id] });
    await act({ action: 'interrupt', instanceIds: [id] });
    const common = { source: 'aws.ec2', region, resources: [instanceArn(id)] };
    expect(ofType('EC2 Instance Rebalance Recommendation')).toMatchObject([
      { ...common, detail: { 'instance-id': id } },
    ]);
    expect(ofType('EC2 Spot Instance Interruption Warning')).toMatchObject([
      { ...common, detail: { 'instance-id': id, 'instance-action': 'terminate' } },
    ]);
  });

  it('of a launch and of an end name their activity, group and instance', async () => {
    const name = await session.groupOf(1);
    const [id = ''] = await session.instanceIds(name);
    const { AutoScalingGroupARN: arn } = await describeGroup(session.clients, name);
    await end(id);
    await step(200);
    const [launched] = ofType('EC2 Instance Launch Successful');
    const [ended] = ofType('EC2 Instance Terminate Successful');
    const common = { source: 'aws.autoscaling', region, resources: [arn, instanceArn(id)] };
    const detail = {
      StatusCode: 'InProgress',
      AutoScalingGroupName: name,
      ActivityId: expect.any(String),
      EC2InstanceId: id,
      Cause: expect.any(String),
      Details: { 'Availability Zone': expect.stringContaining(region) },
    };
    expect(launched).toMatchObject({
      ...common,
      detail: {
        ...detail,
        Description: `Launching a new EC2 instance: ${id}`,
        Origin: 'EC2',
        Destination: 'AutoScalingGroup',
      },
    });
    expect(ended).toMatchObject({
      ...common,
      detail: {
        ...detail,
        Description: `Terminating EC2 instance: ${id}`,
        Origin: 'AutoScalingGroup',
        Destination: 'EC2',
      },
    });
  });

  it('tell of a launch that failed, and why', async () => {
    const name = await session.groupOf(0);
    const { AutoScalingGroupARN: arn } = await describeGroup(session.clients, name);
    for (const zone of ['eu-west-1a', 'eu-west-1b']) {
      const offering = { zone, instanceType: 'c6i.large', market: 'spot' } as const;
      await act({ action: 'capacity', ...offering, available: false });
    }
    await desire(name, 1);
    await step(20);
    const failed = ofType('EC2 Instance Launch Unsuccessful');
    expect(failed.length).toBeGreaterThan(0);
    for (const { resources, detail } of failed) {
      expect(resources).toEqual([arn]);
      expect(detail).toMatchObject({
        StatusCode: 'Failed',
        StatusMessage: expect.stringContaining('InsufficientInstanceCapacity'),
        AutoScalingGroupName: name,
        EC2InstanceId: '',
      });
    }
  });

  it.each([
    ['LAUNCHING', 'EC2 Instance-launch Lifecycle Action', 'EC2', 'AutoScalingGroup'],
    ['TERMINATING', 'EC2 Instance-terminate Lifecycle Action', 'AutoScalingGroup', 'EC2'],
  ] as const)('of a lifecycle action (%s) name its token', async (transition, type, from, to) => {
    const name = await session.groupOf(transition === 'LAUNCHING' ? 0 : 1);
    await putHook(name, transition);
    const [before = ''] = await session.instanceIds(name);
    if (transition === 'LAUNCHING') await desire(name, 1);
    else await end(before);
    await step(60);
    const [id = ''] = await session.instanceIds(name);
    const { AutoScalingGroupARN: arn } = await describeGroup(session.clients, name);
    const { simulated } = session.running.cloud.account.region(region).groups.get(name)!;
    expect(ofType(type)).toMatchObject([
      {
        resources: [arn],
        detail: {
          LifecycleActionToken: simulated.hooks.actionsOf(id)[0]!.token,
          AutoScalingGroupName: name,
          LifecycleHookName: 'hold',
          EC2InstanceId: id,
          LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
          NotificationMetadata: 'more',
          Origin: from,
          Destination: to,
        },
      },
    ]);
    expect(notifications).toEqual([]);
  });
});

describe('the target of a lifecycle hook', () => {
  const target = `arn:aws:sqs:${region}:123456789012:hooks`;

  it('is sent a test message, and each action that begins', async () => {
    const name = await session.groupOf(1);
    const [id = ''] = await session.instanceIds(name);
    await putHook(name, 'TERMINATING', {
      NotificationTargetARN: target,
      RoleARN: 'arn:aws:iam::1:role/x',
    });
    await end(id);
    await step(60);
    const told = notifications.map(({ targetArn, message }) => [targetArn, JSON.parse(message)]);
    const common = {
      AccountId: '123456789012',
      RequestId: expect.any(String),
      Service: 'AWS Auto Scaling',
      Time: expect.stringMatching(/^2026-01-01T/),
      AutoScalingGroupName: name,
    };
    expect(told).toEqual([
      [
        target,
        {
          ...common,
          Event: 'autoscaling:TEST_NOTIFICATION',
          AutoScalingGroupARN: expect.stringContaining(name),
        },
      ],
      [
        target,
        {
          ...common,
          LifecycleActionToken: expect.any(String),
          LifecycleHookName: 'hold',
          EC2InstanceId: id,
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          NotificationMetadata: 'more',
          Origin: 'AutoScalingGroup',
          Destination: 'EC2',
        },
      ],
    ]);
  });

  it('is no longer told once it is taken away', async () => {
    const name = await session.groupOf(1);
    const [id = ''] = await session.instanceIds(name);
    await putHook(name, 'TERMINATING', { NotificationTargetARN: target });
    await putHook(name, 'TERMINATING', { NotificationTargetARN: '' });
    await end(id);
    await step(60);
    expect(await session.states(name)).toEqual(['Terminating:Wait']);
    expect(notifications).toHaveLength(1);
  });
});
