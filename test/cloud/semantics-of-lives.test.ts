/** What AWS's documents say of the states that an instance goes through. Each test names the page. */
import {
  CompleteLifecycleActionCommand,
  DescribeScalingActivitiesCommand,
  PutLifecycleHookCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, DescribeSpotInstanceRequestsCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudSession, ofGroup, openSession } from './cloud-session.ts';
import { describeGroup, makeSpotGroup } from './fleet-on-cloud.ts';

let session: CloudSession;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.stop());

const step = (seconds: number) => session.running.cloud.step(seconds);
const desire = (name: string, DesiredCapacity: number) =>
  session.send(new SetDesiredCapacityCommand({ ...ofGroup(name), DesiredCapacity }));
const end = (InstanceId: string, ShouldDecrementDesiredCapacity = true) =>
  session.send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity }),
  );
const describeInstance = async (id: string) => {
  const { Reservations = [] } = await session.clients.ec2.send(
    new DescribeInstancesCommand({ InstanceIds: [id] }),
  );
  return Reservations[0]?.Instances?.[0];
};

describe('Auto Scaling user guide, "How lifecycle hooks work in Amazon EC2 Auto Scaling groups"', () => {
  const hook = { LifecycleHookName: 'hold' };
  const putHook = (name: string, transition: string, DefaultResult: string) =>
    session.send(
      new PutLifecycleHookCommand({
        ...ofGroup(name),
        ...hook,
        LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
        HeartbeatTimeout: 300,
        DefaultResult,
      }),
    );
  const complete = (name: string, InstanceId: string, LifecycleActionResult: string) =>
    session.send(
      new CompleteLifecycleActionCommand({
        ...ofGroup(name),
        ...hook,
        InstanceId,
        LifecycleActionResult,
      }),
    );
  const launching = async (defaultResult: string) => {
    const weights = { 'c6i.large': 1 };
    const name = await makeSpotGroup(session.clients, session.templateId, {}, weights);
    await putHook(name, 'LAUNCHING', defaultResult);
    await desire(name, 1);
    await step(120);
    expect(await session.states(name)).toEqual(['Pending:Wait']);
    const [id = ''] = await session.instanceIds(name);
    return { name, id };
  };

  it('a terminating hook lets an instance go once it is completed, whatever the result', async () => {
    const name = await session.groupOf(0);
    await putHook(name, 'TERMINATING', 'CONTINUE');
    for (const result of ['CONTINUE', 'ABANDON']) {
      await desire(name, 1);
      await step(120);
      const [id = ''] = await session.instanceIds(name);
      await end(id);
      await step(120);
      expect([result, await session.states(name)]).toEqual([result, ['Terminating:Wait']]);
      expect((await describeInstance(id))?.State?.Name).toBe('running');
      await complete(name, id, result);
      await step(120);
      expect([result, await session.states(name)]).toEqual([result, []]);
      expect((await describeInstance(id))?.State?.Name).toBe('terminated');
    }
  });

  it('an instance whose launching hook is abandoned is ended, and another is launched', async () => {
    const { name, id } = await launching('CONTINUE');
    await complete(name, id, 'ABANDON');
    await step(200);
    expect(await session.instanceIds(name)).not.toContain(id);
    expect(await session.states(name)).toEqual(['Pending:Wait']);
    const { Activities = [] } = await session.send(
      new DescribeScalingActivitiesCommand(ofGroup(name)),
    );
    const ofIt = Activities.filter(({ Description }) => Description?.includes(id));
    expect(ofIt.map(({ StatusCode }) => StatusCode).sort()).toEqual(['Cancelled', 'Successful']);
  });

  it('a launching hook that times out does what its default result says', async () => {
    const { name, id } = await launching('CONTINUE');
    await step(300);
    expect(await session.states(name)).toEqual(['InService']);
    await putHook(name, 'LAUNCHING', 'ABANDON');
    await desire(name, 2);
    await step(120);
    const [second = ''] = (await session.instanceIds(name)).filter((each) => each !== id);
    await step(400);
    expect(await session.instanceIds(name)).not.toContain(second);
    expect(await session.instanceIds(name)).toContain(id);
  });
});

describe('Auto Scaling API reference, TerminateInstanceInAutoScalingGroup', () => {
  it('refuses to lower the desired capacity below the minimum, and ends an instance without', async () => {
    const name = await session.groupOf(1);
    await session.send(new UpdateAutoScalingGroupCommand({ ...ofGroup(name), MinSize: 1 }));
    const [id = ''] = await session.instanceIds(name);
    await expect(end(id)).rejects.toMatchObject({ name: 'ValidationError' });
    expect(await session.states(name)).toEqual(['InService']);
    await end(id, false);
    await step(200);
    expect(await describeGroup(session.clients, name)).toMatchObject({ DesiredCapacity: 1 });
    expect(await session.states(name)).toEqual(['InService']);
    expect(await session.instanceIds(name)).not.toContain(id);
  });
});

describe('EC2 user guide, "Get the status of a Spot Instance request"', () => {
  it('a request is fulfilled while its instance runs, and closed once its user has ended it', async () => {
    const name = await session.groupOf(1);
    const [id = ''] = await session.instanceIds(name);
    const request = async () => {
      const { SpotInstanceRequests = [] } = await session.clients.ec2.send(
        new DescribeSpotInstanceRequestsCommand({
          Filters: [{ Name: 'instance-id', Values: [id] }],
        }),
      );
      return SpotInstanceRequests.map(({ State, Status, Type }) => [State, Status?.Code, Type]);
    };
    expect(await request()).toEqual([['active', 'fulfilled', 'one-time']]);
    const instance = await describeInstance(id);
    expect(instance?.InstanceLifecycle).toBe('spot');
    await end(id);
    await step(200);
    expect(await request()).toEqual([['closed', 'instance-terminated-by-user', 'one-time']]);
  });
});

describe('EC2 API reference, TerminateInstances', () => {
  it('an ended instance is listed for an hour, and then forgotten', async () => {
    const name = await session.groupOf(1);
    const [id = ''] = await session.instanceIds(name);
    const { host } = session.running.cloud.account;
    const cost = () => session.running.cloud.workers.summary().usd;
    await end(id);
    await step(3500);
    expect((await describeInstance(id))?.State?.Name).toBe('terminated');
    const before = cost();
    expect(before).toBeGreaterThan(0);
    await step(300);
    await expect(describeInstance(id)).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    expect(host.instances).toEqual([]);
    expect(session.running.cloud.workers.summary()).toMatchObject({ launched: 1, usd: before });
    // No id is given twice.
    await desire(name, 1);
    await step(60);
    expect(await session.instanceIds(name)).not.toContain(id);
  });
});

describe('EC2 developer guide, "Eventual consistency in the Amazon EC2 API"', () => {
  it('an instance may not be found just after its launch, although it is there', async () => {
    const name = await session.groupOf(0);
    await step(60);
    await desire(name, 1);
    await step(7);
    const [id = ''] = await session.instanceIds(name);
    const rule = { kind: 'stale', operation: 'DescribeInstances', seconds: 10, share: 1 } as const;
    session.running.cloud.faults.add(rule);
    await expect(describeInstance(id)).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    await step(20);
    expect((await describeInstance(id))?.InstanceId).toBe(id);
  });
});
