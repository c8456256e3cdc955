/** What a fleet may cost, from the built-in on-demand prices: between all of its minimums and maximums. */
import { onDemandPrice } from './catalogue.ts';
import type { Fleet, Pool } from './pool.ts';
import type { Slots, UsdPerHour } from './units.ts';

export interface PoolCost {
  readonly pool: string;
  readonly min: Slots;
  readonly max: Slots;
  /** The cheapest way to have the minimum; null: no price is known. */
  readonly leastPerHour: UsdPerHour | null;
  /** The dearest way to have the maximum; null: no price is known. */
  readonly mostPerHour: UsdPerHour | null;
  /** Types in regions without a known price, such as `c7i.large in sa-east-1`. */
  readonly unpriced: readonly string[];
}

/**
 * By on-demand prices of Linux, without discounts, disks and traffic. A spot instance costs at most as
 * much: EC2 caps its price at that of on-demand (Spot Instances, EC2 user guide).
 */
export function costOf(pool: Pool): PoolCost {
  const { min, max } = pool.capacity;
  const offers = pool.regions.flatMap((region) =>
    pool.instances.map(({ type, capacity }) => ({
      ...{ type, region, capacity },
      price: onDemandPrice(type, region),
    })),
  );
  const priced = offers.flatMap(({ price, capacity }) =>
    price === null ? [] : [{ price, capacity }],
  );
  const costs = (slots: Slots) =>
    priced.map(({ price, capacity }) => price * Math.ceil(slots / capacity));
  return {
    ...{ pool: pool.name, min, max },
    leastPerHour: priced.length === 0 ? null : Math.min(...costs(min)),
    mostPerHour: priced.length === 0 ? null : Math.max(...costs(max)),
    unpriced: offers
      .filter(({ price }) => price === null)
      .map(({ type, region }) => `${type} in ${region}`),
  };
}

/** AWS counts a month as so many hours (730, AWS Pricing Calculator). */
export const hoursPerMonth = 730;

/** A table in Markdown, with the fleet's sum as its last row. */
export function printCost(fleet: Fleet): string {
  const costs = fleet.pools.map(costOf);
  const sum = (of: (cost: PoolCost) => number | null) =>
    costs.reduce<number | null>((total, cost) => {
      const value = of(cost);
      return total === null || value === null ? null : total + value;
    }, 0);
  const usd = (value: number | null, factor = 1) =>
    value === null ? 'unknown' : (value * factor).toFixed(2);
  const row = (name: string, slots: string, least: number | null, most: number | null) =>
    `| ${name} | ${slots} | ${usd(least)} to ${usd(most)} | ${usd(least, hoursPerMonth)} to ${usd(most, hoursPerMonth)} |`;
  const unpriced = [...new Set(costs.flatMap((cost) => cost.unpriced))];
  return [
    `Cost of fleet ${fleet.name} in USD, at the minimum to at the maximum, by on-demand prices of the`,
    'built-in catalogue; spot costs at most that. Disks, traffic and the scaler are not in it.',
    '',
    '| pool | slots | per hour | per month |',
    '|---|---|---|---|',
    ...costs.map(({ pool, min, max, leastPerHour, mostPerHour }) =>
      row(pool, `${min} to ${max}`, leastPerHour, mostPerHour),
    ),
    row(
      'all',
      `${sum(({ min }) => min)} to ${sum(({ max }) => max)}`,
      sum(({ leastPerHour }) => leastPerHour),
      sum(({ mostPerHour }) => mostPerHour),
    ),
    ...(unpriced.length === 0 ? [] : ['', `Without a known price: ${unpriced.join(', ')}.`]),
    '',
  ].join('\n');
}
