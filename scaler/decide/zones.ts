import type { Slots } from '../../pool/units.ts';
import { mostInstancesPerLaunch } from './constants.ts';
import type { ZoneLaunch } from './decision.ts';
import { rejectionCode } from './judge-offering.ts';
import type { PoolPolicy } from './observation.ts';
import { costIn, isOf, type OfferingTable, type TypeOfferings } from './offering-table.ts';
import { type GroupPlan, overridesOf } from './scale-out.ts';

/**
 * Names the zone of each launch, where the pool asks for it: the zone in which the chosen types cost
 * least for the work they do, until it has its share of the group, then the next. A zone that is
 * dear is so left out, as long as the share lets the others hold what is asked for.
 */
export function zoneLaunches(
  pool: PoolPolicy,
  table: OfferingTable,
  plan: GroupPlan,
): readonly ZoneLaunch[] {
  if (pool.placement.zones === 'group' || plan.added === 0) return [];
  const chosen = overridesOf(pool, plan);
  const zones = zoneCosts(table, chosen);
  if (zones.length === 0) return [];
  const inZone = new Map<string, Slots>();
  for (const { zone, weight, phase } of plan.group.workers) {
    if (phase === 'pending' || phase === 'in-service') {
      inZone.set(zone, (inZone.get(zone) ?? 0) + weight);
    }
  }
  const total = plan.present + plan.requested + plan.added;
  const share = Math.ceil(total * pool.placement.zoneShare - 1e-9);
  const launches = new Map<string, Slots>();
  let left = plan.added;
  for (const limit of [share, total]) {
    for (const { zone } of zones) {
      const there = (inZone.get(zone) ?? 0) + (launches.get(zone) ?? 0);
      const take = Math.max(0, Math.min(left, limit - there));
      if (take > 0) launches.set(zone, (launches.get(zone) ?? 0) + take);
      left -= take;
    }
  }
  // So many slots are so many instances at most.
  const most = mostInstancesPerLaunch * Math.min(...chosen.map(({ weight }) => weight));
  return [...launches].flatMap(([zone, slots]) =>
    Array.from({ length: Math.ceil(slots / most) }, (_, part) => ({
      zone,
      slots: Math.min(most, slots - part * most),
    })),
  );
}

/** Zones of a group by what the cheapest of the chosen types costs there. */
function zoneCosts(
  table: OfferingTable,
  chosen: readonly TypeOfferings[],
): { zone: string; cost: number }[] {
  const byZone = new Map<string, number>();
  for (const type of chosen) {
    for (let place = type.first; place < type.end; place += 1) {
      const offering = table.offerings[place]!;
      if (!isOf(type, offering) || rejectionCode(type, offering) !== 0) continue;
      const { zone } = offering;
      const cost = costIn(table, type, offering);
      byZone.set(zone, Math.min(cost, byZone.get(zone) ?? Number.POSITIVE_INFINITY));
    }
  }
  return [...byZone]
    .map(([zone, cost]) => ({ zone, cost }))
    .sort((a, b) => a.cost - b.cost || (a.zone < b.zone ? -1 : 1));
}
