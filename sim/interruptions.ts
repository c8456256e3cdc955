import type { Seconds } from '../pool/units.ts';
import { hoursPerMonth, type InterruptionParameters } from './parameters.ts';
import type { Random } from './random.ts';

/**
 * Interruptions per instance and hour, of a bucket of the Spot Advisor (0: <5 % a month, to 4: >20 %).
 * The advisor's share p of instances interrupted in a month is read as the chance that one which would run
 * all month is interrupted, at a constant rate: p = 1 - exp(-rate x month). AWS does not say how it counts
 * instances that live for less.
 */
export function interruptionsPerHour(bucket: number, parameters: InterruptionParameters): number {
  const share = parameters.monthlyShareByBucket[bucket];
  if (share === undefined) throw new RangeError(`interruption bucket ${bucket} is not 0 to 4`);
  return (-Math.log(1 - share) / hoursPerMonth) * parameters.multiplier;
}

/** A bucket for an offering of which nothing is known, drawn by the share of offerings in each. */
export function drawBucket(random: Random, { bucketShares }: InterruptionParameters): number {
  let left = random.uniform() * bucketShares.reduce((sum, share) => sum + share, 0);
  for (const [bucket, share] of bucketShares.entries()) {
    left -= share;
    if (left < 0) return bucket;
  }
  return bucketShares.length - 1;
}

/** How long an instance runs before its notice; Infinity where nothing interrupts it. */
export function drawTimeToNotice(random: Random, perHour: number): Seconds {
  return perHour > 0 ? random.exponential(3600 / perHour) : Number.POSITIVE_INFINITY;
}

/** When EC2 says what of an instance, in seconds from its launch. */
export interface Warning {
  readonly notice: Seconds;
  /** Before the notice; null: it comes with the notice, at the latest. */
  readonly recommendation: Seconds | null;
}

/**
 * When an instance is interrupted, and whether EC2 recommends to replace it before. null: never. `notices` gives
 * one draw for an instance, `recommendations` two for one that is to be interrupted.
 */
export function drawWarning(
  notices: Random,
  recommendations: Random,
  perHour: number,
  { rebalance }: InterruptionParameters,
): Warning | null {
  const notice = drawTimeToNotice(notices, perHour);
  if (!Number.isFinite(notice)) return null;
  const isEarly = recommendations.uniform() < rebalance.earlyShare;
  const before = recommendations.exponential(rebalance.meanLead);
  return { notice, recommendation: isEarly ? Math.max(0, notice - before) : null };
}
