import type { Departures } from './cloud-contract.ts';

/** Where moto does other than AWS's documents say. */
export interface MotoDeparture {
  /** Of the contract, by its name. */
  readonly case: string;
  readonly moto: string;
  readonly aws: string;
  /** Title of AWS's page, and whose it is. */
  readonly source: string;
}

const noLaunchInstances = 'does not have LaunchInstances';
const launchInstances = 'Auto Scaling API reference, LaunchInstances';
const limits = 'Auto Scaling user guide, "Set scaling limits for your Auto Scaling group"';

export const motoDepartures: readonly MotoDeparture[] = [
  {
    case: 'spreads what it starts over the zones',
    moto: 'starts all instances in the first subnet',
    aws: 'a group launches in the enabled zone that has the fewest instances',
    source: 'Auto Scaling user guide, "Example: Distribute instances across Availability Zones"',
  },
  {
    case: 'starts by weight, and exceeds the desired capacity by the last instance',
    moto: "gives every instance the launch template's type",
    aws: 'instances count by their weight, and the last may exceed what is desired',
    source: 'Auto Scaling user guide, "Configure an Auto Scaling group to use instance weights"',
  },
  {
    case: 'refuses a desired capacity above the maximum or below the minimum',
    moto: 'takes any desired capacity',
    aws: 'the desired capacity lies between minimum and maximum',
    source: limits,
  },
  {
    case: 'refuses a group that is not there',
    moto: 'answers with status 500',
    aws: 'ValidationError, status 400',
    source: 'Auto Scaling API reference, "Common Errors"',
  },
  {
    case: 'starts nothing above the spot max price',
    moto: 'does not look at the spot max price',
    aws: 'SpotMaxPrice is the most that is paid for a unit and hour',
    source: 'Auto Scaling API reference, InstancesDistribution',
  },
  {
    case: 'takes the end of an instance that is gone, or never was, for done',
    moto: 'answers with status 500',
    aws: 'ValidationError, status 400',
    source: 'Auto Scaling API reference, "Common Errors"',
  },
  {
    case: 'holds an instance that is to end in its terminating hook',
    moto: 'ends the instance at once',
    aws: 'it is in Terminating:Wait until the action is completed or times out',
    source: 'Auto Scaling user guide, "Amazon EC2 Auto Scaling lifecycle hooks"',
  },
  {
    case: 'launches in one zone at once, and asks for that much more',
    moto: noLaunchInstances,
    aws: 'launches in the zone that is named, and the answer tells what started',
    source: launchInstances,
  },
  {
    case: 'launches nothing more for a token that was used',
    moto: noLaunchInstances,
    aws: 'ClientToken makes the call idempotent',
    source: launchInstances,
  },
  {
    case: 'refuses a token that was used for another launch',
    moto: noLaunchInstances,
    aws: 'IdempotentParameterMismatch',
    source: launchInstances,
  },
  {
    case: 'refuses a launch in a zone that the group does not have',
    moto: noLaunchInstances,
    aws: 'the zone must be one of the group',
    source: launchInstances,
  },
  {
    case: 'tells once what a launch could not start, by type and zone',
    moto: noLaunchInstances,
    aws: 'Errors names instance type, zone, market and code of each',
    source: launchInstances,
  },
  {
    case: 'tells that a group could not start what it was asked for, and keeps asking',
    moto: 'always has capacity',
    aws: 'the activity fails with the reason, and the group tries again',
    source:
      'Auto Scaling user guide, "Troubleshoot Amazon EC2 Auto Scaling: EC2 instance launch failures"',
  },
  {
    case: 'says that it throttles, and has then changed nothing',
    moto: 'throttles no call',
    aws: 'a call beyond the rate of account and region is refused as throttled',
    source: 'AWS re:Post, "My Auto Scaling API calls are getting throttled"',
  },
];

/** As the contract takes them. */
export const departures: Departures = Object.fromEntries(
  motoDepartures.map(({ case: name, moto }) => [name, `moto ${moto}`]),
);
