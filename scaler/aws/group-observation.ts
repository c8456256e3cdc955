/** An AWS group and its instances, read into what the scaler knows. Pure. */
import type { AutoScalingGroup, Instance as GroupInstance } from '@aws-sdk/client-auto-scaling';
import { type MarketName, tagKeys } from '../../pool/names.ts';
import type { Slots, UnixSeconds } from '../../pool/units.ts';
import type { Override, WorkerPhase } from '../decide/observation.ts';
import type { CloudGroup } from '../ports.ts';
import type { FailedLaunch } from './scaling-activities.ts';

export type CloudWorker = CloudGroup['workers'][number];

/** What EC2 knows of an instance and its group does not. */
export interface InstanceFacts {
  readonly launchedAt: UnixSeconds;
  /** Ended, or for so long not listed that it must have. */
  readonly gone: boolean;
  /** On its way out, by EC2's word. */
  readonly ending: boolean;
  /** null: EC2 has not listed it. */
  readonly imageId: string | null;
  /** Number of the launch template's version that it was launched from; null: not told. */
  readonly templateVersion: string | null;
}

/** What is known of a region's groups besides their own descriptions. */
export interface GroupContext {
  readonly region: string;
  readonly factsOf: (instanceId: string) => InstanceFacts;
  /** Ids of instances that a new one would differ from. */
  readonly outdated: ReadonlySet<string>;
  /** Launches of any group that failed since the last observation. */
  readonly failedLaunches: readonly FailedLaunch[];
}

/** null: the group is not one of ours, or its tags are not yet whole. */
export function observeGroup(group: AutoScalingGroup, context: GroupContext): CloudGroup | null {
  const { region } = context;
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
    terminateSuspended:
      group.SuspendedProcesses?.some(({ ProcessName }) => ProcessName === 'Terminate') ?? false,
    launchFailures: context.failedLaunches.flatMap(
      ({ group: failed, at, instanceType, zone, cause }) =>
        failed === name && cause !== null
          ? [{ at, region, market, instanceType, zone, cause }]
          : [],
    ),
    workers: (group.Instances ?? []).flatMap((instance) => {
      const worker = observeWorker(instance, overrides, context);
      return worker === null ? [] : [worker];
    }),
  };
}

export function tagOf(group: AutoScalingGroup, key: string): string | null {
  return group.Tags?.find((tag) => tag.Key === key)?.Value ?? null;
}

/** Slots that a group is asked for and no instance of its stands for; those that end do not count. */
export function outstandingSlots(group: AutoScalingGroup): Slots {
  const overrides = overridesOf(group);
  let present = 0;
  for (const instance of group.Instances ?? []) {
    const phase = phaseOf(instance.LifecycleState);
    if (phase === 'pending' || phase === 'in-service') present += weightOf(instance, overrides);
  }
  return Math.max(0, (group.DesiredCapacity ?? 0) - present);
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
  { factsOf, outdated }: GroupContext,
): CloudWorker | null {
  const { InstanceId: instanceId, InstanceType: instanceType = 'unknown' } = instance;
  const phase = phaseOf(instance.LifecycleState);
  if (instanceId === undefined || phase === null) return null;
  const facts = factsOf(instanceId);
  return {
    instanceId,
    instanceType,
    zone: instance.AvailabilityZone ?? '',
    weight: weightOf(instance, overrides),
    launchedAt: facts.launchedAt,
    phase: facts.gone ? 'gone' : facts.ending ? 'terminating' : phase,
    outdated: outdated.has(instanceId),
  };
}

/**
 * The instance's own weight is what the group counted when it launched it; an override may since
 * have changed or gone.
 */
function weightOf(instance: GroupInstance, overrides: readonly Override[]): Slots {
  const override = overrides.find(({ instanceType }) => instanceType === instance.InstanceType);
  return Number(instance.WeightedCapacity ?? override?.weight ?? 1);
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
