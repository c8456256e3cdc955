/**
 * What AWS's documents say of groups and instances, over the wire. Each test names the page.
 */
import {
  CompleteLifecycleActionCommand,
  PutLifecycleHookCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudSession, ofGroup, openSession } from './cloud-session.ts';
import { describeGroup, makeSpotGroup } from './fleet-on-cloud.ts';

let session: CloudSession;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.stop());

describe('Auto Scaling user guide, "Use instance scale-in protection"', () => {
  it('protected instances stay when the desired capacity is lowered', async () => {
    const name = await session.groupOf(3);
    await session.send(new SetDesiredCapacityCommand({ ...ofGroup(name), DesiredCapacity: 1 }));
    await session.running.cloud.step(600);
    expect(await session.states(name)).toEqual(['InService', 'InService', 'InService']);
    const [first, second] = await session.instanceIds(name);
    const InstanceIds = [first!, second!];
    await session.send(
      new SetInstanceProtectionCommand({
        ...ofGroup(name),
        InstanceIds,
        ProtectedFromScaleIn: false,
      }),
    );
    await session.running.cloud.step(600);
    expect(await session.instanceIds(name)).not.toContain(first);
    expect(await session.instanceIds(name)).not.toContain(second);
    expect(await session.states(name)).toEqual(['InService']);
  });
});

describe('Auto Scaling API reference, UpdateAutoScalingGroup', () => {
  it('leaves what is not named as it is', async () => {
    const name = await session.groupOf(2);
    const before = await describeGroup(session.clients, name);
    await session.send(new UpdateAutoScalingGroupCommand({ ...ofGroup(name), MaxSize: 12 }));
    expect(await describeGroup(session.clients, name)).toEqual({ ...before, MaxSize: 12 });
  });

  it('sets a desired capacity, within the limits that it sets too', async () => {
    const name = await session.groupOf(1);
    const change = { MaxSize: 30, DesiredCapacity: 25 };
    await session.send(new UpdateAutoScalingGroupCommand({ ...ofGroup(name), ...change }));
    expect(await describeGroup(session.clients, name)).toMatchObject(change);
  });

  it('raises the desired capacity to a new minimum, and lowers it to a new maximum', async () => {
    const name = await session.groupOf(2);
    await session.send(new UpdateAutoScalingGroupCommand({ ...ofGroup(name), MinSize: 4 }));
    expect(await describeGroup(session.clients, name)).toMatchObject({ DesiredCapacity: 4 });
    await session.send(
      new UpdateAutoScalingGroupCommand({ ...ofGroup(name), MinSize: 0, MaxSize: 1 }),
    );
    expect(await describeGroup(session.clients, name)).toMatchObject({
      DesiredCapacity: 1,
      MaxSize: 1,
    });
  });

  it('refuses a desired capacity above the maximum, and a maximum below the minimum', async () => {
    const name = await session.groupOf(1);
    for (const change of [{ DesiredCapacity: 21 }, { MinSize: 21 }]) {
      await expect(
        session.send(new UpdateAutoScalingGroupCommand({ ...ofGroup(name), ...change })),
      ).rejects.toMatchObject({ name: 'ValidationError' });
    }
    expect(await describeGroup(session.clients, name)).toMatchObject({
      MinSize: 0,
      MaxSize: 20,
      DesiredCapacity: 1,
    });
  });
});

describe('Auto Scaling user guide, "Amazon EC2 Auto Scaling lifecycle hooks"', () => {
  const hook = { LifecycleHookName: 'hold' };
  const putHook = (name: string, transition: string) =>
    session.send(
      new PutLifecycleHookCommand({
        ...ofGroup(name),
        ...hook,
        LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
        HeartbeatTimeout: 300,
        DefaultResult: 'CONTINUE',
      }),
    );
  const end = async (name: string) => {
    const [InstanceId = ''] = await session.instanceIds(name);
    await session.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId,
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    return InstanceId;
  };

  it('a launching hook holds an instance in Pending:Wait until it is completed', async () => {
    const name = await makeSpotGroup(session.clients, session.templateId, {}, { 'c6i.large': 1 });
    await putHook(name, 'LAUNCHING');
    await session.send(new SetDesiredCapacityCommand({ ...ofGroup(name), DesiredCapacity: 1 }));
    await session.running.cloud.step(120);
    expect(await session.states(name)).toEqual(['Pending:Wait']);
    const [InstanceId] = await session.instanceIds(name);
    await session.send(
      new CompleteLifecycleActionCommand({
        ...ofGroup(name),
        ...hook,
        InstanceId,
        LifecycleActionResult: 'CONTINUE',
      }),
    );
    await session.running.cloud.step(5);
    expect(await session.states(name)).toEqual(['InService']);
  });

  it('a terminating hook holds an instance until it times out', async () => {
    const name = await session.groupOf(1);
    await putHook(name, 'TERMINATING');
    await end(name);
    await session.running.cloud.step(290);
    expect(await session.states(name)).toEqual(['Terminating:Wait']);
    await session.running.cloud.step(60);
    expect(await session.states(name)).toEqual([]);
  });

  it('a heartbeat lets the wait begin anew', async () => {
    const name = await session.groupOf(1);
    await putHook(name, 'TERMINATING');
    const InstanceId = await end(name);
    await session.running.cloud.step(290);
    await session.send(
      new RecordLifecycleActionHeartbeatCommand({ ...ofGroup(name), ...hook, InstanceId }),
    );
    await session.running.cloud.step(290);
    expect(await session.states(name)).toEqual(['Terminating:Wait']);
    await session.running.cloud.step(60);
    expect(await session.states(name)).toEqual([]);
  });
});
