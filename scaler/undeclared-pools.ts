import type { Fleet, Pool } from '../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { GroupObservation, Observation } from './decide/observation.ts';

/** Workers of a pool that is no longer declared may finish for this long before silent ones end. */
const grace: Seconds = 900;

/**
 * A pool that the file no longer declares, but whose groups still bear the fleet's tag, since its
 * Terraform was not applied. It has no queue that we know of and wants nothing: what is asked for is
 * given up, and after {@link grace} its workers go: those that speak are drained first. A group's own
 * minimum is Terraform's and stays until that is applied.
 */
export function undeclaredPool({ heartbeat, regions }: Fleet, id: string): Pool {
  const never = { count: 1, within: 0, pause: 0 };
  return {
    id,
    name: id,
    description: 'no longer declared',
    owner: '',
    queue: { kind: 'sqs', url: '', region: regions[0]!.name },
    regions: regions.map(({ name }) => name),
    heartbeats: heartbeat !== null,
    capacity: { min: 0, max: 0 },
    wait: 0,
    instances: [],
    market: { kind: 'on-demand' },
    scaling: { kind: 'schedule' },
    buffer: 0,
    schedule: [],
    coldStart: 0,
    placement: { zones: 'group', regionShare: 1, zoneShare: 1 },
    breakers: { interruptions: never, boots: never },
    budget: null,
    paused: false,
    learnUtility: false,
    image: { kind: 'id', ids: {} },
    disk: { root: 0, data: null },
    storage: {
      root: { iops: null, throughput: null },
      data: { iops: null, throughput: null },
      ebsOptimized: null,
      kmsKeyArn: null,
      volumes: [],
      attached: [],
    },
    network: { subnets: {}, zones: {}, elasticIps: null, egress: null },
    access: {
      sshSecurityGroupId: null,
      metricsSecurityGroupId: null,
      keyPair: null,
      securityGroups: [],
    },
    instanceProfile: null,
    lifecycle: { idle: grace, drain: grace, missingAfter: 1_200, maxLifetime: 345_600 },
    notifyOnMissing: [],
    tags: {},
  };
}

/** What is seen of such a pool: its groups, and no tasks. */
export function observeUndeclared(
  at: UnixSeconds,
  groups: readonly GroupObservation[],
): Observation {
  return {
    at,
    queue: { status: 'known', readAt: at, pending: 0, claimed: 0, oldestPendingAge: null },
    groups,
    unreachableRegions: [],
    offerings: [],
    finishedTasks: [],
    launchFailures: [],
    warnings: [],
    scheduledMin: 0,
    allowance: null,
    fleetSpend: null,
  };
}
