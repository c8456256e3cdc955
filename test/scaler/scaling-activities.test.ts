import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeActivity } from './auto-scaling-xml.ts';
import { openRegion, type RegionOnFake } from './region-on-fake.ts';
import { never, region } from './samples.ts';

let of: RegionOnFake;
beforeEach(async () => {
  of = await openRegion();
});
afterEach(() => of.close());

describe('scaling activities', () => {
  const spot = 'Could not launch Spot Instances. ';
  const add = (change: Partial<FakeActivity> = {}): FakeActivity => {
    const activity: FakeActivity = {
      id: `a-${of.aws.activities.length}`,
      group: of.aws.groups[0]?.name ?? '',
      startedAt: of.clock.now() - 20,
      status: 'Failed',
      message: `${spot}UnfulfillableCapacity - Unable to fulfill capacity`,
      zone: 'eu-west-1a',
      ...change,
    };
    of.aws.activities.push(activity);
    return activity;
  };

  it('tells a failed launch once, with the zone that its details name', async () => {
    of.aws.addGroup({ desired: 2 });
    const { startedAt } = add();
    expect(await of.launchFailures()).toEqual([
      {
        at: startedAt,
        region,
        market: 'spot',
        instanceType: null,
        zone: 'eu-west-1a',
        cause: 'no-capacity',
      },
    ]);
    of.clock.advance(10);
    expect(await of.launchFailures()).toEqual([]);
    add({ group: 'of-someone-else' });
    add({ group: 'of-someone-else', message: 'InvalidAMIID.NotFound - ami-1' });
    add({ status: 'Successful', message: '' });
    add({ status: 'Cancelled', message: 'less is wanted now' });
    of.clock.advance(10);
    expect(await of.launchFailures()).toEqual([]);
    expect(of.failures).toEqual([]);
  });

  it('hears of an activity that fails after it was seen under way', async () => {
    of.aws.addGroup({ desired: 2 });
    const activity = add({ status: 'InProgress', message: '' });
    expect(await of.launchFailures()).toEqual([]);
    activity.status = 'Failed';
    activity.message = `${spot}SpotMaxPriceTooLow - Your Spot request price is lower`;
    of.clock.advance(60);
    expect(await of.launchFailures()).toMatchObject([{ cause: 'price-rejected' }]);
  });

  it('asks each iteration while a group waits for capacity, else each five minutes', async () => {
    const group = of.aws.addGroup();
    await of.cloud.observe(never);
    expect(of.asked('DescribeScalingActivities')).toBe(1);
    of.clock.advance(10);
    await of.cloud.observe(never);
    expect(of.asked('DescribeScalingActivities')).toBe(1);
    group.desired = 3;
    for (let iteration = 0; iteration < 3; iteration += 1) {
      of.clock.advance(10);
      await of.cloud.observe(never);
    }
    expect(of.asked('DescribeScalingActivities')).toBe(4);
    group.desired = 0;
    of.clock.advance(299);
    await of.cloud.observe(never);
    expect(of.asked('DescribeScalingActivities')).toBe(4);
    of.clock.advance(1);
    await of.cloud.observe(never);
    expect(of.asked('DescribeScalingActivities')).toBe(5);
  });

  it('asks for a region as a whole, however many pools it has, and reads three pages', async () => {
    for (let pool = 0; pool < 40; pool += 1) of.aws.addGroup({ pool: `pool-${pool}`, desired: 1 });
    for (let sent = 0; sent < 150; sent += 1) add({ status: 'InProgress', message: '' });
    add();
    expect(await of.launchFailures()).toHaveLength(1);
    expect(of.asked('DescribeScalingActivities')).toBe(2);
    for (let sent = 0; sent < 300; sent += 1) add({ status: 'InProgress', message: '' });
    of.clock.advance(10);
    await of.cloud.observe(never);
    expect(of.asked('DescribeScalingActivities')).toBe(5);
  });

  it('observes without activities that cannot be read, and waits before it asks again', async () => {
    of.aws.addGroup({ desired: 2 });
    add();
    of.aws.failing.set('DescribeScalingActivities', 'AccessDenied');
    expect(await of.launchFailures()).toEqual([]);
    expect(of.failures).toEqual([
      expect.stringMatching(/reading scaling activities.*AccessDenied/),
    ]);
    of.clock.advance(10);
    of.aws.failing.clear();
    expect(await of.launchFailures()).toEqual([]);
    of.clock.advance(20);
    expect(await of.launchFailures()).toHaveLength(1);
  });
});
