import type { LaunchInstancesRequest, LaunchInstancesResult } from '@aws-sdk/client-auto-scaling';
import type { Seconds } from '../../pool/units.ts';
import { launchErrorOf } from '../../sim/launch-error.ts';
import type { CloudGroup } from '../group.ts';
import { AwsError, validationError } from '../protocol/aws-error.ts';
import type { CloudRegion } from '../region.ts';
import { zoneId } from '../zones.ts';
import { findGroup } from './find.ts';

/** LaunchInstances starts no more in one call, whatever they weigh (EC2 Auto Scaling API reference). */
const mostInstances = 100;
/** A token is known for this long. Assumption: the reference does not say. */
const tokenLife: Seconds = 8 * 3600;

export const launchOperations = {
  LaunchInstances(region: CloudRegion, input: LaunchInstancesRequest): LaunchInstancesResult {
    const group = findGroup(region, input.AutoScalingGroupName!);
    const { ClientToken: token = '', RequestedCapacity: slots = 0, RetryStrategy } = input;
    const heaviest = Math.max(...group.simulated.overrides.map(({ weight }) => weight));
    const most = mostInstances * heaviest;
    if (slots < 1 || slots > most) {
      throw validationError(`RequestedCapacity ${slots} must be between 1 and ${most}`);
    }
    const zone = zoneOf(group, input);
    const now = region.account.clock.now();
    const before = region.launches.get(token);
    const request = JSON.stringify([group.name, zone, slots, RetryStrategy]);
    if (before !== undefined && now - before.at < tokenLife) {
      if (before.request === request) return before.result;
      throw new AwsError(
        'IdempotentParameterMismatch',
        `The client token ${token} was used for a launch with other parameters.`,
      );
    }
    const result = launch(group, zone, input);
    region.launches.set(token, { at: now, request, result });
    for (const [known, { at }] of region.launches) {
      if (now - at < tokenLife) break;
      region.launches.delete(known);
    }
    return result;
  },
};

function launch(
  group: CloudGroup,
  zone: string,
  { RequestedCapacity: slots = 0, ClientToken, RetryStrategy = 'none' }: LaunchInstancesRequest,
): LaunchInstancesResult {
  const outcome = group.simulated.launch(zone, slots);
  if (RetryStrategy !== 'none' && outcome.slots < slots) {
    const { desiredCapacity } = group.simulated;
    group.simulated.setDesiredCapacity(desiredCapacity + slots - outcome.slots);
  }
  const { market } = group.simulated.declaration;
  const place = {
    MarketType: market,
    SubnetId: group.places.subnetByZone.get(zone),
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId(zone),
  };
  const byType = new Map<string, string[]>();
  for (const { id, offering } of outcome.instances) {
    byType.set(offering.instanceType, [...(byType.get(offering.instanceType) ?? []), id]);
  }
  return {
    AutoScalingGroupName: group.name,
    ClientToken,
    Instances: [...byType].map(([InstanceType, InstanceIds]) => ({
      ...place,
      InstanceType,
      InstanceIds,
    })),
    Errors: outcome.failures.map((failure) => {
      const { code, message } = launchErrorOf(failure);
      return {
        ...place,
        InstanceType: failure.instanceType ?? undefined,
        ErrorCode: code,
        ErrorMessage: message,
      };
    }),
  };
}

/** One zone, named by itself, by its id or by its subnet; a group of one zone needs no name. */
function zoneOf(
  { places: { zones, subnetByZone } }: CloudGroup,
  { AvailabilityZones = [], AvailabilityZoneIds = [], SubnetIds = [] }: LaunchInstancesRequest,
): string {
  const named = [...AvailabilityZones, ...AvailabilityZoneIds, ...SubnetIds];
  if (named.length > 1) {
    throw validationError('Only one Availability Zone or subnet can be specified.');
  }
  const [name] = named;
  if (name === undefined && zones.length > 1) {
    throw validationError(
      'An Availability Zone or subnet must be specified for a group that has several.',
    );
  }
  const zone = zones.find(
    (each) =>
      name === undefined ||
      each === name ||
      zoneId(each) === name ||
      subnetByZone.get(each) === name,
  );
  if (zone !== undefined) return zone;
  throw validationError(`The group has no ${name}, but ${zones.join(', ')}`);
}
