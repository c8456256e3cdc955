import type { Slots, UsdPerHour, Utility } from '../../pool/units.ts';
import { leastOverrides, mostOverrides, overrideTolerance, spareTolerance } from './constants.ts';
import type { Offering, Override } from './observation.ts';
import type { OfferingTable } from './offerings.ts';

/** One type in one group. A group spreads over its zones, so a price is the mean of theirs. */
export interface TypePrice {
  readonly instanceType: string;
  readonly weight: Slots;
  readonly price: UsdPerHour;
  readonly utility: Utility;
  /** Expected USD per unit of finished work. */
  readonly cost: number;
  /** The declared cap on one instance's price; infinite: none. */
  readonly cap: UsdPerHour;
}

/** What the types of one group cost, cheapest for the work they do first; ties by name. */
export function typePrices(
  { types }: OfferingTable,
  { region, market }: Pick<Offering, 'region' | 'market'>,
): readonly TypePrice[] {
  const prices: TypePrice[] = [];
  for (const type of types) {
    if (type.usable === 0 || type.market !== market || type.region !== region) continue;
    const price: TypePrice = {
      instanceType: type.instanceType,
      weight: type.choice.capacity,
      price: type.priceSum / type.usable,
      utility: type.utility,
      cost: type.costSum / type.usable,
      cap: type.cap,
    };
    // Put in its place at once: a handful of types is not worth a sort for each group.
    let place = prices.length;
    for (; place > 0 && byCost(price, prices[place - 1]!) < 0; place -= 1) {
      prices[place] = prices[place - 1]!;
    }
    prices[place] = price;
  }
  return prices;
}

function byCost(a: TypePrice, b: TypePrice): number {
  return a.cost - b.cost || (a.instanceType < b.instanceType ? -1 : 1);
}

/**
 * The cheapest few types within {@link overrideTolerance} of the cheapest, and up to
 * {@link leastOverrides} within {@link spareTolerance}; weight = capacity.
 *
 * A group launches whole instances until it reaches its desired capacity and may pass it by the
 * largest weight less one. So only types that fit in what is short are offered, else the smallest.
 */
export function chooseOverrides(prices: readonly TypePrice[], short: Slots): readonly TypePrice[] {
  let smallest = Number.POSITIVE_INFINITY;
  for (const { weight } of prices) if (weight < smallest) smallest = weight;
  const limit = short > 0 ? Math.max(short, smallest) : Number.POSITIVE_INFINITY;
  const chosen: TypePrice[] = [];
  for (const price of prices) {
    if (price.weight > limit) continue;
    const over = chosen.length === 0 ? 0 : price.cost / chosen[0]!.cost - 1;
    if (over > (chosen.length < leastOverrides ? spareTolerance : overrideTolerance)) break;
    chosen.push(price);
    if (chosen.length === mostOverrides) break;
  }
  return chosen;
}

/** Without the prices: what the group is told. */
export function toOverrides(chosen: readonly TypePrice[]): readonly Override[] {
  return chosen.map(({ instanceType, weight }) => ({ instanceType, weight }));
}

/**
 * The group's spot max price in USD per weighted unit and hour; null: no cap is declared for one of
 * the types.
 *
 * A cap is declared for a whole instance, and AWS has one value for the group, which it reads per
 * unit of weight: the largest cap / weight. Types above their own cap are no longer among the
 * overrides. Rounded up to AWS's six decimals.
 */
export function spotMaxPrice(chosen: readonly TypePrice[]): number | null {
  let most = 0;
  for (const { cap, weight } of chosen) most = Math.max(most, cap / weight);
  return most > 0 && Number.isFinite(most) ? Math.ceil(most * 1e6 - 1e-6) / 1e6 : null;
}
