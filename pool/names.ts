/**
 * Names and tags of what a fleet owns in AWS. The stacks write them, the scaler finds things by them;
 * they are a contract: changing one replaces or orphans running resources.
 */
import { createHash } from 'node:crypto';

export type MarketName = 'spot' | 'on-demand';

/** Tag keys on every resource of a fleet. */
export const tagKeys = {
  fleet: 'muster:fleet',
  pool: 'muster:pool',
  market: 'muster:market',
  /** On a group, followed by an architecture: the id of the launch template for it, or `ID:VERSION`. */
  launchTemplate: 'muster:launch-template:',
  /** On a launch template: the SSM parameter that EC2 reads its image id from at each launch, if it does. */
  imageParameter: 'muster:image-parameter',
  /** On a group in the region of its pool's notice topic: the topic's ARN. */
  noticeTopic: 'muster:notice-topic',
  /** On an Elastic IP that workers may take, whoever made it: what {@link elasticIpUser} gives. */
  usedBy: 'muster:used-by',
} as const;

/** AWS allows 64 characters for a role name, 128 for a launch template, 255 for a group or topic. */
const maximumLength = { role: 64, group: 128 } as const;

/**
 * Joins parts with `_`, which no id of a fleet or pool may hold, so that no two fleets or pools ever
 * make one name, and which AWS takes in each kind of name below. A name over the limit keeps its
 * start and ends in a hash of the whole.
 */
function boundedName(limit: number, ...parts: string[]): string {
  const whole = parts.join('_');
  if (whole.length <= limit) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 10);
  return `${whole.slice(0, limit - hash.length - 1)}-${hash}`;
}

/** Name of a pool's auto scaling group; one per market in each region. */
export function groupName(fleet: string, poolId: string, market: MarketName): string {
  return boundedName(maximumLength.group, fleet, poolId, market);
}

/** Name of a pool's launch template; one per architecture in each region. */
export function launchTemplateName(fleet: string, poolId: string, architecture: string): string {
  return boundedName(maximumLength.group, fleet, poolId, architecture.replace('_', '-'));
}

/** Name of the role, and of the instance profile, that a pool's workers have in every region. */
export function workerRoleName(fleet: string, poolId: string): string {
  return boundedName(maximumLength.role, fleet, poolId, 'worker');
}

/**
 * IAM path of every worker role of a fleet and of nothing else, so that one pattern says which roles
 * the scaler may pass, however many pools there are.
 */
export function workerRolePath(fleet: string): string {
  return `/muster/${fleet}/`;
}

/**
 * Name of the policy with what the scaler may do. What does not fit one policy goes on in further
 * parts, counted from 1.
 */
export function scalerPolicyName(fleet: string, part = 1): string {
  const parts = part === 1 ? ['scaler'] : ['scaler', String(part)];
  return boundedName(maximumLength.role, fleet, ...parts);
}

/** Name of the security group of a pool's workers in each region; AWS refuses one that starts `sg-`. */
export function securityGroupName(fleet: string, poolId: string): string {
  return boundedName(maximumLength.group, 'muster', fleet, poolId);
}

/**
 * Name of the SNS topic through which a pool's notices reach e-mail addresses. It stands in the first
 * of the pool's regions by name, where the pool's groups carry its ARN as `tagKeys.noticeTopic`.
 */
export function noticeTopicName(fleet: string, poolId: string): string {
  return boundedName(maximumLength.group, fleet, poolId, 'notices');
}

/** Value of `tagKeys.usedBy` on the Elastic IPs of a pool. */
export function elasticIpUser(fleet: string, poolId: string): string {
  return `${fleet}_${poolId}`;
}

/**
 * Label of the version of an image parameter that a canary deployment tries. `muster image deploy` writes it
 * and takes it away; the scaler reads it, as workers of that image are not outdated.
 */
export const canaryLabel = 'muster-canary';

/** Name of the hook on each group that lets a worker finish before it ends. */
export const drainHookName = 'muster-drain';

/** Name of the hook that holds a worker back until it says that it is ready, where one is declared. */
export const launchHookName = 'muster-launch';

/** CloudWatch namespace of the scaler's metrics, the only one that it may write to. */
export const metricNamespace = 'Muster';

/** Name of the log group that a pool's workers write to. */
export function logGroupName(fleet: string, poolId: string): string {
  return `/muster/${fleet}/${poolId}`;
}

/**
 * Name of the queue, in each region, of events of the fleet's groups and of instances. `part` names
 * what belongs to it: the queue of events that could not be used, and the rules that fill it.
 */
export function eventQueueName(fleet: string, part?: string): string {
  const name = part === undefined ? 'events' : `events-${part}`;
  return boundedName(maximumLength.role, fleet, name);
}

/** What the names of all groups of a fleet start with, and no other fleet's. */
export function groupNamePrefix(fleet: string): string {
  return `${fleet}_`;
}

/** Name of what a fleet has once. No pool is named so, as those names have three parts. */
export function fleetWideName(
  fleet: string,
  what: 'alarms' | 'dashboard' | 'budget' | 'scaler' | 'state' | 'image-build',
): string {
  return boundedName(maximumLength.role, fleet, what);
}

/** Name of the role and instance profile of the instances that images are built on. */
export function imageBuilderName(fleet: string): string {
  return boundedName(maximumLength.role, fleet, 'image-builder');
}

/**
 * Start of the name of a bucket, to which AWS adds 26 characters that make it the only one in the
 * world; AWS allows 37 here.
 */
export function bucketPrefix(fleet: string, what: 'scaler' | 'images'): string {
  return `${fleet.slice(0, 28).replace(/-+$/, '')}-${what}-`;
}

/** Name of the log group of what is no pool: it starts with a capital, as no pool id does. */
export function ownLogGroupName(fleet: string, what: 'Scaler' | 'ImageBuild'): string {
  return `/muster/${fleet}/${what}`;
}

/** Name of an alarm; `poolId` where it watches one pool. */
export function alarmName(fleet: string, what: string, poolId?: string): string {
  return boundedName(maximumLength.group, fleet, ...(poolId === undefined ? [] : [poolId]), what);
}
