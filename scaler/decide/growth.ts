import type { Slots } from '../../pool/units.ts';
import type { Situation } from './assess.ts';
import { slotsToRequest } from './demand.ts';
import type { Reason } from './reason.ts';
import type { JudgedWorker } from './worker-state.ts';

export interface Growth {
  /** Slots to ask for, within the pool's limits. */
  readonly add: Slots;
  /** Workers that were to drain and are wanted again. */
  readonly recalled: readonly JudgedWorker[];
  /** Slots there are that neither the queue nor the minimum calls for; 0 while holding or growing. */
  readonly surplus: Slots;
  readonly reasons: readonly Reason[];
}

/** What the queue and the limits ask of the pool, beyond what it has. */
export function growthOf(situation: Situation): Growth {
  const { pool, memory, queue, supply, usable, capacity, bootTime } = situation;
  const reasons: Reason[] = [];
  const hold = queue.status === 'unknown';
  const basis = {
    at: situation.at,
    waiting: hold ? [] : memory.waiting,
    wait: pool.wait,
    taskDuration: memory.taskDuration.mean,
    bootTime,
  };
  const demand = slotsToRequest(basis, supply, bootTime + situation.sinceLast);
  reasons.push({
    kind: 'demand',
    pending: memory.waiting.reduce((sum, { tasks }) => sum + tasks, 0),
    claimed: memory.claimed,
    slots: usable + demand.slots,
    taskDuration: basis.taskDuration,
    bootTime,
  });
  if (demand.absorbed > 0) reasons.push({ kind: 'absorbed', tasks: demand.absorbed });
  if (demand.late > 0) {
    reasons.push({ kind: 'late', tasks: demand.late, bootTime, wait: pool.wait });
  }

  const toMinimum = Math.max(0, pool.capacity.min - usable);
  if (toMinimum > demand.slots) {
    reasons.push({ kind: 'minimum', from: usable + demand.slots, to: pool.capacity.min });
  }
  const recalled = recall(situation, Math.max(demand.slots, toMinimum));
  for (const { worker } of recalled) {
    reasons.push({ kind: 'drain-cancelled', instanceId: worker.instanceId });
  }
  const wanted = Math.max(0, Math.max(demand.slots, toMinimum) - slotsOf(recalled));
  const existing = usable + capacity.draining + capacity.lost;
  const add = Math.min(wanted, Math.max(0, pool.capacity.max - existing));
  if (add < wanted) {
    reasons.push({ kind: 'maximum', from: existing + wanted, to: existing + add });
  }

  if (hold || wanted > 0) return { add, recalled, surplus: 0, reasons };
  // Slots for all that waits, were they ready at once; those that are busy come free by themselves.
  const free = slotsToRequest(
    { ...basis, bootTime: 0 },
    { ...supply, free: 0, coming: [] },
    Number.POSITIVE_INFINITY,
  );
  const needed = Math.max(pool.capacity.min, capacity.busy + free.slots);
  return { add, recalled, surplus: Math.max(0, usable - needed), reasons };
}

/** Workers that we asked to drain, still answer, and can take tasks again: cheaper than a boot. */
function recall({ workers, pool }: Situation, slots: Slots): readonly JudgedWorker[] {
  const recalled: JudgedWorker[] = [];
  let left = slots;
  for (const judged of workers) {
    if (left <= 0) break;
    const { state, drainingSince, speaks, age, worker } = judged;
    if (state !== 'draining' || drainingSince === null || !speaks) continue;
    if (age > pool.lifecycle.maxLifetime) continue;
    recalled.push(judged);
    left -= worker.weight;
  }
  return recalled;
}

function slotsOf(workers: readonly JudgedWorker[]): Slots {
  return workers.reduce((sum, { worker }) => sum + worker.weight, 0);
}
