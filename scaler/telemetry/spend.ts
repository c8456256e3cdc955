import type { UsdPerHour } from '../../pool/units.ts';
import type { Observation } from '../decide/observation.ts';

/**
 * What a pool's instances cost now: the sum of their offerings' prices. Instances that are starting
 * or ending are paid for too; those gone are not.
 *
 * Offerings are matched by type, region, zone and market; where the zone's price is not known, the
 * mean of the type's other zones stands in. `unpriced` counts instances of which no price is known.
 */
export function spendPerHour(observation: Observation): {
  readonly usdPerHour: UsdPerHour;
  readonly unpriced: number;
} {
  const byZone = new Map<string, UsdPerHour>();
  const byRegion = new Map<string, UsdPerHour[]>();
  for (const { price, market, instanceType, region, zone } of observation.offerings) {
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
