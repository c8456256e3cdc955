/** Small building blocks for tests of the decision: each has what a case does not care about. */
import type { Memory } from '../../scaler/decide/memory.ts';
import type {
  GroupObservation,
  Heartbeat,
  Observation,
  Offering,
  PoolPolicy,
  QueueReading,
  WorkerObservation,
} from '../../scaler/decide/observation.ts';
import { emptyMemory } from '../../scaler/decide/remember.ts';

export const now = 1_700_000_000;

export function aPool(change: Partial<PoolPolicy> = {}): PoolPolicy {
  return {
    name: 'linux',
    regions: ['eu-west-1'],
    heartbeats: true,
    capacity: { min: 0, max: 100 },
    wait: 120,
    instances: [{ type: 'c6i.xlarge', architecture: 'x86_64', capacity: 1, utility: 1 }],
    market: { kind: 'spot', maxPrice: null, priceMultiplier: null, onDemandAfter: 300 },
    lifecycle: { idle: 'auto', drain: 900, missingAfter: 1200, maxLifetime: 345_600 },
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
    ...change,
  };
}

export function aMemory(change: Partial<Memory> = {}): Memory {
  return { ...emptyMemory, sequence: 1, decidedAt: now - 10, claimed: 0, ...change };
}
