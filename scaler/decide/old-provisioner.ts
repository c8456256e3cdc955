/**
 * The two formulas of the Taskcluster AWS provisioner (2013-2019), which a pool may choose:
 * capacity change and spot bid. Facts after its commit of 2017-02-14.
 */
import type { Slots, UsdPerHour, Utility } from '../../pool/units.ts';

/**
 * Slots to add (negative: too many):
 *
 *     change = pending - booting - round(ratio x running)
 *
 * clamped so that running + booting + change is within min and max. Half rounds up.
 */
export function capacityChange(counts: {
  readonly running: Slots;
  readonly booting: Slots;
  readonly pending: number;
  readonly min: Slots;
  readonly max: Slots;
  readonly ratio: number;
}): Slots {
  const { running, booting, pending, min, max, ratio } = counts;
  const change = pending - booting - Math.round(ratio * running);
  const after = change + booting + running;
  if (after >= max) return max - running - booting;
  if (after < min) return min - running - booting;
  return change;
}

/** The bid is this many times the highest price of the last 30 minutes. */
const bidMultiplier = 2;

/**
 * The bid for one offering in USD per instance-hour; null: its price per utility is above the cap.
 *
 *     bid = 2 x price, or minPrice / utility where price / utility < minPrice
 *
 * rounded up to six decimals. Both limits are USD per hour and utility.
 */
export function spotBid(offer: {
  readonly price: UsdPerHour;
  readonly utility: Utility;
  readonly minPrice: number;
  readonly maxPrice: number;
  /** Factor on the price per utility, as learned from interruptions; 1: none. */
  readonly bias: number;
}): { readonly bid: UsdPerHour; readonly pricePerUtility: number } | null {
  const pricePerUtility = (offer.price / offer.utility) * offer.bias;
  if (!(pricePerUtility <= offer.maxPrice)) return null;
  const bid =
    pricePerUtility < offer.minPrice ? offer.minPrice / offer.utility : offer.price * bidMultiplier;
  return { bid: Math.ceil(bid * 1e6) / 1e6, pricePerUtility };
}
