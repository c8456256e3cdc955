import type { Slots } from '../../pool/units.ts';
import { leastOverrides, mostOverrides, overrideTolerance } from './constants.ts';
import type { GroupObservation, Override, PoolPolicy } from './observation.ts';
import type { RankedOffering } from './offerings.ts';

/** One type in one group: a group spreads over its zones, so its price is the mean of theirs. */
export interface TypePrice {
  readonly instanceType: string;
  readonly weight: Slots;
  readonly price: number;
  readonly pricePerUtility: number;
}

/** What the types of one group cost, cheapest per utility first. */
export function typePrices(
  ranked: readonly RankedOffering[],
  { region, market }: Pick<GroupObservation, 'region' | 'market'>,
): readonly TypePrice[] {
  const sums = new Map<string, { total: number; zones: number; of: RankedOffering }>();
  for (const entry of ranked) {
    if (entry.offering.region !== region || entry.offering.market !== market) continue;
    const sum = sums.get(entry.choice.type) ?? { total: 0, zones: 0, of: entry };
    sum.total += entry.price;
    sum.zones += 1;
    sums.set(entry.choice.type, sum);
  }
  return [...sums.values()]
    .map(({ total, zones, of }) => ({
      instanceType: of.choice.type,
      weight: of.choice.capacity,
      price: total / zones,
      pricePerUtility: total / zones / of.choice.utility,
    }))
    .sort(
      (a, b) => a.pricePerUtility - b.pricePerUtility || (a.instanceType < b.instanceType ? -1 : 1),
    );
}

/**
 * The cheapest few types within {@link overrideTolerance} of the cheapest, at least
 * {@link leastOverrides} where there are so many; weight = capacity.
 *
 * A group launches whole instances until it reaches its desired capacity and may pass it by the
 * largest weight less one. So only types that fit in what is short are offered, else the smallest.
 */
export function chooseOverrides(prices: readonly TypePrice[], short: Slots): readonly TypePrice[] {
  if (prices.length === 0) return [];
  const smallest = Math.min(...prices.map(({ weight }) => weight));
  const limit = short > 0 ? Math.max(short, smallest) : Number.POSITIVE_INFINITY;
  const fitting = prices.filter(({ weight }) => weight <= limit);
  const cheapest = fitting[0]!.pricePerUtility;
  return fitting
    .filter(
      ({ pricePerUtility }, index) =>
        index < leastOverrides || pricePerUtility <= cheapest * (1 + overrideTolerance),
    )
    .slice(0, mostOverrides);
}

/** Without the prices: what the group is told. */
export function toOverrides(chosen: readonly TypePrice[]): readonly Override[] {
  return chosen.map(({ instanceType, weight }) => ({ instanceType, weight }));
}

/**
 * The group's spot max price in USD per weighted unit and hour; null: no cap is declared.
 *
 * A cap is declared for a whole instance, and AWS has one value for the group, which it reads per
 * unit of weight: the largest cap / weight. Types above their own cap are no longer among the
 * overrides. Rounded up to AWS's six decimals.
 */
export function spotMaxPrice(pool: PoolPolicy, chosen: readonly TypePrice[]): number | null {
  if (pool.market.kind !== 'spot' || pool.market.maxPrice === null) return null;
  const weights = chosen.map(({ weight }) => weight);
  if (weights.length === 0) return null;
  return Math.ceil((pool.market.maxPrice / Math.min(...weights)) * 1e6 - 1e-6) / 1e6;
}
