import type { Slots, UsdPerHour } from '../../pool/units.ts';
import { mostOverrides, overrideTolerance, spareTolerance } from './constants.ts';
import type { Offering, Override } from './observation.ts';
import { type OfferingTable, type TypeOfferings, typesIn } from './offering-table.ts';

/** A group spreads over its zones, so what a type costs in it is the mean of theirs. */
export function meanPrice({ priceSum, usable }: TypeOfferings): UsdPerHour {
  return priceSum / usable;
}

/** Expected USD per unit of finished work. */
export function meanCost({ costSum, usable }: TypeOfferings): number {
  return costSum / usable;
}

/** The types that one group may launch, cheapest for the work they do first; ties by name. */
export function rankTypes(
  table: OfferingTable,
  group: Pick<Offering, 'region' | 'market'>,
): readonly TypeOfferings[] {
  const ranked: TypeOfferings[] = [];
  for (const type of typesIn(table, group)) {
    if (type.usable === 0) continue;
    // Put in its place at once: a handful of types is not worth a sort for each group.
    let place = ranked.length;
    for (; place > 0 && byCost(type, ranked[place - 1]!) < 0; place -= 1) {
      ranked[place] = ranked[place - 1]!;
    }
    ranked[place] = type;
  }
  return ranked;
}

function byCost(a: TypeOfferings, b: TypeOfferings): number {
  return meanCost(a) - meanCost(b) || (a.of.choice.type < b.of.choice.type ? -1 : 1);
}

/**
 * The cheapest few types within {@link overrideTolerance} of the cheapest, and at least `fewest`
 * within {@link spareTolerance}; weight = capacity.
 *
 * A group launches whole instances until it reaches its desired capacity and may pass it by the
 * largest weight less one. So only types that fit in what is short are offered, else the smallest.
 */
export function chooseOverrides(
  ranked: readonly TypeOfferings[],
  short: Slots,
  fewest: number,
): readonly TypeOfferings[] {
  let smallest = Number.POSITIVE_INFINITY;
  for (const { weight } of ranked) smallest = Math.min(smallest, weight);
  const limit = short > 0 ? Math.max(short, smallest) : Number.POSITIVE_INFINITY;
  const chosen: TypeOfferings[] = [];
  for (const type of ranked) {
    if (type.weight > limit) continue;
    const over = chosen.length === 0 ? 0 : meanCost(type) / meanCost(chosen[0]!) - 1;
    if (over > (chosen.length < fewest ? spareTolerance : overrideTolerance)) break;
    chosen.push(type);
    if (chosen.length === mostOverrides) break;
  }
  return chosen;
}

/** Without the prices: what the group is told. */
export function toOverrides(chosen: readonly TypeOfferings[]): readonly Override[] {
  return chosen.map(({ of, weight }) => ({ instanceType: of.choice.type, weight }));
}

/**
 * The group's spot max price in USD per weighted unit and hour; null: no cap is declared for one of
 * the types.
 *
 * A cap is declared for a whole instance, and AWS has one value for the group, which it reads per
 * unit of weight: the largest cap / weight. Types above their own cap are no longer among the
 * overrides. Rounded up to AWS's six decimals.
 */
export function spotMaxPrice(
  chosen: readonly Pick<TypeOfferings, 'cap' | 'weight'>[],
): number | null {
  let most = 0;
  for (const { cap, weight } of chosen) most = Math.max(most, cap / weight);
  return most > 0 && Number.isFinite(most) ? Math.ceil(most * 1e6 - 1e-6) / 1e6 : null;
}
