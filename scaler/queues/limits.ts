/** Every limit on reading queues, in one place. */
import type { Seconds } from '../../pool/units.ts';

/** One read of a source, retries included, may take this long; past it, its queues are unknown. */
export const sourceLimit: Seconds = 10;

/**
 * A loop that polls beside its iterations waits this long for the first readings of a source; what
 * comes later is for the next iteration.
 */
export const firstReadingLimit: Seconds = 3;

/** Sources read at once. One that hangs holds a place for `sourceLimit`. */
export const sourcesAtOnce = 64;

/** Each wait between two polls is the interval times a random number within this of 1. */
export const pollJitter = 0.1;

/** After failures in a row the wait doubles, up to this. */
export const longestFailureWait: Seconds = 60;

/** What a source may ask to wait is heeded up to this; more is taken for a fault of its clock. */
export const longestRetryAfter: Seconds = 3_600;

/** A poke reads no sooner than this after the start of the last read. */
export const pokeSpacing: Seconds = 0.25;

/** Counts above this are no counts: the decision's own limit. */
export const mostTasks = 1_000_000_000;

/** No task waits for longer than this; more is a fault of a clock or a unit. */
export const longestAge: Seconds = 10 * 365 * 86_400;

/** Workers that one queue's reading may name. */
export const mostReportedWorkers = 50_000;

/** A secret is read again after this, so that a rotated one is found without a refusal. */
export const secretsKeptFor: Seconds = 300;
/** Reading one secret may take this long. */
export const secretLimit: Seconds = 5;

/**
 * How long a zero must hold before it counts. Counts of SQS may be a minute out of date after
 * sends stop (SQS API reference, GetQueueAttributes).
 */
export const sqsZeroHold: Seconds = 60;

/** CloudWatch's resolution for SQS; asking more often gives the same answer and costs more. */
export const metricEvery: Seconds = 60;
/** A metric of SQS appears within a few minutes of what it tells. */
export const metricLookBack: Seconds = 10 * 60;
/** Counts wait no longer than this for ages. */
export const metricLimit: Seconds = 3;
/** Metrics in one GetMetricData call (its limit). */
export const metricsPerCall = 500;
/** SQS queues read at once in a region: it has no call for several. */
export const queuesAtOnce = 32;

/** An answer larger than this is not read on: 10,000 tasks of 3 kB each. */
export const bodyBytes = 32 * 1024 * 1024;
/** Answers kept for conditional requests, and their bytes, of one source. */
export const keptAnswers = 200;
export const keptAnswerBytes = 4 * 1024 * 1024;
/** Attempts after the first, on network errors and on statuses that ask for it. */
export const httpRetries = 2;
/** A retry waits a random time below a doubling limit, which ends here. */
export const httpBackoffMilliseconds = 2_000;
/** A Retry-After up to this is waited for within a read; a longer one ends it. */
export const waitedRetryAfter: Seconds = 2;

/** What a command may print. */
export const execOutputBytes = 1024 * 1024;
/** Commands that run at once: each is a process on the scaler's own machine. */
export const commandsAtOnce = 4;
/** Prometheus queries that go in one request. */
export const queriesPerRequest = 100;

/** Pages of one list; more entries than they hold are no queue that a read can follow. */
export const pagesAtMost = 50;
/** Requests under way at once to one CI system (GitHub's limit is 100). */
export const requestsAtOnce = 16;
/** A burst of webhooks reads a CI system no more often than this. */
export const webhookReadEvery: Seconds = 0.5;
/** Jobs that are asked for one by one when they have ended; of more, how long they took is not told. */
export const finishedJobsAtOnce = 50;
/** Counts of older queue services of Taskcluster are kept so long before they are counted anew. */
export const taskclusterZeroHold: Seconds = 20;
/** Connecting to a server and signing in may take this long. */
export const connectLimit: Seconds = 5;
/** One SQL query may take this long; PostgreSQL ends it. */
export const statementLimit: Seconds = 5;
/** RabbitMQ's counts are as old as its collect_statistics_interval, whose default is this. */
export const rabbitMqZeroHold: Seconds = 5;
