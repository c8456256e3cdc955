/** Every limit on reading queues, in one place. */
import type { Seconds } from '../../pool/units.ts';

/** One source, retries included, may take this long; past it, its pools' queues are unknown. */
export const sourceLimit: Seconds = 10;

/** Sources read at once. */
export const sourcesAtOnce = 32;

/**
 * How long a zero must hold before it counts. Counts of SQS may be a minute out of date after
 * sends stop (SQS API reference, GetQueueAttributes).
 */
export const zeroHold: Seconds = 60;

/** CloudWatch's resolution for SQS; asking more often gives the same answer and costs more. */
export const metricEvery: Seconds = 60;
/** A metric of SQS appears within a few minutes of what it tells. */
export const metricLookBack: Seconds = 10 * 60;
/** Counts wait no longer than this for ages. */
export const metricLimit: Seconds = 3;
/** Metrics in one GetMetricData call (its limit). */
export const metricsPerCall = 500;

/** A task list larger than this is not read on: 10,000 tasks of 3 kB each. */
export const taskListBytes = 32 * 1024 * 1024;
/** Attempts after the first, on network errors and on statuses that ask for it. */
export const taskListRetries = 2;
/** A retry waits a random time below a doubling limit, which ends here. */
export const taskListBackoffMilliseconds = 2_000;
