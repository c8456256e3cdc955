import type { SpotPriceRule } from '../../pool/pool.ts';
import type { UsdPerHour, Utility } from '../../pool/units.ts';
import { spotBid } from './old-provisioner.ts';

const none = Number.POSITIVE_INFINITY;

/**
 * The most that one instance may cost in an hour, as the pool declares it; infinite: nothing is
 * declared.
 *
 *     cap = min(maxPrice, mean of 24 h x priceMultiplier, maxPricePerUtility x utility, type's own)
 *
 * over the parts that are declared and known. The first two are the rule of Buildbot's EC2 latent
 * worker. With the rule `bid` it is the Taskcluster provisioner's bid, and 0 where that makes none.
 *
 * @param price USD per hour now
 * @param meanPrice of the last 24 hours; null: not read, or not known
 * @param ownMaxPrice the type's own cap in USD per instance-hour; null: none
 */
export function declaredCap(
  rule: SpotPriceRule,
  price: UsdPerHour,
  utility: Utility,
  meanPrice: UsdPerHour | null,
  ownMaxPrice: UsdPerHour | null,
): UsdPerHour {
  let cap = ownMaxPrice ?? none;
  if (rule.kind === 'bid') {
    const bid = spotBid({
      price,
      utility,
      minPrice: rule.minPrice,
      maxPrice: rule.maxPrice,
      bias: 1,
    });
    return Math.min(cap, bid?.bid ?? 0);
  }
  const { maxPrice, priceMultiplier, maxPricePerUtility } = rule;
  if (maxPrice !== null && maxPrice < cap) cap = maxPrice;
  if (priceMultiplier !== null && meanPrice !== null)
    cap = Math.min(cap, meanPrice * priceMultiplier);
  if (maxPricePerUtility !== null) cap = Math.min(cap, maxPricePerUtility * utility);
  return cap;
}
