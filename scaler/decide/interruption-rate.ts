import type { Seconds, UnixSeconds } from '../../pool/units.ts';

/** What was seen of the interruptions of one offering. */
export interface InterruptionRecord {
  /** Instance-seconds watched, fading by half every {@link halfLife}. */
  readonly watched: Seconds;
  /** Interruptions among them, fading alike. */
  readonly interruptions: number;
  /** When the two were brought up to date. */
  readonly at: UnixSeconds;
  /** Times of the latest ones, for the breaker; at most as many as the breaker counts. */
  readonly latest: readonly UnixSeconds[];
}

/** By region and type: one zone alone would see too few. */
export type InterruptionRecords = Readonly<
  Record<string, Readonly<Record<string, InterruptionRecord>>>
>;

/** What was seen this long ago counts half. */
export const halfLife: Seconds = 24 * 3_600;

/**
 * Monthly interruption frequency at the middle of the buckets that AWS's Spot Instance Advisor
 * publishes: under 5 %, 5-10 %, 10-15 %, 15-20 %, over 20 %.
 */
const bucketShares = [0.025, 0.075, 0.125, 0.175, 0.25] as const;

/** Bucket of an offering of which nothing was published. */
const bucketUnknown = 1;

const month: Seconds = 30.4 * 24 * 3_600;

/** Interruptions per instance-second that each bucket stands for: -ln(1 - share) a month. */
const bucketRates: readonly number[] = bucketShares.map((share) => -Math.log(1 - share) / month);

/**
 * Instance-seconds that the published rate is worth against our own observations: 100 hours, so that
 * one interruption in one hour raises a rate of 5 % a month about a hundredfold, not a thousandfold.
 */
const priorWeight: Seconds = 360_000;

/**
 * Interruptions per instance-second:
 *
 *     rate = (prior x weight + interruptions) / (weight + watched)
 *
 * the mean of a Gamma prior updated by a Poisson count. The prior rate of a bucket with monthly share
 * p is -ln(1 - p) per month.
 */
export function interruptionRate(
  record: InterruptionRecord | undefined,
  bucket: number | null,
): number {
  const prior = bucketRates[bucket ?? bucketUnknown] ?? bucketRates[bucketUnknown]!;
  if (record === undefined) return prior;
  const { watched, interruptions } = record;
  return (prior * priorWeight + interruptions) / (priorWeight + watched);
}

/** Adds what was seen since the record was last brought up to date. */
export function watchOffering(
  record: InterruptionRecord | undefined,
  seen: { readonly at: UnixSeconds; readonly instances: number; readonly interruptions: number },
  keepLatest: number,
): InterruptionRecord {
  const before = record ?? { watched: 0, interruptions: 0, at: seen.at, latest: [] };
  const elapsed = Math.max(0, seen.at - before.at);
  const fade = 0.5 ** (elapsed / halfLife);
  return {
    watched: before.watched * fade + seen.instances * elapsed,
    interruptions: before.interruptions * fade + seen.interruptions,
    at: seen.at,
    latest: seen.interruptions === 0 ? before.latest : withLatest(before.latest, seen, keepLatest),
  };
}

function withLatest(
  before: readonly UnixSeconds[],
  { at, interruptions }: { readonly at: UnixSeconds; readonly interruptions: number },
  keep: number,
): readonly UnixSeconds[] {
  const news = new Array<UnixSeconds>(Math.min(keep, interruptions)).fill(at);
  return news.length === 0 ? before : [...before, ...news].slice(-keep);
}
