import type { UsdPerHour, Utility } from '../../pool/units.ts';
import { spotBid } from './old-provisioner.ts';

/** What a pool declares about the price of spot. All parts absent: no cap. */
export type SpotPriceRule =
  | {
      readonly kind: 'cap';
      /** USD per instance-hour; null: no fixed cap. */
      readonly maxPrice: UsdPerHour | null;
      /** Of the mean price of the last 24 hours; null: no price history is read. */
      readonly priceMultiplier: number | null;
      /** USD per hour and utility; null: none. */
      readonly maxPricePerUtility: number | null;
      /** Whether spot may cost more than on-demand. Default false. */
      readonly aboveOnDemand: boolean;
    }
  | {
      /** The Taskcluster provisioner's bid; both limits are USD per hour and utility. */
      readonly kind: 'bid';
      readonly minPrice: number;
      readonly maxPrice: number;
    };

export interface PricedType {
  readonly price: UsdPerHour;
  readonly utility: Utility;
  /** Mean of the last 24 hours; null: not read, or not known. */
  readonly meanPrice: UsdPerHour | null;
  /** null: not known. */
  readonly onDemandPrice: UsdPerHour | null;
  /** The type's own cap in USD per instance-hour; null: none. */
  readonly maxPrice: UsdPerHour | null;
}

export interface PriceCap {
  /** USD per instance-hour; infinite: no cap. */
  readonly limit: UsdPerHour;
  /** Whether a part of it was declared, so that the group must be told. */
  readonly declared: boolean;
}

/**
 * The most that one instance may cost in an hour:
 *
 *     cap = min(maxPrice, mean of 24 h x priceMultiplier, maxPricePerUtility x utility, type's own,
 *               on-demand price)
 *
 * over the parts that are declared and known; the last always, unless the pool allows more. The first
 * two are the rule of Buildbot's EC2 latent worker. With the rule `bid` it is the Taskcluster
 * provisioner's bid, and 0 where that makes none.
 */
export function priceCap(rule: SpotPriceRule, type: PricedType): PriceCap {
  if (rule.kind === 'bid') {
    const { minPrice, maxPrice } = rule;
    const bid = spotBid({ ...type, minPrice, maxPrice, bias: 1 });
    return { limit: bid?.bid ?? 0, declared: true };
  }
  const declared = [
    rule.maxPrice,
    times(type.meanPrice, rule.priceMultiplier),
    times(type.utility, rule.maxPricePerUtility),
    type.maxPrice,
  ].filter((part) => part !== null);
  const ceiling = rule.aboveOnDemand ? null : type.onDemandPrice;
  return {
    limit: Math.min(Number.POSITIVE_INFINITY, ceiling ?? Number.POSITIVE_INFINITY, ...declared),
    declared: declared.length > 0,
  };
}

function times(amount: number | null, factor: number | null): number | null {
  return amount === null || factor === null ? null : amount * factor;
}
