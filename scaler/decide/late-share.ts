import { allowedLateShare, lateShareTasks, marginPerLateShare, mostMargin } from './constants.ts';
import type { Memory } from './memory.ts';
import type { Observation, PoolPolicy } from './observation.ts';
import { startedTasks } from './waiting.ts';

/**
 * The share of tasks that started later than the wait target, of the last {@link lateShareTasks} or
 * so, newer ones for more. Tasks start in the order in which they came. An age is known to one
 * interval at each end, so one interval is taken off.
 */
export function updateLateShare(
  pool: Pick<PoolPolicy, 'wait'>,
  memory: Memory,
  observation: Observation,
): number {
  const { at, queue } = observation;
  if (queue.status === 'unknown') return memory.lateShare;
  const started = startedTasks(memory, observation, queue);
  if (started === 0) return memory.lateShare;
  const interval = memory.decidedAt === null ? 0 : at - memory.decidedAt;
  let left = started;
  let late = 0;
  for (const { arrivedAt, tasks } of memory.waiting) {
    const these = Math.min(left, tasks);
    left -= these;
    if (at - arrivedAt - interval > pool.wait) late += these;
  }
  const kept = Math.exp(-started / lateShareTasks);
  return memory.lateShare * kept + (1 - kept) * (late / started);
}

/**
 * How much more than expected is asked for, as a share: of the tasks that wait, and of the slots in
 * use, which are kept free besides.
 *
 *     margin = 12 (late share - 3 %), from 0 to 1
 *
 * A target is met when 95 % of tasks start in time. A pool that does so with nothing to spare has no
 * margin; one that is late more often keeps more ready, and is so led to where between 4 and 5 % are
 * late. (Proportional control.)
 */
export function safetyMargin({ lateShare }: Pick<Memory, 'lateShare'>): number {
  return Math.min(mostMargin, Math.max(0, marginPerLateShare * (lateShare - allowedLateShare)));
}
