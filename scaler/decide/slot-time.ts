import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { completionsPrior, completionsWindow } from './constants.ts';
import type { Memory } from './memory.ts';

/** Tasks that finished lately and the slot-seconds that were in use meanwhile, older ones for less. */
export interface Completions {
  readonly finished: number;
  readonly busy: Seconds;
}

export const noCompletions: Completions = { finished: 0, busy: 0 };

/**
 * Both fall to 1/e in {@link completionsWindow}. While the queue does not tell how many tasks are
 * claimed, or nobody tells of finished ones, nothing is added: one without the other would make slots
 * seem to be in use for no time, or for ever.
 */
export function countCompletions(
  {
    completions,
    claimed,
    decidedAt,
    taskDuration,
  }: Pick<Memory, 'completions' | 'claimed' | 'decidedAt' | 'taskDuration'>,
  at: UnixSeconds,
  finished: number,
): Completions {
  if (decidedAt === null) return completions;
  const elapsed = Math.max(0, at - decidedAt);
  const kept = Math.exp(-elapsed / completionsWindow);
  const told = finished > 0 || taskDuration.samples > 0;
  const counted =
    claimed === null || !told ? { finished: 0, busy: 0 } : { finished, busy: elapsed * claimed };
  return {
    finished: completions.finished * kept + counted.finished,
    busy: completions.busy * kept + counted.busy,
  };
}

/**
 * How long a slot that is in use stays so, on average:
 *
 *     slot time = (busy slot-seconds + n D) / (tasks finished + n)
 *
 * with D the mean duration of finished tasks, which counts for {@link completionsPrior} = n tasks.
 * The mean of finished tasks alone is too short while long ones still run, as at night, when few
 * come and the long ones remain. (The maximum-likelihood estimate of a censored exponential; with
 * the n tasks in front, its mean under a gamma prior.)
 */
export function slotTime({
  completions,
  taskDuration,
}: Pick<Memory, 'completions' | 'taskDuration'>): Seconds {
  const { finished, busy } = completions;
  return (busy + completionsPrior * taskDuration.mean) / (finished + completionsPrior);
}
