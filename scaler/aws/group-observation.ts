/** An AWS group and its instances, read into what the scaler knows. Pure. */
import type { AutoScalingGroup, Instance as GroupInstance } from '@aws-sdk/client-auto-scaling';
import { type MarketName, tagKeys } from '../../pool/names.ts';
import type { UnixSeconds } from '../../pool/units.ts';
import type { Override, WorkerPhase } from '../decide/observation.ts';
import type { CloudGroup } from '../ports.ts';

export type CloudWorker = CloudGroup['workers'][number];

/** What EC2 knows of an instance and its group does not. */
export interface InstanceFacts {
  readonly launchedAt: UnixSeconds;
  /** Ended, or for so long not listed that it must have. */
  readonly gone: boolean;
  /** On its way out, by EC2's word. */
  readonly ending: boolean;
}

/** null: the group is not one of ours, or its tags are not yet whole. */
export function observeGroup(
  group: AutoScalingGroup,
  region: string,
  factsOf: (instanceId: string) => InstanceFacts,
): CloudGroup | null {
  const name = group.AutoScalingGroupName;
  const poolId = tagOf(group, tagKeys.pool);
  const market = marketOf(group);
  if (name === undefined || poolId === null || market === null) return null;
  const overrides = overridesOf(group);
  const spotMaxPrice = group.MixedInstancesPolicy?.InstancesDistribution?.SpotMaxPrice;
  return {
    name,
    region,
    market,
    poolId,
    desiredCapacity: group.DesiredCapacity ?? 0,
    min: group.MinSize ?? 0,
    max: group.MaxSize ?? 0,
    overrides,
    spotMaxPrice: spotMaxPrice ? Number(spotMaxPrice) : null,
    // A group's description does not tell, and DescribeInstanceRefreshes is one call per group and
    // iteration out of a token bucket that our own writes share. Where a refresh forbids a change,
    // AWS refuses that change, and the refusal is reported like any other.
    instanceRefresh: false,
    workers: (group.Instances ?? []).flatMap((instance) => {
      const worker = observeWorker(instance, overrides, factsOf);
      return worker === null ? [] : [worker];
    }),
  };
}

export function tagOf(group: AutoScalingGroup, key: string): string | null {
  return group.Tags?.find((tag) => tag.Key === key)?.Value ?? null;
}

function marketOf(group: AutoScalingGroup): MarketName | null {
  const market = tagOf(group, tagKeys.market);
  return market === 'spot' || market === 'on-demand' ? market : null;
}

function overridesOf(group: AutoScalingGroup): Override[] {
  const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  return overrides.flatMap(({ InstanceType, WeightedCapacity }) =>
    InstanceType === undefined
      ? []
      : [{ instanceType: InstanceType, weight: Number(WeightedCapacity ?? 1) }],
  );
}

function observeWorker(
  instance: GroupInstance,
  overrides: readonly Override[],
  factsOf: (instanceId: string) => InstanceFacts,
): CloudWorker | null {
  const { InstanceId: instanceId, InstanceType: instanceType = 'unknown' } = instance;
  const phase = phaseOf(instance.LifecycleState);
  if (instanceId === undefined || phase === null) return null;
  const facts = factsOf(instanceId);
  const override = overrides.find((candidate) => candidate.instanceType === instanceType);
  return {
    instanceId,
    instanceType,
    zone: instance.AvailabilityZone ?? '',
    // The instance's own weight is what the group counted when it launched it; an override may
    // since have changed or gone.
    weight: Number(instance.WeightedCapacity ?? override?.weight ?? 1),
    launchedAt: facts.launchedAt,
    phase: facts.gone ? 'gone' : facts.ending ? 'terminating' : phase,
  };
}

/**
 * null: the group does not count the instance in its capacity (put aside by hand, or warm).
 * A state that is not known here reads as in service: without a word such a worker counts as busy,
 * so nothing is ended by mistake.
 */
function phaseOf(state: string | undefined): WorkerPhase | null {
  const [head = ''] = (state ?? '').split(':');
  switch (head) {
    case 'Pending':
      return 'pending';
    case 'Terminating':
    case 'Terminated':
      return 'terminating';
    case 'Standby':
    case 'EnteringStandby':
    case 'Detaching':
    case 'Detached':
    case 'Warmed':
      return null;
    default:
      return 'in-service';
  }
}
