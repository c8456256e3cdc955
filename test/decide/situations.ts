/** Small building blocks for tests of the decision: each has what a case does not care about. */
import type { InstanceChoice, MarketPolicy, SpotPriceRule } from '../../pool/pool.ts';
import { emptyMemory } from '../../scaler/decide/empty-memory.ts';
import type { Memory, WorkerMemory } from '../../scaler/decide/memory.ts';
import type {
  GroupObservation,
  Heartbeat,
  Observation,
  Offering,
  PoolPolicy,
  QueueReading,
  WorkerObservation,
} from '../../scaler/decide/observation.ts';

export const now = 1_700_000_000;

export function aPool(change: Partial<PoolPolicy> = {}): PoolPolicy {
  return {
    name: 'linux',
    regions: ['eu-west-1'],
    heartbeats: true,
    capacity: { min: 0, max: 100 },
    wait: 120,
    instances: [aChoice()],
    market: aSpotMarket(),
    lifecycle: { idle: 'auto', drain: 900, missingAfter: 1200, maxLifetime: 345_600 },
    scaling: { kind: 'wait' },
    buffer: 0,
    coldStart: 0,
    placement: { zones: 'group', regionShare: 1, zoneShare: 0.7 },
    breakers: {
      interruptions: { count: 3, within: 900, pause: 1_800 },
      boots: { count: 3, within: 1_800, pause: 1_800 },
    },
    budget: null,
    paused: false,
    learnUtility: false,
    disk: { root: 20, data: null },
    ...change,
  };
}

export function aChoice(change: Partial<InstanceChoice> = {}): InstanceChoice {
  return {
    type: 'c6i.xlarge',
    architecture: 'x86_64',
    capacity: 1,
    utility: 1,
    maxPrice: null,
    onDemandDiscount: 0,
    ...change,
  };
}

export type SpotMarket = Extract<MarketPolicy, { kind: 'spot' }>;

export function aSpotMarket(change: Partial<SpotMarket> = {}): SpotMarket {
  return {
    kind: 'spot',
    price: aPriceCap(),
    priceHistory: { statistic: 'latest', window: 1_800, product: 'Linux/UNIX' },
    onDemandAfter: 300,
    onDemandBase: 0,
    onDemandShare: 0,
    ...change,
  };
}

export type PriceCapRule = Extract<SpotPriceRule, { kind: 'cap' }>;

export function aPriceCap(change: Partial<PriceCapRule> = {}): PriceCapRule {
  return {
    kind: 'cap',
    maxPrice: null,
    priceMultiplier: null,
    maxPricePerUtility: null,
    aboveOnDemand: false,
    ...change,
  };
}

export function anOffering(change: Partial<Offering> = {}): Offering {
  return {
    instanceType: 'c6i.xlarge',
    region: 'eu-west-1',
    zone: 'eu-west-1a',
    market: 'spot',
    price: 0.1,
    priceSource: 'live',
    meanPrice: null,
    onDemandPrice: null,
    interruptionBucket: null,
    ...change,
  };
}

export function aGroup(change: Partial<GroupObservation> = {}): GroupObservation {
  return {
    name: 'ci-linux-spot',
    region: 'eu-west-1',
    market: 'spot',
    desiredCapacity: 0,
    min: 0,
    max: 100,
    overrides: [],
    spotMaxPrice: null,
    instanceRefresh: false,
    terminateSuspended: false,
    workers: [],
    ...change,
  };
}

export function aWorker(change: Partial<WorkerObservation> = {}): WorkerObservation {
  return {
    instanceId: 'i-0000000000000001',
    instanceType: 'c6i.xlarge',
    zone: 'eu-west-1a',
    weight: 1,
    launchedAt: now - 3600,
    phase: 'in-service',
    outdated: false,
    heartbeat: null,
    ...change,
  };
}

/** A worker's fresh word. */
export function aHeartbeat(change: Partial<Heartbeat> = {}): Heartbeat {
  return { at: now - 5, capacity: 1, busySlots: 0, taking: true, ...change };
}

export function known(
  pending: number,
  claimed: number | null = 0,
  change: Partial<Extract<QueueReading, { status: 'known' }>> = {},
): QueueReading {
  return { status: 'known', readAt: now, pending, claimed, oldestPendingAge: null, ...change };
}

export function anObservation(change: Partial<Observation> = {}): Observation {
  return {
    at: now,
    queue: known(0),
    groups: [aGroup()],
    unreachableRegions: [],
    offerings: [anOffering()],
    finishedTasks: [],
    launchFailures: [],
    warnings: [],
    scheduledMin: 0,
    allowance: null,
    fleetSpend: null,
    ...change,
  };
}

export function aWorkerMemory(change: Partial<WorkerMemory> = {}): WorkerMemory {
  return {
    instanceType: 'c6i.xlarge',
    region: 'eu-west-1',
    zone: 'eu-west-1a',
    market: 'spot',
    launchedAt: now - 3600,
    heardAt: now - 9,
    idleSince: null,
    drainingSince: null,
    drainBecause: change.drainingSince == null ? null : 'surplus',
    recalledAt: null,
    unused: false,
    ended: false,
    warning: null,
    ...change,
  };
}

export function aMemory(change: Partial<Memory> = {}): Memory {
  return { ...emptyMemory, sequence: 1, decidedAt: now - 10, claimed: 0, ...change };
}

/** So many workers that differ in their id alone: i-1, i-2 ... */
export function workers(
  count: number,
  change: Partial<WorkerObservation> = {},
  prefix = 'i',
): readonly WorkerObservation[] {
  return Array.from({ length: count }, (_, index) =>
    aWorker({ instanceId: `${prefix}-${index + 1}`, ...change }),
  );
}

/** Workers that have just said that nothing runs on them, or that all of their slots do. */
export function idleWorkers(count: number, change: Partial<WorkerObservation> = {}) {
  return workers(count, { heartbeat: aHeartbeat(), ...change }, 'idle');
}

export function busyWorkers(count: number, change: Partial<WorkerObservation> = {}) {
  return workers(count, { heartbeat: aHeartbeat({ busySlots: 1 }), ...change }, 'busy');
}

/** A group with these workers and no slot asked for beyond them. */
export function aGroupOf(
  list: readonly WorkerObservation[],
  change: Partial<GroupObservation> = {},
): GroupObservation {
  const desiredCapacity = list.reduce((sum, { weight }) => sum + weight, 0);
  return aGroup({ desiredCapacity, workers: list, ...change });
}

export function anOnDemandGroup(change: Partial<GroupObservation> = {}): GroupObservation {
  return aGroup({ name: 'ci-linux-on-demand', market: 'on-demand', ...change });
}

export function anOnDemandOffering(change: Partial<Offering> = {}): Offering {
  return anOffering({ market: 'on-demand', price: 0.3, ...change });
}

/** What is remembered of workers, as far as a case cares about it. */
export function remembered(
  list: readonly WorkerObservation[],
  change: Partial<WorkerMemory> = {},
): Memory['workers'] {
  return Object.fromEntries(
    list.map(({ instanceId, instanceType, zone, launchedAt }) => [
      instanceId,
      aWorkerMemory({ instanceType, zone, launchedAt, ...change }),
    ]),
  );
}

/** Tasks of so long that no slot comes free before those that wait are due. */
export const longTasks = { mean: 1e6, deviation: 0, samples: 50 };

/** A refusal that keeps a group's spot out altogether. */
export function noSpot(until: number): Memory['refusals'] {
  return {
    'eu-west-1/spot/*/*': { cause: 'no-capacity', at: until - 180, until, times: 1 },
  };
}
