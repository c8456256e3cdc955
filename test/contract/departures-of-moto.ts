import { expect } from 'vitest';
import type { Departures } from './cloud-contract.ts';
import { type ContractCase, desire, grown, idsOf, launch, overrides } from './contract-case.ts';
import { four, never, one, theGroup, zones } from './contract-world.ts';

/** Where moto does other than AWS's documents say. */
export interface MotoDeparture {
  /** Of the contract, by its name. */
  readonly case: string;
  readonly moto: string;
  /** Shows that moto does so. */
  readonly shows: ContractCase['run'];
  readonly aws: string;
  /** AWS's page. */
  readonly source: { readonly title: string; readonly url: string };
}

const userGuide = 'https://docs.aws.amazon.com/autoscaling/ec2/userguide';
const reference = 'https://docs.aws.amazon.com/autoscaling/ec2/APIReference';
const launchInstances = { title: 'LaunchInstances', url: `${reference}/API_LaunchInstances.html` };
const commonErrors = { title: 'Common Errors', url: `${reference}/CommonErrors.html` };

/** What a call becomes that moto answers with status 500: the adapter takes AWS for out of service. */
const failed = { name: 'CloudError', kind: 'unavailable' };

const hasNoLaunchInstances: Pick<MotoDeparture, 'moto' | 'shows'> = {
  moto: 'does not have LaunchInstances',
  async shows(world) {
    await theGroup(world);
    await expect(launch(world)).rejects.toMatchObject(failed);
    await world.settle();
    expect((await theGroup(world)).workers).toEqual([]);
  },
};

export const motoDepartures: readonly MotoDeparture[] = [
  {
    case: 'spreads what it starts over the zones',
    moto: 'starts all instances in the first subnet',
    async shows(world) {
      await grown(world, 4);
      const inZones = (await theGroup(world)).workers.map(({ zone }) => zone);
      expect(inZones).toEqual(Array(4).fill(zones[0]));
    },
    aws: 'a group has as many instances in one enabled zone as in another',
    source: {
      title: 'Auto Scaling group Availability Zone distribution',
      url: `${userGuide}/ec2-auto-scaling-availability-zone-balanced.html`,
    },
  },
  {
    case: 'starts by weight, and exceeds the desired capacity by the last instance',
    moto: "gives every instance the launch template's type, whatever weighs how much",
    async shows(world) {
      await theGroup(world);
      await overrides(world, { overrides: [four] });
      await grown(world, 5);
      const { workers } = await theGroup(world);
      const types = workers.map(({ instanceType }) => instanceType);
      expect(new Set(types)).toEqual(new Set([one.instanceType]));
    },
    aws: 'instances count by their weight until the desired capacity is reached, or exceeded by the last',
    source: {
      title: 'LaunchTemplateOverrides',
      url: `${reference}/API_LaunchTemplateOverrides.html`,
    },
  },
  {
    case: 'refuses a desired capacity above the maximum or below the minimum',
    moto: 'takes any desired capacity',
    async shows(world) {
      const { max } = await theGroup(world);
      await desire(world, max + 1);
      expect((await theGroup(world)).desiredCapacity).toBe(max + 1);
    },
    aws: 'the desired capacity is at least the minimum and at most the maximum',
    source: {
      title: 'Set scaling limits for your Auto Scaling group',
      url: `${userGuide}/asg-capacity-limits.html`,
    },
  },
  {
    case: 'refuses a group that is not there',
    moto: 'answers with status 500',
    async shows(world) {
      await theGroup(world);
      const call = world.cloud.setDesiredCapacity('other', 1, never);
      await expect(call).rejects.toMatchObject(failed);
    },
    aws: 'ValidationError, status 400',
    source: commonErrors,
  },
  {
    case: 'starts nothing above the spot max price',
    moto: 'does not look at the spot max price',
    async shows(world) {
      await theGroup(world);
      await overrides(world, { spotMaxPrice: 0.001 });
      await grown(world, 2);
      expect((await theGroup(world)).workers).toHaveLength(2);
    },
    aws: 'SpotMaxPrice is the most that is paid for a unit and hour',
    source: {
      title: 'InstancesDistribution',
      url: `${reference}/API_InstancesDistribution.html`,
    },
  },
  {
    case: 'takes the end of an instance that is gone, or never was, for done',
    moto: 'answers with status 500',
    async shows(world) {
      await theGroup(world);
      const call = world.cloud.terminate('i-00000000000000abc', never);
      await expect(call).rejects.toMatchObject(failed);
    },
    aws: 'ValidationError, status 400',
    source: commonErrors,
  },
  {
    case: 'holds an instance that is to end in its terminating hook',
    moto: 'ends the instance at once',
    async shows(world) {
      await grown(world, 1);
      const [first] = await idsOf(world);
      await desire(world, 0);
      await world.cloud.terminate(first!, never);
      expect(await idsOf(world)).toEqual([]);
    },
    aws: 'it stays in Terminating:Wait until the action is completed or times out',
    source: {
      title: 'How lifecycle hooks work in Amazon EC2 Auto Scaling groups',
      url: `${userGuide}/lifecycle-hooks-overview.html`,
    },
  },
  {
    case: 'launches in one zone at once, and asks for that much more',
    ...hasNoLaunchInstances,
    aws: 'launches in the zone that is named, and the answer tells what started',
    source: launchInstances,
  },
  {
    case: 'launches nothing more for a token that was used',
    ...hasNoLaunchInstances,
    aws: 'ClientToken makes the call idempotent',
    source: launchInstances,
  },
  {
    case: 'refuses a token that was used for another launch',
    ...hasNoLaunchInstances,
    aws: 'IdempotentParameterMismatch, status 400',
    source: launchInstances,
  },
  {
    case: 'refuses a launch in a zone that the group does not have',
    ...hasNoLaunchInstances,
    aws: 'the zone must be one of the group',
    source: launchInstances,
  },
  {
    case: 'tells once what a launch could not start, by type and zone',
    ...hasNoLaunchInstances,
    aws: 'each error has a code, instance type, market and zone',
    source: {
      title: 'LaunchInstancesError',
      url: `${reference}/API_LaunchInstancesError.html`,
    },
  },
  {
    case: 'tells that a group could not start what it was asked for, and keeps asking',
    moto: 'always has capacity',
    async shows(world) {
      await grown(world, 20);
      const { workers, launchFailures } = await theGroup(world);
      expect([workers.length, launchFailures]).toEqual([20, []]);
      await expect(world.exhaust(one.instanceType)).rejects.toThrow('moto cannot');
    },
    aws: 'a group that cannot launch for want of capacity tries again until it can',
    source: {
      title: 'EKS Insufficient capacity errors (AWS re:Post)',
      url: 'https://repost.aws/questions/QUj3wyT9i1RUizi12pQ90z3A/eks-insufficient-capacity-errors',
    },
  },
  {
    case: 'says that it throttles, and has then changed nothing',
    moto: 'throttles no call',
    async shows(world) {
      await theGroup(world);
      const { max } = await theGroup(world);
      // More at once than any bucket that AWS documents holds.
      for (let calls = 0; calls < 120; calls++) await desire(world, calls % max);
      expect((await theGroup(world)).desiredCapacity).toBe(119 % max);
    },
    aws: 'calls beyond the rate of account and region are refused: "Rate Exceeded"',
    source: {
      title: 'How do I keep my Auto Scaling API calls from being throttled? (AWS re:Post)',
      url: 'https://repost.aws/knowledge-center/autoscaling-api-calls-throttled',
    },
  },
];

/** As the contract takes them. */
export const departures: Departures = Object.fromEntries(
  motoDepartures.map(({ case: name, moto, shows }) => [name, { reason: `moto ${moto}`, shows }]),
);
