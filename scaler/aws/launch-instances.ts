/** The request and the answer of LaunchInstances, which starts instances in one zone at once. Pure. */
import { createHash } from 'node:crypto';
import type {
  AutoScalingGroup,
  LaunchInstancesRequest,
  LaunchInstancesResult,
} from '@aws-sdk/client-auto-scaling';
import type { Slots, UnixSeconds } from '../../pool/units.ts';
import type { Launch } from '../ports.ts';
import { launchFailureCause } from './launch-errors.ts';
import type { FailedLaunch } from './scaling-activities.ts';

export function launchRequest({ group, zone, slots, token }: Launch): LaunchInstancesRequest {
  return {
    AutoScalingGroupName: group,
    AvailabilityZones: [zone],
    RequestedCapacity: slots,
    // AWS compares a token with what it was used for before, across groups: the same one for two
    // groups would be a mismatch. 64 hexadecimal digits are the most that it takes.
    ClientToken: createHash('sha256').update(`${group} ${token}`).digest('hex'),
    // What cannot start is the scaler's to place elsewhere; AWS would go on trying behind its back.
    RetryStrategy: 'none',
  };
}

/**
 * Slots that started, counted as the group counts them, by its override for the type, and what did
 * not start.
 */
export function launchOutcome(
  group: AutoScalingGroup | undefined,
  { group: name, zone }: Pick<Launch, 'group' | 'zone'>,
  answer: LaunchInstancesResult,
  at: UnixSeconds,
): { readonly slots: Slots; readonly failures: readonly FailedLaunch[] } {
  const overrides = group?.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  const weightOf = (instanceType: string | undefined) =>
    Number(overrides.find((it) => it.InstanceType === instanceType)?.WeightedCapacity ?? 1);
  let slots = 0;
  for (const { InstanceType, InstanceIds } of answer.Instances ?? []) {
    slots += weightOf(InstanceType) * (InstanceIds?.length ?? 0);
  }
  const failures = (answer.Errors ?? []).map((error): FailedLaunch => {
    const message = `${error.ErrorCode ?? 'no code'} - ${error.ErrorMessage ?? 'no message'}`;
    return {
      group: name,
      at,
      instanceType: error.InstanceType ?? null,
      zone: error.AvailabilityZone ?? zone,
      cause: launchFailureCause(message),
      message,
    };
  });
  return { slots, failures };
}
