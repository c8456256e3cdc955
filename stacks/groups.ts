import {
  AutoscalingGroup,
  type AutoscalingGroupMixedInstancesPolicy,
} from '@cdktf/provider-aws/lib/autoscaling-group/index.js';
import { AutoscalingLifecycleHook } from '@cdktf/provider-aws/lib/autoscaling-lifecycle-hook/index.js';
import type { ITerraformDependable } from 'cdktf';
import { drainHookTimeout } from '../pool/drain-hook.ts';
import { marketsOf } from '../pool/markets.ts';
import {
  drainHookName,
  groupName,
  launchHookName,
  type MarketName,
  tagKeys,
} from '../pool/names.ts';
import type { Pool } from '../pool/pool.ts';
import { firstSpotMaxPrice } from './first-spot-price.ts';
import { ignoredAttributes } from './ignored-attributes.ts';
import type { LaunchTemplateIds } from './launch-templates.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { poolTags } from './tags.ts';

/** AWS takes at most this many overrides in a group. */
const overridesLimit = 40;

/** What groups point to. */
export interface GroupLinks {
  readonly templates: LaunchTemplateIds;
  readonly subnetIds: string[];
  /** The Elastic IPs that its workers take. */
  readonly addresses: readonly ITerraformDependable[];
  /** ARN of the pool's notice topic where it stands in this region, else null. */
  readonly noticeTopicArn: string | null;
}

/** Adds a pool's auto scaling groups, each with the hook that lets its workers finish. */
export function addGroups(place: PoolPlace, links: GroupLinks): void {
  const { stack, pool } = place;
  for (const market of marketsOf(pool)) {
    const group = addGroup(place, market, links);
    new AutoscalingLifecycleHook(stack, `${pool.id}-${market}-drain`, {
      name: drainHookName,
      autoscalingGroupName: group.name,
      lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      heartbeatTimeout: drainHookTimeout(pool),
      defaultResult: 'CONTINUE',
    });
    addLaunchHook(place, market, group);
  }
}

/** What nobody completes in time is no worker: it ends, and the group launches another. */
function addLaunchHook({ stack, pool }: PoolPlace, market: MarketName, group: AutoscalingGroup) {
  const { launchHook } = pool.lifecycle;
  if (launchHook === undefined) return;
  new AutoscalingLifecycleHook(stack, `${pool.id}-${market}-launch`, {
    name: launchHookName,
    autoscalingGroupName: group.name,
    lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    heartbeatTimeout: launchHook,
    defaultResult: 'ABANDON',
  });
}

function addGroup(place: PoolPlace, market: MarketName, links: GroupLinks): AutoscalingGroup {
  const { stack, fleet, pool } = place;
  return new AutoscalingGroup(stack, `${pool.id}-${market}`, {
    name: groupName(fleet.name, pool.id, market),
    minSize: minimumSize(place, market),
    maxSize: pool.capacity.max,
    vpcZoneIdentifier: links.subnetIds,
    mixedInstancesPolicy: mixedInstancesPolicy(pool, market, links.templates),
    // The scaler alone chooses which worker goes: AWS may not end one to lower or even out a group,
    // and does not replace protected ones for rebalancing advice, which the scaler heeds itself.
    protectFromScaleIn: true,
    suspendedProcesses: ['AZRebalance'],
    capacityRebalance: false,
    // A protected group is otherwise never empty, and destroy waits for ever.
    forceDelete: true,
    // Spot may take its time: an apply is done when the group exists.
    waitForCapacityTimeout: '0',
    tag: groupTags(place, market, links),
    lifecycle: { ignoreChanges: ignoredAttributes() },
    ...(links.addresses.length === 0 ? {} : { dependsOn: [...links.addresses] }),
  });
}

/**
 * A pool's minimum is kept by AWS in one place, so that it holds while the scaler is down: the group
 * of the pool's usual market in its first region by name. Elsewhere it would be kept more than once.
 */
function minimumSize({ region, pool }: PoolPlace, market: MarketName): number {
  const isFirst = region.name === pool.regions[0] && market === marketsOf(pool)[0];
  return isFirst ? pool.capacity.min : 0;
}

function mixedInstancesPolicy(
  pool: Pool,
  market: MarketName,
  templates: LaunchTemplateIds,
): AutoscalingGroupMixedInstancesPolicy {
  const specification = (launchTemplateId: string) => ({ launchTemplateId, version: '$Default' });
  const [anyTemplate] = templates.values();
  const spotMaxPrice = market === 'spot' ? firstSpotMaxPrice(pool) : null;
  return {
    instancesDistribution: {
      onDemandBaseCapacity: 0,
      onDemandPercentageAboveBaseCapacity: market === 'spot' ? 0 : 100,
      onDemandAllocationStrategy: 'prioritized',
      spotAllocationStrategy: 'price-capacity-optimized',
      ...(spotMaxPrice === null ? {} : { spotMaxPrice }),
    },
    launchTemplate: {
      launchTemplateSpecification: specification(anyTemplate as string),
      // What the group starts with; from then on the scaler chooses, by price.
      override: pool.instances.slice(0, overridesLimit).map(({ type, architecture, capacity }) => ({
        instanceType: type,
        weightedCapacity: String(capacity),
        launchTemplateSpecification: specification(templates.get(architecture) as string),
      })),
    },
  };
}

function groupTags({ fleet, pool }: PoolPlace, market: MarketName, links: GroupLinks) {
  const onInstancesToo = { ...poolTags(fleet, pool), [tagKeys.market]: market };
  const onGroupOnly = [
    ...[...links.templates].map(([architecture, id]) => [
      `${tagKeys.launchTemplate}${architecture}`,
      id,
    ]),
    ...(links.noticeTopicArn === null ? [] : [[tagKeys.noticeTopic, links.noticeTopicArn]]),
  ] as [string, string][];
  return [
    ...Object.entries(onInstancesToo).map(([key, value]) => ({
      key,
      value,
      propagateAtLaunch: true,
    })),
    ...onGroupOnly.map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
  ];
}
