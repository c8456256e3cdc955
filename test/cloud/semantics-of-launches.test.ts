/** What AWS's documents say of what a group launches, and where. Each test names the page. */
import {
  type AutoScalingGroup,
  type CreateAutoScalingGroupType,
  DescribeScalingActivitiesCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeSpotPriceHistoryCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudSession, ofGroup, openSession } from './cloud-session.ts';
import { describeGroup, makeSpotGroup } from './fleet-on-cloud.ts';

let session: CloudSession;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.stop());

type Weights = Readonly<Record<string, number>>;
const zones = ['eu-west-1a', 'eu-west-1b'] as const;

const groupOf = (
  weights: Weights,
  change: Partial<CreateAutoScalingGroupType> = {},
  share: 0 | 100 = 0,
) => makeSpotGroup(session.clients, session.templateId, change, weights, share);
const desire = async (name: string, DesiredCapacity: number) => {
  await session.send(new SetDesiredCapacityCommand({ ...ofGroup(name), DesiredCapacity }));
  await session.running.cloud.step(120);
  return launched(await describeGroup(session.clients, name));
};
const launched = ({ Instances = [] }: AutoScalingGroup) => ({
  types: Instances.map(({ InstanceType }) => InstanceType),
  weight: Instances.reduce((sum, { WeightedCapacity }) => sum + Number(WeightedCapacity), 0),
  zones: Instances.map(({ AvailabilityZone }) => AvailabilityZone),
});
const setCapacity = (
  zone: string,
  instanceType: string,
  available: boolean,
  market: 'spot' | 'on-demand' = 'spot',
) => session.running.cloud.act({ action: 'capacity', zone, instanceType, market, available });
/** Prices now, by zone and type. */
const spotPrices = async (types: readonly string[]) => {
  const { SpotPriceHistory = [] } = await session.clients.ec2.send(
    new DescribeSpotPriceHistoryCommand({
      InstanceTypes: types as never,
      StartTime: session.running.cloud.account.now(),
    }),
  );
  return new Map(
    SpotPriceHistory.map(({ AvailabilityZone, InstanceType, SpotPrice }) => [
      `${AvailabilityZone} ${InstanceType}`,
      Number(SpotPrice),
    ]),
  );
};
const limitPrice = (name: string, price: number) =>
  session.send(
    new UpdateAutoScalingGroupCommand({
      ...ofGroup(name),
      MixedInstancesPolicy: { InstancesDistribution: { SpotMaxPrice: price.toFixed(6) } },
    }),
  );
const activities = async (name: string) => {
  const { Activities = [] } = await session.send(
    new DescribeScalingActivitiesCommand(ofGroup(name)),
  );
  return Activities;
};

describe('Auto Scaling user guide, "Auto Scaling group Availability Zone distribution"', () => {
  it('a group has as many instances in one zone as in another', async () => {
    const name = await groupOf({ 'c6i.2xlarge': 2, 'm6a.4xlarge': 4 });
    const { weight, zones: where } = await desire(name, 12);
    expect(weight).toBeGreaterThanOrEqual(12);
    expect(weight).toBeLessThan(12 + 4);
    const [first, second] = zones.map((zone) => where.filter((each) => each === zone).length);
    expect(Math.abs(first! - second!)).toBeLessThanOrEqual(1);
    expect(first! + second!).toBe(where.length);
  });

  it('where one zone has no capacity, another has the instances', async () => {
    const name = await groupOf({ 'c6i.2xlarge': 2 });
    await setCapacity(zones[0], 'c6i.2xlarge', false);
    expect((await desire(name, 4)).zones).toEqual([zones[1], zones[1]]);
  });
});

describe('Auto Scaling user guide, "Allocation strategies for multiple instance types"', () => {
  const types = { 'c6i.2xlarge': 2, 'm6a.4xlarge': 4, 'c6i.4xlarge': 4 };

  it('spot: the lowest price for a unit, in each zone', async () => {
    const name = await groupOf(types);
    const prices = await spotPrices(Object.keys(types));
    const cheapestIn = (zone: string) =>
      Object.entries(types)
        .map(([type, weight]) => ({ type, price: prices.get(`${zone} ${type}`)! / weight }))
        .sort((one, other) => one.price - other.price)[0]!.type;
    const got = await desire(name, 8);
    for (const [index, zone] of got.zones.entries()) {
      expect(got.types[index]).toBe(cheapestIn(zone!));
    }
    expect(got.types.length).toBeGreaterThan(1);
  });

  it('on-demand: the first override, and the next where that has no capacity', async () => {
    const name = await groupOf(types, {}, 100);
    expect(new Set((await desire(name, 4)).types)).toEqual(new Set(['c6i.2xlarge']));
    for (const zone of zones) await setCapacity(zone, 'c6i.2xlarge', false, 'on-demand');
    expect(new Set((await desire(name, 12)).types)).toEqual(
      new Set(['c6i.2xlarge', 'm6a.4xlarge']),
    );
  });
});

describe('Auto Scaling API reference, InstancesDistribution', () => {
  it('the spot max price is for a unit: a type may cost as much as it weighs more', async () => {
    const light = await groupOf({ 'c6i.2xlarge': 1 });
    const heavy = await groupOf({ 'c6i.2xlarge': 4 }, { AutoScalingGroupName: 'heavy' });
    const prices = [...(await spotPrices(['c6i.2xlarge'])).values()];
    // Less than an instance costs anywhere, and more than a quarter of what it costs anywhere.
    const price = (Math.min(...prices) + Math.max(...prices) / 4) / 2;
    for (const name of [light, heavy]) await limitPrice(name, price);
    expect((await desire(light, 4)).types).toEqual([]);
    expect((await desire(heavy, 4)).types).toEqual(['c6i.2xlarge']);
    const [activity] = await activities(light);
    expect(activity).toMatchObject({ StatusCode: 'Failed' });
    expect(activity!.StatusMessage).toContain('SpotMaxPriceTooLow');
  });

  it('a lower spot max price ends nothing that runs', async () => {
    const name = await groupOf({ 'c6i.2xlarge': 1 });
    await desire(name, 2);
    await limitPrice(name, 0.0001);
    await session.running.cloud.step(3600);
    expect(await session.states(name)).toEqual(['InService', 'InService']);
  });
});

describe('Auto Scaling user guide, "Suspend and resume Amazon EC2 Auto Scaling processes"', () => {
  it('a group whose Launch is suspended launches once that is resumed', async () => {
    const name = await groupOf({ 'c6i.2xlarge': 1 });
    const processes = { ...ofGroup(name), ScalingProcesses: ['Launch'] };
    await session.send(new SuspendProcessesCommand(processes));
    expect((await desire(name, 1)).types).toEqual([]);
    await session.send(new ResumeProcessesCommand(processes));
    await session.running.cloud.step(120);
    expect(await session.states(name)).toEqual(['InService']);
  });
});

describe('EC2 user guide, "Amazon EC2 instance type quotas"', () => {
  it('a group launches as many vCPUs as the quota lets it, and tells why no more', async () => {
    const name = await groupOf({ 'c6i.2xlarge': 1 });
    const quota = { action: 'quota', region: 'eu-west-1', market: 'spot' } as const;
    await session.running.cloud.act({ ...quota, virtualCpus: 16 });
    expect((await desire(name, 5)).types).toHaveLength(2);
    const failed = (await activities(name)).filter(({ StatusCode }) => StatusCode === 'Failed');
    expect(failed[0]!.StatusMessage).toContain('MaxSpotInstanceCountExceeded');
    await session.running.cloud.act({ ...quota, virtualCpus: null });
    await session.running.cloud.step(600);
    expect(await session.states(name)).toHaveLength(5);
  });
});
