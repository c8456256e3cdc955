/** What a worker type has now, in the shape that the provisioner's page and its clients read. */
import { marketsOf } from '../../../pool/markets.ts';
import type { Pool } from '../../../pool/pool.ts';
import type { GroupObservation, WorkerObservation } from '../../decide/observation.ts';
import type { LastLook } from '../live-fleet.ts';
import type { DirectoryEntry } from '../pool-directory.ts';

export interface CapacityNow {
  /** Asked for, and no instance is there yet. */
  readonly requested: number;
  readonly pending: number;
  readonly running: number;
}

/** In task slots; a worker that is ending counts for nothing, and each other worker once. */
export function capacityNow(pool: Pool | null, look: LastLook | null): CapacityNow {
  const sum = { requested: 0, pending: 0, running: 0 };
  for (const group of look?.observation.groups ?? []) {
    const capacityOf = capacities(pool);
    for (const worker of group.workers) {
      if (worker.phase === 'pending') sum.pending += capacityOf(worker);
      if (worker.phase === 'in-service') sum.running += capacityOf(worker);
    }
    sum.requested += requestedIn(group);
  }
  return sum;
}

function capacities(pool: Pool | null) {
  const known = new Map(pool?.instances.map(({ type, capacity }) => [type, capacity]));
  // A type that is no longer declared still works: the group's own weight counts then.
  return ({ instanceType, weight }: WorkerObservation) => known.get(instanceType) ?? weight;
}

function requestedIn({ desiredCapacity, workers }: GroupObservation): number {
  const there = workers
    .filter(({ phase }) => phase === 'pending' || phase === 'in-service')
    .reduce((slots, { weight }) => slots + weight, 0);
  return Math.max(0, desiredCapacity - there);
}

export function summaryOf({ workerType, definition, pool }: DirectoryEntry, look: LastLook | null) {
  const { requested, pending, running } = capacityNow(pool, look);
  return {
    workerType,
    minCapacity: definition.minCapacity,
    maxCapacity: definition.maxCapacity,
    requestedCapacity: requested,
    pendingCapacity: pending,
    runningCapacity: running,
  };
}

/** EC2's own word for each phase that a worker of a group is in. */
const ec2States = {
  pending: 'pending',
  'in-service': 'running',
  terminating: 'shutting-down',
  gone: 'terminated',
} as const;

export function stateOf(entry: DirectoryEntry, look: LastLook | null) {
  const { pool } = entry;
  const groups = look?.observation.groups ?? [];
  const time = isoTime(look?.observation.at ?? 0);
  const waitingFor = [...entry.waiting, ...infrastructureWaits(pool, look)];
  const status = waitingFor.length === 0 ? 'active' : 'waiting for infrastructure';
  return {
    workerType: entry.workerType,
    instances: groups.flatMap((group) =>
      group.workers.map((worker) => ({
        id: worker.instanceId,
        // Groups make no spot requests that could be told apart.
        srId: '',
        ami: imageOf(pool, group.region),
        type: worker.instanceType,
        region: group.region,
        zone: worker.zone,
        state: ec2States[worker.phase],
        launch: isoTime(worker.launchedAt),
        market: group.market,
        heartbeat: worker.heartbeat === null ? null : isoTime(worker.heartbeat.at),
        // Someone looks for a fault on it, since so many seconds.
        heldSeconds: worker.heartbeat?.heldSeconds ?? null,
      })),
    ),
    requests: groups.flatMap((group) => {
      const slots = requestedIn(group);
      if (slots === 0) return [];
      const { name: id, region, market } = group;
      const ami = imageOf(pool, region);
      const known = { id, ami, type: '', region, zone: '', time, market, capacity: slots };
      return [{ ...known, visibleToEC2Api: true, status: 'pending-fulfillment' }];
    }),
    internalTrackedRequests: [],
    summary: summaryOf(entry, look),
    status,
    waitingFor,
    notUsed: entry.notUsed,
  };
}

/** What was declared and does not stand yet, by comparison with what the groups really have. */
export function infrastructureWaits(pool: Pool | null, look: LastLook | null): string[] {
  if (pool === null) return [];
  if (look === null) return ['no look at AWS has been recorded for this pool yet'];
  const { groups, unreachableRegions } = look.observation;
  const fix = 'run npx muster synth --state, plan and apply';
  const markets = marketsOf(pool);
  const waits = pool.regions
    .filter((region) => !unreachableRegions.includes(region))
    .flatMap((region) =>
      markets
        .filter((market) => !groups.some((it) => it.region === region && it.market === market))
        .map((market) => `there is no ${market} group in ${region} yet: ${fix}`),
    );
  for (const group of groups) {
    if (!pool.regions.includes(group.region)) {
      waits.push(`${group.name} in ${group.region} is no longer declared: ${fix}`);
    } else if (pool.capacity.max > group.max) {
      const { name, region, max } = group;
      waits.push(
        `maxCapacity ${pool.capacity.max} is above ${max}, the maximum of ${name} in ${region}: ${fix}`,
      );
    }
  }
  return waits;
}

function imageOf(pool: Pool | null, region: string): string {
  if (pool === null || pool.image.kind !== 'id') return '';
  const ids = pool.image.ids[region];
  return ids?.x86_64 ?? ids?.arm64 ?? '';
}

function isoTime(at: number): string {
  return new Date(at * 1000).toISOString();
}
