/**
 * What AWS's documents say of groups and instances, over the wire. Each test names the page.
 */
import {
  DeleteAutoScalingGroupCommand,
  DescribeScalingActivitiesCommand,
  LaunchInstancesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  DescribeSpotInstanceRequestsCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudSession, ofGroup, openSession } from './cloud-session.ts';
import { describeGroup, makeSpotGroup } from './fleet-on-cloud.ts';

let session: CloudSession;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.stop());

describe('Auto Scaling API reference, TerminateInstanceInAutoScalingGroup', () => {
  it.each([
    [true, 1, 1],
    [false, 2, 2],
  ])(
    'lowers the desired capacity only where told to (%s)',
    async (decrement, desired, instances) => {
      const name = await session.groupOf(2);
      const [InstanceId = ''] = await session.instanceIds(name);
      await session.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId,
          ShouldDecrementDesiredCapacity: decrement,
        }),
      );
      await session.running.cloud.step(200);
      expect(await describeGroup(session.clients, name)).toMatchObject({
        DesiredCapacity: desired,
      });
      expect(await session.states(name)).toEqual(Array(instances).fill('InService'));
      expect(await session.instanceIds(name)).not.toContain(InstanceId);
    },
  );
});

describe('Auto Scaling user guide, "Health checks for instances in an Auto Scaling group"', () => {
  it('an unhealthy instance is replaced, protected or not', async () => {
    const name = await session.groupOf(1);
    const [InstanceId = ''] = await session.instanceIds(name);
    await session.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: 'Unhealthy' }));
    await session.running.cloud.step(300);
    expect(await session.states(name)).toEqual(['InService']);
    expect(await session.instanceIds(name)).not.toContain(InstanceId);
  });

  it('an instance that EC2 terminates is replaced', async () => {
    const name = await session.groupOf(1);
    const InstanceIds = await session.instanceIds(name);
    await session.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await session.running.cloud.step(300);
    expect(await session.states(name)).toEqual(['InService']);
    expect(await session.instanceIds(name)).not.toEqual(InstanceIds);
  });
});

describe('Auto Scaling user guide, "Launching instances with synchronous provisioning"', () => {
  const launch = (name: string, change: object = {}) =>
    session.send(
      new LaunchInstancesCommand({
        ...ofGroup(name),
        RequestedCapacity: 2,
        ClientToken: 'token',
        AvailabilityZones: ['eu-west-1a'],
        ...change,
      }),
    );

  it('answers with what started, and with the same for the same token', async () => {
    const name = await session.groupOf(0);
    const first = await launch(name);
    expect(first.Instances).toMatchObject([
      { InstanceType: 'c6i.large', MarketType: 'spot', AvailabilityZone: 'eu-west-1a' },
    ]);
    expect(first.Instances![0]!.InstanceIds).toHaveLength(2);
    const { $metadata: _, ...again } = await launch(name);
    expect(first).toMatchObject(again);
    expect(await session.instanceIds(name)).toHaveLength(2);
  });

  it('refuses a token that was used for another launch', async () => {
    const name = await session.groupOf(0);
    await launch(name);
    await expect(launch(name, { RequestedCapacity: 3 })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchError',
    });
  });

  it.each([
    ['two zones', { AvailabilityZones: ['eu-west-1a', 'eu-west-1b'] }],
    ['a zone of another group', { AvailabilityZones: ['eu-west-1c'] }],
    ['no zone, of a group that has two', { AvailabilityZones: undefined }],
    ['more than 100', { RequestedCapacity: 101 }],
  ])('refuses a wrong zone or number (%s)', async (_, change) => {
    const name = await session.groupOf(0);
    await expect(launch(name, change)).rejects.toMatchObject({ name: 'ValidationError' });
    expect(await session.instanceIds(name)).toEqual([]);
  });
});

describe('Auto Scaling user guide, "Configure an Auto Scaling group to use instance weights"', () => {
  it('goes past the desired capacity by less than the largest weight', async () => {
    const name = await makeSpotGroup(
      session.clients,
      session.templateId,
      { DesiredCapacity: 5 },
      { 'm6a.4xlarge': 4 },
    );
    await session.running.cloud.step(120);
    const { Instances = [] } = await describeGroup(session.clients, name);
    expect(Instances.map(({ WeightedCapacity }) => WeightedCapacity)).toEqual(['4', '4']);
    expect(new Set(Instances.map(({ AvailabilityZone }) => AvailabilityZone)).size).toBe(2);
  });
});

describe('Auto Scaling user guide, "Verify a scaling activity for an Auto Scaling group"', () => {
  it('tells of missing capacity by code, and that nothing came of it', async () => {
    const name = await session.groupOf(0);
    for (const zone of ['eu-west-1a', 'eu-west-1b']) {
      const offering = { zone, instanceType: 'c6i.large', market: 'spot' } as const;
      await session.running.cloud.act({ action: 'capacity', ...offering, available: false });
    }
    await session.send(new SetDesiredCapacityCommand({ ...ofGroup(name), DesiredCapacity: 1 }));
    await session.running.cloud.step(20);
    const { Activities = [] } = await session.send(
      new DescribeScalingActivitiesCommand(ofGroup(name)),
    );
    expect(Activities.length).toBeGreaterThan(0);
    for (const { StatusCode, StatusMessage, Description } of Activities) {
      expect(StatusCode).toBe('Failed');
      expect(StatusMessage).toMatch(
        /^Could not launch Spot Instances. InsufficientInstanceCapacity/,
      );
      expect(Description).toMatch(/^Launching a new EC2 instance/);
    }
  });
});

describe('EC2 user guide, "Spot Instance interruption notices" and "Get the status of a Spot Instance request"', () => {
  it('an interrupted instance runs two minutes more, ends, and is replaced', async () => {
    const name = await session.groupOf(1);
    const [InstanceId = ''] = await session.instanceIds(name);
    await session.running.cloud.act({ action: 'interrupt', instanceIds: [InstanceId] });
    const request = async () => {
      const { SpotInstanceRequests = [] } = await session.clients.ec2.send(
        new DescribeSpotInstanceRequestsCommand({
          Filters: [{ Name: 'instance-id', Values: [InstanceId] }],
        }),
      );
      return [SpotInstanceRequests[0]?.State, SpotInstanceRequests[0]?.Status?.Code];
    };
    const state = async () => {
      const { Reservations = [] } = await session.clients.ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [InstanceId] }),
      );
      return Reservations[0]?.Instances?.[0]?.State?.Name;
    };
    await session.running.cloud.step(118);
    expect([await state(), ...(await request())]).toEqual([
      'running',
      'active',
      'marked-for-termination',
    ]);
    await session.running.cloud.step(300);
    expect([await state(), ...(await request())]).toEqual([
      'terminated',
      'closed',
      'instance-terminated-no-capacity',
    ]);
    expect(await session.states(name)).toEqual(['InService']);
  });
});

describe('Auto Scaling API reference, DeleteAutoScalingGroup', () => {
  it('refuses a group with instances unless forced, which ends them', async () => {
    const name = await session.groupOf(2);
    const ids = await session.instanceIds(name);
    await expect(
      session.send(new DeleteAutoScalingGroupCommand(ofGroup(name))),
    ).rejects.toMatchObject({
      name: 'ResourceInUseFault',
    });
    await session.send(new DeleteAutoScalingGroupCommand({ ...ofGroup(name), ForceDelete: true }));
    await session.running.cloud.step(300);
    const { Reservations = [] } = await session.clients.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: ids }),
    );
    const left = Reservations.flatMap(({ Instances = [] }) =>
      Instances.map(({ State }) => State?.Name),
    );
    expect(left).toEqual(['terminated', 'terminated']);
  });
});
