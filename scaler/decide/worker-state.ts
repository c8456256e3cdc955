import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import { silentAfter } from './constants.ts';
import type { CapacityByState } from './decision.ts';
import type { WorkerMemory } from './memory.ts';
import type { GroupObservation, WorkerObservation } from './observation.ts';

export type WorkerState = 'booting' | 'idle' | 'busy' | 'draining' | 'stopping' | 'lost';

/** A worker in exactly one state, with what follows from it. */
export interface JudgedWorker {
  readonly worker: WorkerObservation;
  readonly group: GroupObservation;
  readonly state: WorkerState;
  /** Slots that could take a task now. */
  readonly freeSlots: Slots;
  /** Slots that run a task, by the worker's word; all of them while there is no word. */
  readonly busySlots: Slots;
  /** Seconds since launch. */
  readonly age: Seconds;
  /** The worker's word is fresh: it can be believed that it is free. */
  readonly speaks: boolean;
  readonly heardAt: UnixSeconds | null;
  readonly idleSince: UnixSeconds | null;
  readonly drainingSince: UnixSeconds | null;
}

export interface JudgementBasis {
  readonly at: UnixSeconds;
  /** Whether this pool's workers are known to send heartbeats. */
  readonly heartbeats: boolean;
  /** Time in which a worker that sends no heartbeats is taken to have booted. */
  readonly bootTime: Seconds;
  readonly missingAfter: Seconds;
}

/**
 * Puts a worker in its one state.
 *
 * - Gone from EC2: lost. Terminating: stopping.
 * - Never heard, where workers send heartbeats: booting until `missingAfter`, lost after it.
 * - Never heard, where none do: booting for the usual boot time, busy after it.
 * - Heard once but silent since: busy, since no word means busy; lost after `missingAfter`.
 * - Asked to drain, or taking nothing by its own word: draining.
 * - Otherwise busy or idle by its own word.
 */
export function judgeWorker(
  worker: WorkerObservation,
  group: GroupObservation,
  memory: WorkerMemory | undefined,
  basis: JudgementBasis,
): JudgedWorker {
  const age = Math.max(0, basis.at - worker.launchedAt);
  const { heartbeat } = worker;
  const speaks = heartbeat !== null && basis.at - heartbeat.at <= silentAfter;
  const drainingSince = memory?.drainingSince ?? null;
  const heardAt = memory?.heardAt ?? heartbeat?.at ?? null;
  const capacity = heartbeat?.capacity ?? worker.weight;
  const make = (state: WorkerState, freeSlots: Slots, busySlots: Slots): JudgedWorker => ({
    worker,
    group,
    state,
    freeSlots,
    busySlots,
    age,
    speaks,
    heardAt,
    idleSince: speaks && busySlots === 0 ? (memory?.idleSince ?? basis.at) : null,
    drainingSince,
  });

  if (worker.phase === 'gone') return make('lost', 0, 0);
  if (worker.phase === 'terminating') return make('stopping', 0, 0);
  if (heartbeat === null || !speaks) {
    if (heardAt !== null) {
      if (basis.at - heardAt > basis.missingAfter) return make('lost', 0, capacity);
      return make(drainingSince === null ? 'busy' : 'draining', 0, capacity);
    }
    if (basis.heartbeats) {
      return make(age > basis.missingAfter ? 'lost' : 'booting', 0, 0);
    }
    const booting = worker.phase === 'pending' || age < basis.bootTime;
    return booting ? make('booting', 0, 0) : make('busy', 0, capacity);
  }
  const busySlots = Math.min(capacity, Math.max(0, heartbeat.busySlots));
  if (drainingSince !== null || !heartbeat.taking) return make('draining', 0, busySlots);
  return make(busySlots > 0 ? 'busy' : 'idle', capacity - busySlots, busySlots);
}

/** Slots of the instances that a group has and is not ending. */
export function presentSlots(group: GroupObservation): Slots {
  let present = 0;
  for (const worker of group.workers) {
    if (worker.phase === 'pending' || worker.phase === 'in-service') present += worker.weight;
  }
  return present;
}

/** Slots asked for that no instance stands for yet: desired capacity less what the group has. */
export function requestedSlots(group: GroupObservation): Slots {
  return Math.max(0, group.desiredCapacity - presentSlots(group));
}

/**
 * Slots by state; each slot is counted once. A busy worker's free slots are idle.
 * Where workers send no heartbeats, `claimed` tells how many slots are busy.
 */
export function countCapacity(
  workers: readonly JudgedWorker[],
  requested: Slots,
  claimedBySilent: number | null,
): CapacityByState {
  const count = { requested, booting: 0, idle: 0, busy: 0, draining: 0, stopping: 0, lost: 0 };
  for (const { state, worker, freeSlots, busySlots } of workers) {
    if (state === 'busy' || state === 'idle') {
      count.busy += busySlots;
      count.idle += freeSlots;
    } else {
      count[state] += worker.weight;
    }
  }
  if (claimedBySilent === null) return count;
  const inUse = Math.min(count.busy, claimedBySilent);
  return { ...count, busy: inUse, idle: count.idle + count.busy - inUse };
}
