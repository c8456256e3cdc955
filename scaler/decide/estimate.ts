import type { Seconds } from '../../pool/units.ts';
import { bootTimeBeforeAny, estimateGain, taskDurationBeforeAny } from './constants.ts';
import type { Estimate } from './memory.ts';

/** What is assumed of a task's duration before any has finished. */
export const noTaskDuration: Estimate = {
  mean: taskDurationBeforeAny,
  deviation: taskDurationBeforeAny / 2,
  samples: 0,
};

/** What is assumed of a boot before any worker has been heard. */
export const noBootTime: Estimate = {
  mean: bootTimeBeforeAny,
  deviation: bootTimeBeforeAny / 4,
  samples: 0,
};

/** What is assumed of a worker's life before any has ended. */
export const noLifetime: Estimate = { mean: 3_600, deviation: 1_800, samples: 0 };

const leastSample: Seconds = 1;

/**
 * Moves an estimate towards a sample: mean += g (sample - mean), deviation += g (|sample - mean| -
 * deviation), as TCP estimates round-trip times (Jacobson, "Congestion Avoidance and Control",
 * 1988). The gain g is 1/n for the first samples, so that the prior is forgotten at once, and
 * {@link estimateGain} later. Samples that are no positive number change nothing.
 */
export function updateEstimate(estimate: Estimate, sample: number): Estimate {
  if (!(sample > 0) || !Number.isFinite(sample)) return estimate;
  const gain = Math.max(estimateGain, 1 / (estimate.samples + 1));
  const error = Math.max(leastSample, sample) - estimate.mean;
  return {
    mean: estimate.mean + gain * error,
    deviation: estimate.deviation + gain * (Math.abs(error) - estimate.deviation),
    samples: estimate.samples + 1,
  };
}
