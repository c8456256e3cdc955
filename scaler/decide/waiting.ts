import { mostCohorts } from './constants.ts';
import type { Cohort, Memory } from './memory.ts';
import type { Observation, QueueReading } from './observation.ts';

/**
 * Keeps the pending tasks by arrival. A queue tells how many wait, not since when, so arrivals are
 * counted from one reading to the next:
 *
 *     started  = max(0, change of claimed + finished)     or what the fall of pending demands
 *     arrivals = max(0, change of pending + started)
 *
 * Tasks start in the order in which they came. New ones are taken to have arrived just after the
 * reading before, so their age is never understated; the queue's own word on the oldest bounds it.
 */
export function updateWaiting(
  memory: Memory,
  observation: Observation,
  queue: Extract<QueueReading, { status: 'known' }>,
): readonly Cohort[] {
  const { at } = observation;
  const pendingBefore = pendingTasks(memory);
  const started = startedTasks(memory, observation, queue);
  const arrivals = Math.max(0, queue.pending - pendingBefore + Math.min(started, pendingBefore));

  const oldestArrival =
    queue.oldestPendingAge === null ? Number.NEGATIVE_INFINITY : at - queue.oldestPendingAge;
  const cohorts: Cohort[] = [];
  let excess = pendingBefore + arrivals - queue.pending;
  for (const cohort of memory.waiting) {
    const left = cohort.tasks - Math.min(cohort.tasks, excess);
    excess -= cohort.tasks - left;
    if (left > 0) {
      cohorts.push({ arrivedAt: Math.max(cohort.arrivedAt, oldestArrival), tasks: left });
    }
  }
  if (arrivals > 0) {
    const lastReading = memory.decidedAt ?? at - (queue.oldestPendingAge ?? 0);
    const arrivedAt = Math.min(at, Math.max(lastReading, oldestArrival));
    cohorts.push({ arrivedAt, tasks: arrivals });
  }
  return mergeOldest(cohorts, oldestArrival);
}

/** How many tasks started since the reading before, as far as can be told. */
export function startedTasks(
  memory: Pick<Memory, 'waiting' | 'claimed'>,
  { finishedTasks }: Pick<Observation, 'finishedTasks'>,
  queue: Extract<QueueReading, { status: 'known' }>,
): number {
  const claimedChange =
    memory.claimed === null || queue.claimed === null ? 0 : queue.claimed - memory.claimed;
  return Math.max(0, claimedChange + finishedTasks.length, pendingTasks(memory) - queue.pending);
}

export function pendingTasks({ waiting }: Pick<Memory, 'waiting'>): number {
  return waiting.reduce((sum, { tasks }) => sum + tasks, 0);
}

/** Bounds the list: the two oldest become one, of the older's age, until it fits. */
function mergeOldest(cohorts: readonly Cohort[], oldestArrival: number): readonly Cohort[] {
  const surplus = cohorts.length - mostCohorts;
  const merged = cohorts.slice(Math.max(0, surplus));
  const first = merged[0];
  if (!first) return merged;
  const early = cohorts.slice(0, Math.max(0, surplus));
  const tasks = early.reduce((sum, cohort) => sum + cohort.tasks, first.tasks);
  const oldest = early[0]?.arrivedAt ?? first.arrivedAt;
  const known = Number.isFinite(oldestArrival) ? Math.min(oldest, oldestArrival) : oldest;
  return [{ arrivedAt: known, tasks }, ...merged.slice(1)];
}
