import type { Seconds, Slots } from '../../pool/units.ts';
import { bootTimeDeviations, staleAfter } from './constants.ts';
import type { CapacityByState } from './decision.ts';
import type { Supply } from './demand.ts';
import type { Memory } from './memory.ts';
import type { Observation, PoolPolicy, QueueReading } from './observation.ts';
import type { Reason } from './reason.ts';
import { emptyMemory, takeIn } from './remember.ts';
import { countCapacity, type JudgedWorker, judgeWorker, requestedSlots } from './worker-state.ts';

/** What is known of a pool before anything is decided. */
export interface Situation {
  readonly pool: PoolPolicy;
  readonly at: number;
  readonly queue: QueueReading;
  readonly memory: Memory;
  /** Whether this pool's workers are known to send heartbeats. */
  readonly heartbeats: boolean;
  readonly workers: readonly JudgedWorker[];
  readonly capacity: CapacityByState;
  /** Slots that do or will take tasks: requested, booting, idle and busy. */
  readonly usable: Slots;
  readonly supply: Supply;
  /** The boot time to plan with: the mean and a margin. */
  readonly bootTime: Seconds;
  /** Time since the decision before; 0 for the first. */
  readonly sinceLast: Seconds;
  readonly reasons: readonly Reason[];
}

/** Takes in an observation: each worker is put in one state and each slot counted once. */
export function assess(pool: PoolPolicy, seen: Observation, remembered: Memory | null): Situation {
  const observation = { ...seen, queue: freshOrUnknown(seen) };
  const { at, queue, groups } = observation;
  const memory = takeIn(remembered ?? emptyMemory, observation);
  const heartbeats = pool.heartbeats || memory.heard;
  const bootTime = memory.bootTime.mean + bootTimeDeviations * memory.bootTime.deviation;

  const { missingAfter } = pool.lifecycle;
  const judgement = { at, heartbeats, bootTime: memory.bootTime.mean, missingAfter };
  const workers = groups.flatMap((group) =>
    group.workers.map((worker) =>
      judgeWorker(worker, group, memory.workers[worker.instanceId], judgement),
    ),
  );
  const requested = groups.reduce((sum, group) => sum + requestedSlots(group), 0);
  const capacity = countCapacity(workers, requested, heartbeats ? null : memory.claimed);

  const reasons: Reason[] = [];
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
    usable: requested + capacity.booting + capacity.idle + capacity.busy,
    supply: {
      free: capacity.idle,
      busy: capacity.busy,
      coming: comingSlots(workers, requested, bootTime),
    },
    bootTime,
    sinceLast: remembered?.decidedAt == null ? 0 : Math.max(0, at - remembered.decidedAt),
    reasons,
  };
}

/** A reading that is too old says nothing about now. */
function freshOrUnknown({ at, queue }: Observation): QueueReading {
  if (queue.status === 'unknown' || at - queue.readAt <= staleAfter) return queue;
  const age = Math.round(at - queue.readAt);
  return { status: 'unknown', error: `the last reading is ${age} s old` };
}

/** When the slots that are on their way are expected. */
function comingSlots(
  workers: readonly JudgedWorker[],
  requested: Slots,
  bootTime: Seconds,
): Supply['coming'] {
  const coming = workers
    .filter(({ state }) => state === 'booting')
    .map(({ worker, age }) => ({ readyIn: Math.max(0, bootTime - age), slots: worker.weight }));
  return requested > 0 ? [...coming, { readyIn: bootTime, slots: requested }] : coming;
}
