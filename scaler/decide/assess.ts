import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import { type BootTimes, bootTimeOf, shortestFirst } from './boot-times.ts';
import { fewestBootTimes, horizonBootShare, launchDelay, staleAfter } from './constants.ts';
import type { CapacityByState } from './decision.ts';
import type { Supply } from './demand.ts';
import { emptyMemory } from './empty-memory.ts';
import type { Memory } from './memory.ts';
import type { FleetSpend, Observation, PoolPolicy, QueueReading } from './observation.ts';
import type { Reason } from './reason.ts';
import { slotTime } from './slot-time.ts';
import { takeIn } from './take-in.ts';
import {
  countCapacity,
  type JudgedWorker,
  judgeAll,
  presentSlots,
  requestedSlots,
} from './worker-state.ts';

/** What is known of a pool before anything is decided. */
export interface Situation {
  readonly pool: PoolPolicy;
  readonly at: UnixSeconds;
  readonly queue: QueueReading;
  readonly memory: Memory;
  /** Whether this pool's workers are known to send heartbeats. */
  readonly heartbeats: boolean;
  readonly workers: readonly JudgedWorker[];
  readonly capacity: CapacityByState;
  /** Slots that do or will take tasks: requested, booting, idle and busy. */
  readonly usable: Slots;
  /** Slots as the groups count them: of every instance that is not ending, and those asked for. */
  readonly existing: Slots;
  readonly supply: Supply;
  /** Shortest first. */
  readonly bootTimes: BootTimes;
  /** The boot time to plan with: all but one of twenty boots are done by then. */
  readonly bootTime: Seconds;
  /** How long a slot in use stays so, on average. */
  readonly slotTime: Seconds;
  /** Time since the decision before; 0 for the first. */
  readonly sinceLast: Seconds;
  readonly scheduledMin: Slots;
  readonly allowance: Slots | null;
  readonly fleetSpend: FleetSpend | null;
  /** A spot worker came since the decision before. */
  readonly spotDelivered: boolean;
  /** A worker of any market came. */
  readonly delivered: boolean;
  readonly reasons: readonly Reason[];
}

/** Takes in an observation: each worker is put in one state and each slot counted once. */
export function assess(pool: PoolPolicy, seen: Observation, remembered: Memory | null): Situation {
  const queue = freshOrUnknown(seen);
  const observation = queue === seen.queue ? seen : { ...seen, queue };
  const { at, groups } = observation;
  const news = takeIn(pool, remembered ?? emptyMemory, observation);
  const { memory } = news;
  const heartbeats = pool.heartbeats || memory.heard;
  const bootTimes = shortestFirst(memory.bootTimes);

  const { missingAfter } = pool.lifecycle;
  const judgement = {
    at,
    heartbeats,
    bootTime: memory.bootTime.mean,
    missingAfter,
    pendingSince: memory.pendingSince,
  };
  const workers = judgeAll(groups, memory.workers, judgement);
  const requested = groups.reduce((sum, group) => sum + requestedSlots(group), 0);
  // Where neither workers nor queue tell what runs, slots count as free until tasks wait for them.
  const claimed = memory.claimed ?? (memory.waiting.length > 0 ? Number.POSITIVE_INFINITY : 0);
  const capacity = countCapacity(workers, requested, heartbeats ? null : claimed);

  const reasons: Reason[] = [...news.reasons];
  if (queue.status === 'unknown') reasons.push({ kind: 'queue-unknown', error: queue.error });
  for (const region of observation.unreachableRegions) {
    reasons.push({ kind: 'region-unreachable', region });
  }
  for (const region of pool.regions) {
    const reachable = !observation.unreachableRegions.includes(region);
    if (reachable && !groups.some((group) => group.region === region)) {
      reasons.push({ kind: 'no-group', region });
    }
  }
  return {
    pool,
    at,
    queue,
    memory,
    heartbeats,
    workers,
    capacity,
    existing: groups.reduce(
      (sum, group) => sum + Math.max(group.desiredCapacity, presentSlots(group)),
      slotsOutOfSight(pool, memory, observation.unreachableRegions),
    ),
    usable: requested + capacity.booting + capacity.idle + capacity.busy,
    supply: {
      free: capacity.idle,
      busy: capacity.busy,
      coming: comingSlots(workers, requested, { memory, bootTimes }),
    },
    bootTimes,
    bootTime: bootTimeOf(bootTimes, horizonBootShare) + launchDelay,
    slotTime: slotTime(memory),
    sinceLast: remembered?.decidedAt == null ? 0 : Math.max(0, at - remembered.decidedAt),
    scheduledMin: observation.scheduledMin,
    allowance: observation.allowance,
    fleetSpend: observation.fleetSpend,
    spotDelivered: news.spotDelivered,
    delivered: news.delivered,
    reasons,
  };
}

/** Slots that a region had when it last answered: it may have them still. */
function slotsOutOfSight(
  { instances }: PoolPolicy,
  { workers }: Memory,
  unreachable: readonly string[],
): Slots {
  if (unreachable.length === 0) return 0;
  let slots = 0;
  for (const { instanceType, region, ended } of Object.values(workers)) {
    if (ended || !unreachable.includes(region)) continue;
    slots += instances.find(({ type }) => type === instanceType)?.capacity ?? 1;
  }
  return slots;
}

/** A reading that is too old says nothing about now. */
function freshOrUnknown({ at, queue }: Observation): QueueReading {
  if (queue.status === 'unknown' || at - queue.readAt <= staleAfter) return queue;
  const age = Math.round(at - queue.readAt);
  return { status: 'unknown', error: `the last reading is ${age} s old` };
}

/**
 * The slots that are on their way, by age. Until {@link fewestBootTimes} boots were seen, one that lasts
 * longer than what is known may be done at any moment, and is told of as just younger than that.
 */
export function comingSlots(
  workers: readonly JudgedWorker[],
  requested: Slots,
  { memory, bootTimes }: Pick<Situation, 'memory' | 'bootTimes'>,
): Supply['coming'] {
  const longest = bootTimeOf(bootTimes, 1);
  const most = memory.bootTime.samples < fewestBootTimes ? longest - 1 : Number.POSITIVE_INFINITY;
  const byAge = new Map<Seconds, Slots>();
  if (requested > 0) byAge.set(0, requested);
  for (const { state, worker, age } of workers) {
    if (state !== 'booting') continue;
    const told = Math.max(0, Math.min(age, most));
    byAge.set(told, (byAge.get(told) ?? 0) + worker.weight);
  }
  return [...byAge].map(([age, slots]) => ({ age, slots })).sort((a, b) => a.age - b.age);
}
