import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import { noticeHoldsFor, silentAfter, unusedAfter } from './constants.ts';
import type { CapacityByState, LeaveCause } from './decision.ts';
import type { WorkerMemory } from './memory.ts';
import type {
  GroupObservation,
  Heartbeat,
  WorkerObservation,
  WorkerWarning,
} from './observation.ts';

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
  readonly drainBecause: LeaveCause | null;
  /** Free by its own word although tasks wait: it does not take work. */
  readonly unused: boolean;
  /** Why EC2 is about to end it, as far as that is heeded; null: it is not. */
  readonly warned: WorkerWarning['kind'] | null;
}

export interface JudgementBasis {
  readonly at: UnixSeconds;
  /** Whether this pool's workers are known to send heartbeats. */
  readonly heartbeats: boolean;
  /** Time in which a worker that sends no heartbeats is taken to have booted. */
  readonly bootTime: Seconds;
  readonly missingAfter: Seconds;
  /** Since when tasks have been waiting; null: none is. */
  readonly pendingSince: UnixSeconds | null;
}

/**
 * Puts a worker in its one state.
 *
 * - Gone from EC2: lost. Terminating: stopping.
 * - Given notice by EC2: draining, whatever it says, as long as that notice holds.
 * - Never heard, where workers send heartbeats: booting until `missingAfter`, lost after it.
 * - Never heard, where none do: booting for the usual boot time, busy after it.
 * - Heard once but silent since: busy, since no word means busy; lost after `missingAfter`.
 * - Asked to drain, taking nothing by its own word, or advised by EC2 to be replaced: draining.
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
  const warned = heededWarning(memory, group, basis.at, speaks);
  const known: KnownOfWorker = {
    worker,
    group,
    memory,
    at: basis.at,
    age,
    speaks,
    heardAt,
    warned,
  };
  if (worker.phase === 'gone') return judged(known, 'lost', 0, 0);
  if (worker.phase === 'terminating') return judged(known, 'stopping', 0, 0);
  if (warned === 'interruption') {
    const booted = heardAt !== null || !basis.heartbeats;
    return judged(known, 'draining', 0, speaks ? busyBy(heartbeat) : booted ? capacity : 0);
  }
  if (heartbeat === null || !speaks) {
    if (heardAt !== null) {
      if (basis.at - heardAt > basis.missingAfter) return judged(known, 'lost', 0, capacity);
      return judged(known, drainingSince === null ? 'busy' : 'draining', 0, capacity);
    }
    if (basis.heartbeats) {
      return judged(known, age > basis.missingAfter ? 'lost' : 'booting', 0, 0);
    }
    const booting = worker.phase === 'pending' || age < basis.bootTime;
    return booting ? judged(known, 'booting', 0, 0) : judged(known, 'busy', 0, capacity);
  }
  const busySlots = busyBy(heartbeat);
  // One that was called back says so only with its next word.
  const recalledAt = memory?.recalledAt ?? null;
  const recalled = recalledAt !== null && basis.at - recalledAt <= silentAfter;
  if (drainingSince !== null || warned !== null || !(heartbeat.taking || recalled)) {
    return judged(known, 'draining', 0, busySlots);
  }
  return judged(
    known,
    busySlots > 0 ? 'busy' : 'idle',
    Math.max(0, capacity - busySlots),
    busySlots,
  );
}

function busyBy(heartbeat: Heartbeat): Slots {
  return Math.max(0, heartbeat.busySlots);
}

/**
 * A notice counts for {@link noticeHoldsFor}. Advice counts where the worker can be asked to finish: one
 * that does not speak works on until its notice, and one that may not be ended would be replaced in vain.
 */
function heededWarning(
  memory: WorkerMemory | undefined,
  group: GroupObservation,
  at: UnixSeconds,
  speaks: boolean,
): WorkerWarning['kind'] | null {
  const warning = memory?.warning ?? null;
  if (warning === null) return null;
  if (warning.kind === 'interruption')
    return at - warning.at <= noticeHoldsFor ? warning.kind : null;
  return speaks && !group.terminateSuspended && !group.instanceRefresh ? warning.kind : null;
}

interface KnownOfWorker
  extends Pick<JudgedWorker, 'worker' | 'group' | 'age' | 'speaks' | 'heardAt' | 'warned'> {
  readonly memory: WorkerMemory | undefined;
  readonly at: UnixSeconds;
}

function judged(
  { worker, group, memory, at, age, speaks, heardAt, warned }: KnownOfWorker,
  state: WorkerState,
  freeSlots: Slots,
  busySlots: Slots,
): JudgedWorker {
  return {
    worker,
    group,
    state,
    freeSlots,
    busySlots,
    age,
    speaks,
    heardAt,
    idleSince: speaks && busySlots === 0 ? (memory?.idleSince ?? at) : null,
    drainingSince: memory?.drainingSince ?? null,
    drainBecause: memory?.drainBecause ?? null,
    unused: false,
    warned,
  };
}

/** Launched, and never heard of in the time that a boot may take. */
export function isMissing({ worker, state, heardAt, unused }: JudgedWorker): boolean {
  return state === 'lost' && worker.phase !== 'gone' && heardAt === null && !unused;
}

/**
 * Judges all workers of a pool. One that is free by its own word, although tasks have been waiting
 * for {@link unusedAfter}, does not take work and is lost: all such workers where another one does
 * work, else only the one that has been free for longest, since then the queue may be at fault.
 */
export function judgeAll(
  groups: readonly GroupObservation[],
  remembered: Readonly<Record<string, WorkerMemory>>,
  basis: JudgementBasis,
): readonly JudgedWorker[] {
  const judged: JudgedWorker[] = [];
  for (const group of groups) {
    for (const worker of group.workers) {
      judged.push(judgeWorker(worker, group, remembered[worker.instanceId], basis));
    }
  }
  const { at, pendingSince } = basis;
  if (pendingSince === null) return judged;
  const lost = new Set(
    judged.filter(({ state, worker }) => state === 'idle' && remembered[worker.instanceId]?.unused),
  );
  if (at - pendingSince >= unusedAfter) {
    const unused = judged
      .filter(
        ({ state, idleSince }) =>
          state === 'idle' && idleSince !== null && at - idleSince >= unusedAfter,
      )
      .sort(
        (a, b) =>
          a.idleSince! - b.idleSince! || (a.worker.instanceId < b.worker.instanceId ? -1 : 1),
      );
    const othersWork = judged.some(({ speaks, busySlots }) => speaks && busySlots > 0);
    for (const one of othersWork ? unused : unused.slice(0, 1)) lost.add(one);
  }
  if (lost.size === 0) return judged;
  return judged.map((one) =>
    lost.has(one) ? { ...one, state: 'lost', freeSlots: 0, unused: true } : one,
  );
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
