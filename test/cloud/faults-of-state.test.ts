/** Faults that are not of a single call: stale answers, boots, and AWS's own token buckets. */
import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ec2Buckets } from '../../sim/parameters.ts';
import { type CloudSession, openSession } from './cloud-session.ts';
import { describeGroup } from './fleet-on-cloud.ts';
import { sendCall } from './send-call.ts';

let session: CloudSession;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.stop());

const desire = (AutoScalingGroupName: string, DesiredCapacity: number) =>
  session.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
const desired = async (name: string) =>
  (await describeGroup(session.clients, name)).DesiredCapacity;

describe('stale answers', () => {
  it('tell of a group as it was so long ago, and of what was before', async () => {
    const { cloud } = session.running;
    const name = await session.groupOf(0);
    await cloud.step(60);
    cloud.faults.add({ kind: 'stale', seconds: 10, share: 1 });
    await desire(name, 2);
    expect(await desired(name)).toBe(0);
    await cloud.step(9);
    expect(await desired(name)).toBe(0);
    await cloud.step(2);
    expect(await desired(name)).toBe(2);
    const fresh = cloud.account.region('eu-west-1').groups.get(name)!.simulated;
    await cloud.step(100);
    await desire(name, 1);
    expect(fresh.desiredCapacity).toBe(1);
    expect(await desired(name)).toBe(2);
    // What launched then is the same in the past as in the present.
    const ids = (await session.instanceIds(name)).toSorted();
    expect(ids).toEqual(fresh.instances.map(({ id }) => id).toSorted());
    expect(ids).toHaveLength(2);
  });

  it('do not know what is newer', async () => {
    const { cloud } = session.running;
    await cloud.step(60);
    cloud.faults.add({ kind: 'stale', share: 1 });
    const name = await session.groupOf(0).catch(() => 'ci_linux_spot');
    cloud.faults.clear();
    expect(await desired(name)).toBe(0);
    await cloud.step(60);
    cloud.faults.add({ kind: 'stale', share: 1, operation: 'DescribeAutoScalingGroups' });
    expect(await desired(name)).toBe(0);
  });
});

describe('boots', () => {
  const stateAfter = async (name: string, seconds: number) => {
    await desire(name, 1);
    await session.running.cloud.step(seconds);
    const { Reservations = [] } = await session.clients.ec2.send(new DescribeInstancesCommand());
    return Reservations.at(-1)?.Instances?.[0]?.State?.Name;
  };

  it('are slow where told', async () => {
    const name = await session.groupOf(0);
    const boot = { readySeconds: 2000, runningSeconds: 300 } as const;
    await session.running.cloud.act({ action: 'boot', ...boot });
    expect(await stateAfter(name, 250)).toBe('pending');
    await session.running.cloud.step(100);
    expect(await session.states(name)).toEqual(['InService']);
  });

  it('fail where told: such an instance runs, and takes no task', async () => {
    const { cloud } = session.running;
    const name = await session.groupOf(0);
    const task = { after: 0, duration: 10 };
    const order = { groups: [name], provisionerId: 'ci', workerType: 'linux', tasks: [task] };
    await cloud.addWorkload(order);
    await cloud.act({ action: 'boot', failureShare: 1 });
    expect(await stateAfter(name, 3600)).toBe('running');
    expect(cloud.workers.summary().tasks).toMatchObject({ pending: 1, finished: 0 });
    await cloud.act({ action: 'boot', failureShare: 0 });
    await desire(name, 2);
    await cloud.step(3600);
    expect(cloud.workers.summary().tasks).toMatchObject({ pending: 0, finished: 1 });
  });
});

describe("AWS's token buckets", () => {
  const read = () => sendCall(session.running.endpoint, 'ec2', 'DescribeInstances', {});

  it('throttle whoever asks too much, once they are switched on', async () => {
    const { cloud } = session.running;
    const { burst, perSecond } = ec2Buckets.describe;
    const taken = async () => {
      let count = 0;
      while (count <= 2 * burst && (await read()).status === 200) count++;
      return count;
    };
    await cloud.act({ action: 'limit-calls', on: true });
    expect(await taken()).toBe(burst);
    expect(await read()).toMatchObject({ status: 503, code: 'RequestLimitExceeded' });
    await cloud.step(1);
    expect(await taken()).toBe(perSecond);
    await cloud.act({ action: 'limit-calls', on: false });
    expect(await read()).toMatchObject({ status: 200 });
  });

  it('leave nothing of a throttled call in the journal', async () => {
    const { cloud } = session.running;
    const name = await session.groupOf(0);
    await cloud.act({ action: 'limit-calls', on: true });
    let refused = 0;
    for (let call = 0; call < ec2Buckets.mutating.burst + 5; call++) {
      await desire(name, call % 3).catch(() => refused++);
    }
    expect(refused).toBeGreaterThan(0);
    const before = await desired(name).catch(() => null);
    const { simulated } = cloud.account.region('eu-west-1').groups.get(name)!;
    await cloud.load(await cloud.save());
    expect(before).toBeNull();
    expect(cloud.account.region('eu-west-1').groups.get(name)!.simulated.desiredCapacity).toBe(
      simulated.desiredCapacity,
    );
  });
});
