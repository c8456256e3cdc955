import type { Pool } from '../../pool/pool.ts';
import type { UsdPerHour } from '../../pool/units.ts';
import type { Observation } from '../decide/observation.ts';
import { priceOf } from '../decide/offering-table.ts';

/**
 * What a pool's instances cost now: the sum of their offerings' prices. Instances that are starting
 * or ending are paid for too; those gone are not.
 *
 * On-demand prices are less the pool's discounts. Offerings are matched by type, region, zone and market; where the zone's price is not known, the
 * mean of the type's other zones stands in. `unpriced` counts instances of which no price is known.
 */
export function spendPerHour(
  { instances }: Pick<Pool, 'instances'>,
  observation: Observation,
): {
  readonly usdPerHour: UsdPerHour;
  readonly unpriced: number;
} {
  const byZone = new Map<string, UsdPerHour>();
  const byRegion = new Map<string, UsdPerHour[]>();
  const choices = new Map(instances.map((choice) => [choice.type, choice]));
  for (const offering of observation.offerings) {
    const { market, instanceType, region, zone } = offering;
    const choice = choices.get(instanceType);
    const price = choice === undefined ? offering.price : priceOf(choice, offering);
    if (price === null) continue;
    const anywhere = `${market} ${instanceType} ${region}`;
    byZone.set(`${anywhere} ${zone}`, price);
    byRegion.set(anywhere, [...(byRegion.get(anywhere) ?? []), price]);
  }
  let usdPerHour = 0;
  let unpriced = 0;
  for (const { market, region, workers } of observation.groups) {
    for (const { instanceType, zone, phase } of workers) {
      if (phase === 'gone') continue;
      const anywhere = `${market} ${instanceType} ${region}`;
      const price = byZone.get(`${anywhere} ${zone}`) ?? mean(byRegion.get(anywhere) ?? []);
      if (price === null) unpriced += 1;
      else usdPerHour += price;
    }
  }
  return { usdPerHour, unpriced };
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
