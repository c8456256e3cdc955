import { describe, expect, it } from 'vitest';
import { failedLaunch } from '../../scaler/aws/scaling-activities.ts';
import type { LaunchFailure } from '../../scaler/decide/observation.ts';
import { ActivityLog } from '../../sim/activity-log.ts';
import { describeActivity } from '../../sim/describe-activity.ts';
import { launchErrorOf, statusMessageOf } from '../../sim/launch-error.ts';
import { aGroup, type GroupInWorld } from './one-group.ts';
import { activityDelay, certain, start } from './small-world.ts';

const { inService } = certain.boot;
const list = ({ group, simulation }: GroupInWorld) => group.activities.list(simulation.clock.now());
const texts = (world: GroupInWorld) =>
  list(world).map((activity) => describeActivity(activity).cause);

describe('scaling activities', () => {
  it('follow a launch from PreInService to Successful', async () => {
    const world = await aGroup();
    world.group.setDesiredCapacity(2);
    await world.runUntil(activityDelay);
    expect(list(world).map(({ status }) => status)).toEqual(['PreInService', 'PreInService']);
    await world.runUntil(activityDelay + inService);
    expect(list(world).map(({ status, endedAt }) => [status, endedAt])).toEqual([
      ['Successful', start + activityDelay + inService],
      ['Successful', start + activityDelay + inService],
    ]);
    const [latest] = list(world);
    expect(describeActivity(latest!)).toEqual({
      description: 'Launching a new EC2 instance: i-00000000000000002',
      cause:
        'At 2023-03-06T00:00:04Z an instance was started in response to a difference between ' +
        'desired and actual capacity, increasing the capacity from 1 to 2.',
      details: '{"Availability Zone":"eu-west-1a"}',
      progress: 100,
    });
  });

  it('say why an instance left', async () => {
    const world = await aGroup();
    world.group.setDesiredCapacity(4);
    await world.runUntil(200);
    const [first, second, third, fourth] = world.group.instances;
    world.group.suspend(['Launch']);
    world.group.terminate(first!);
    expect(list(world)[0]).toMatchObject({ kind: 'terminate', status: 'MidLifecycleAction' });
    world.group.terminate(second!, { decrement: true });
    world.group.setInstanceHealth(third!, false);
    world.simulation.host.interrupt(fourth!);
    await world.runUntil(1000);
    const out = (id: string) => `instance ${id} was taken out of service in response to`;
    expect(texts(world).slice(0, 4)).toEqual([
      expect.stringContaining(
        `${out(fourth!.id)} an EC2 health check indicating it has been terminated or stopped`,
      ),
      expect.stringContaining(`${out(third!.id)} a user health-check`),
      expect.stringContaining(
        `${out(second!.id)} a user request, shrinking the capacity from 4 to 3`,
      ),
      expect.stringContaining(`${out(first!.id)} a user request.`),
    ]);
    expect(new Set(list(world).map(({ status }) => status))).toEqual(new Set(['Successful']));
  });

  it('list those under way first, and forget after six weeks', () => {
    let ids = 0;
    const log = new ActivityLog(() => `${ids++}`);
    const begin = (at: number, instanceId: string) =>
      log.begin({
        kind: 'launch',
        cause: { kind: 'launch-instances' },
        startedAt: at,
        zone: 'a',
        instanceId,
      });
    begin(0, 'i-0');
    begin(10, 'i-1');
    begin(20, 'i-2');
    log.finish('i-1', 15);
    log.finish('i-2', 25);
    expect(log.list(30).map(({ instanceId }) => instanceId)).toEqual(['i-0', 'i-2', 'i-1']);
    const sixWeeks = 6 * 7 * 86_400;
    expect(log.list(sixWeeks + 15).map(({ instanceId }) => instanceId)).toEqual(['i-2']);
  });

  it('are bounded in number', () => {
    const log = new ActivityLog(() => 'id');
    const cause = { kind: 'launch-instances' } as const;
    for (let at = 0; at < 25_000; at++) log.fail({ cause, startedAt: at, zone: 'a' }, 'no');
    const kept = log.list(25_000);
    expect(kept).toHaveLength(10_000);
    expect(kept[0]?.startedAt).toBe(24_999);
  });
});

describe('a launch that failed', () => {
  const failure = (change: Partial<LaunchFailure>): LaunchFailure => ({
    at: 5,
    region: 'eu-west-1',
    market: 'spot',
    instanceType: 'c6i.xlarge',
    zone: 'eu-west-1a',
    cause: 'no-capacity',
    ...change,
  });
  const spot = 'There is no Spot capacity available that matches your request.';

  it.each([
    [{}, 'Could not launch Spot Instances. InsufficientInstanceCapacity - ', spot, null],
    [
      { market: 'on-demand' as const },
      'Could not launch On-Demand Instances. InsufficientInstanceCapacity - ',
      'We currently do not have sufficient c6i.xlarge capacity',
      'c6i.xlarge',
    ],
    [
      { cause: 'price-rejected' as const },
      'Could not launch Spot Instances. SpotMaxPriceTooLow - ',
      'Your Spot request price',
      null,
    ],
    [
      { cause: 'quota' as const },
      'Could not launch Spot Instances. MaxSpotInstanceCountExceeded - ',
      'Max spot instance count exceeded',
      null,
    ],
    [
      { cause: 'quota' as const, market: 'on-demand' as const },
      'Could not launch On-Demand Instances. VcpuLimitExceeded - ',
      'more vCPU capacity than your current vCPU limit',
      null,
    ],
  ])('%j is worded so that the adapter reads its cause', (change, head, words, named) => {
    const of = failure(change);
    const message = statusMessageOf(of.market, launchErrorOf(of));
    expect(message).toContain(head);
    expect(message).toContain(words);
    const read = failedLaunch({
      ActivityId: 'a',
      AutoScalingGroupName: 'g',
      Cause: '',
      StartTime: new Date(5000),
      StatusCode: 'Failed',
      StatusMessage: message,
      Description: `Launching a new EC2 instance.  Status Reason: ${message}`,
      Details: '{"Availability Zone":"eu-west-1a"}',
    });
    expect(read).toMatchObject({ at: 5, cause: of.cause, instanceType: named, zone: 'eu-west-1a' });
  });

  it('is one activity for each zone that was tried, and names no type where none was told', async () => {
    for (const spotFailuresNameTypes of [true, false]) {
      const world = await aGroup({ group: { ...certain.group, spotFailuresNameTypes } });
      const four = { instanceType: 'c6i.4xlarge', weight: 4 };
      world.group.setOverrides([...world.group.overrides, four], null);
      for (const { instanceType } of world.group.overrides) {
        world.simulation.prices.find('eu-west-1a', instanceType, 'spot')!.available = false;
      }
      world.group.setDesiredCapacity(2);
      await world.runUntil(activityDelay);
      expect(list(world)).toMatchObject([
        { status: 'Failed', zone: 'eu-west-1a', instanceId: null, endedAt: start + activityDelay },
      ]);
      const { launchFailures } = world.group.observe();
      expect(launchFailures.map(({ instanceType, zone }) => [instanceType, zone])).toEqual(
        spotFailuresNameTypes
          ? [
              ['c6i.xlarge', 'eu-west-1a'],
              ['c6i.4xlarge', 'eu-west-1a'],
            ]
          : [[null, 'eu-west-1a']],
      );
    }
  });
});
