/** A pool as it is declared and as it was last seen, in the shape that the API shows. */
import type * as z from 'zod';
import type { Observation } from '../../decide/observation.ts';
import { rankOfferings } from '../../decide/ranking.ts';
import { judgeAll } from '../../decide/worker-state.ts';
import type { PoolPause } from '../../store/pool-pauses.ts';
import type { LastLook } from '../live-fleet.ts';
import type { DirectoryEntry } from '../pool-directory.ts';
import { infrastructureWaits } from '../provisioner/worker-type-state.ts';
import type {
  offeringSchema,
  pauseSchema,
  poolSchema,
  poolSummarySchema,
  workerSchema,
} from './resources.ts';

export interface SeenPool {
  readonly entry: DirectoryEntry;
  readonly look: LastLook | null;
  readonly pause: PoolPause | null;
  /** Takes secrets out of what a queue said of its failure. */
  readonly redact: (text: string) => string;
}

export function showPause({ entry, pause }: SeenPool): z.output<typeof pauseSchema> | null {
  if (entry.pool?.paused) return { by: 'file', since: null, reason: '' };
  return pause && { by: pause.by, since: pause.since, reason: pause.reason };
}

export function showSummary(seen: SeenPool): z.output<typeof poolSummarySchema> {
  const { entry, look } = seen;
  const { workerType, poolId, document, pool, definition } = entry;
  const waits = waitsOf(seen);
  return {
    name: workerType,
    id: poolId,
    source: document === null ? 'file' : 'api',
    status: waits.length === 0 ? 'active' : 'waiting for infrastructure',
    paused: showPause(seen),
    capacity: pool?.capacity ?? { min: definition.minCapacity, max: definition.maxCapacity },
    decidedAt: look?.decision.at ?? null,
    target: look?.decision.target ?? null,
    slots: look?.decision.capacity ?? null,
    queue: look && showQueue(look.observation, seen.redact),
  };
}

export function showPool(seen: SeenPool): z.output<typeof poolSchema> {
  const { definition, pool } = seen.entry;
  return {
    ...showSummary(seen),
    description: pool?.description ?? definition.description,
    owner: pool?.owner ?? definition.owner,
    regions: [...(pool?.regions ?? definition.regions.map(({ region }) => region))],
    waitSeconds: pool?.wait ?? null,
    instanceTypes: (pool?.instances ?? []).map(({ type, capacity, utility }) => ({
      type,
      capacity,
      utility,
    })),
    waitingFor: waitsOf(seen),
    groups: (seen.look?.observation.groups ?? []).map(({ workers, ...group }) => ({
      name: group.name,
      region: group.region,
      market: group.market,
      desiredCapacity: group.desiredCapacity,
      min: group.min,
      max: group.max,
      workers: workers.length,
    })),
  };
}

/** Each in the one state that the decision puts it in. */
export function showWorkers({ entry, look }: SeenPool): z.output<typeof workerSchema>[] {
  const { pool } = entry;
  if (pool === null || look === null) return [];
  const { observation, memory } = look;
  const judged = judgeAll(observation.groups, memory.workers, {
    at: observation.at,
    heartbeats: pool.heartbeats || memory.heard,
    bootTime: memory.bootTime.mean,
    missingAfter: pool.lifecycle.missingAfter,
    pendingSince: memory.pendingSince,
  });
  return judged.map(({ worker, group, state, busySlots, heardAt, idleSince, drainingSince }) => ({
    instanceId: worker.instanceId,
    instanceType: worker.instanceType,
    region: group.region,
    zone: worker.zone,
    market: group.market,
    group: group.name,
    state,
    slots: worker.heartbeat?.capacity ?? worker.weight,
    busySlots,
    launchedAt: worker.launchedAt,
    heardAt,
    idleSince,
    drainingSince,
    heldSeconds: worker.heartbeat?.heldSeconds ?? null,
    outdated: worker.outdated,
  }));
}

/** Cheapest for the work they do first, then those that are not used. */
export function showOfferings({ entry, look }: SeenPool): z.output<typeof offeringSchema>[] {
  const { pool } = entry;
  if (pool === null || look === null) return [];
  const { ranked, rejected } = rankOfferings(pool, look.observation, look.memory);
  return [
    ...ranked.map(({ offering, price, basis, cost }) => ({
      ...placeOf(offering),
      accepted: true,
      rejectedBecause: null,
      price,
      pricePerUtility: price / basis.utility,
      cost,
    })),
    ...rejected.map(({ offering, because }) => ({
      ...placeOf(offering),
      accepted: false,
      rejectedBecause: because,
      price: offering.price,
      pricePerUtility: null,
      cost: null,
    })),
  ];
}

function waitsOf({ entry, look }: SeenPool): string[] {
  return [...entry.waiting, ...infrastructureWaits(entry.pool, look)];
}

function showQueue({ queue }: Observation, redact: SeenPool['redact']) {
  if (queue.status === 'unknown') {
    return { pending: null, claimed: null, oldestPendingAge: null, error: redact(queue.error) };
  }
  const { pending, claimed, oldestPendingAge } = queue;
  return { pending, claimed, oldestPendingAge, error: null };
}

function placeOf(offering: Observation['offerings'][number]) {
  const { instanceType, region, zone, market, priceSource } = offering;
  return { instanceType, region, zone, market, priceSource };
}
