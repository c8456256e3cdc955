import type { GroupDecision } from './decision.ts';
import type { PoolPolicy } from './observation.ts';
import type { OfferingTable } from './offering-table.ts';
import { spotMaxPrice, toOverrides } from './overrides.ts';
import type { Reason } from './reason.ts';
import { type GroupPlan, overridesOf } from './scale-out.ts';
import { zoneLaunches } from './zones.ts';

/** What one group is told: what stays, what is still asked for, and what is added. */
export function decideGroup(
  pool: PoolPolicy,
  table: OfferingTable,
  plan: GroupPlan,
): { readonly decision: GroupDecision; readonly reasons: readonly Reason[] } {
  const { group } = plan;
  const reasons: Reason[] = [];
  const wanted = plan.present + plan.requested + plan.added;
  const desiredCapacity = pool.paused
    ? group.desiredCapacity
    : Math.min(group.max, Math.max(group.min, wanted));
  if (desiredCapacity > wanted && !pool.paused) {
    reasons.push({ kind: 'group-minimum', group: group.name, from: wanted, to: desiredCapacity });
  }
  const chosen = overridesOf(pool, plan);
  if (group.instanceRefresh) reasons.push({ kind: 'instance-refresh', group: group.name });
  if (group.terminateSuspended) {
    reasons.push({ kind: 'terminate-suspended', group: group.name });
  }
  const leave = chosen.length === 0 || group.instanceRefresh || pool.paused;
  const spot = group.market === 'spot';
  const decision = {
    name: group.name,
    region: group.region,
    market: group.market,
    desiredCapacity,
    addedSlots: plan.added,
    launches: zoneLaunches(pool, table, plan),
    overrides: leave ? null : toOverrides(chosen),
    spotMaxPrice: leave || !spot ? group.spotMaxPrice : spotMaxPrice(chosen),
  };
  return { decision, reasons };
}
