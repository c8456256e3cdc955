import type { Slots } from '../../pool/units.ts';
import type { Situation } from './assess.ts';
import { followSpot, type SpotDelivery, type SpotProgress } from './fallback.ts';
import type { Growth } from './growth.ts';
import type { Observation } from './observation.ts';
import type { OfferingTable } from './offering-table.ts';
import { rankTypes } from './overrides.ts';
import type { Reason } from './reason.ts';
import { addSlots, dropRequested, type GroupPlan, onDemandSlots, planOf } from './scale-out.ts';

/** The pool's groups as they are, with what each could launch. */
export function planGroups({ groups }: Observation, table: OfferingTable): readonly GroupPlan[] {
  return groups.map((group) => planOf(group, rankTypes(table, group)));
}

export interface Spread {
  readonly plans: readonly GroupPlan[];
  readonly added: Slots;
  /** Slots asked for that no instance stands for yet, with those of this decision. */
  readonly outstanding: Slots;
  readonly spotDelivery: SpotDelivery;
  readonly reasons: readonly Reason[];
}

/**
 * Divides what is to be added between the markets, and lets on-demand stand in for spot: then what
 * spot was asked for and did not deliver moves over too. Workers that run are never touched.
 */
export function spread(
  situation: Situation,
  plans: readonly GroupPlan[],
  { add, room }: Pick<Growth, 'add' | 'room'>,
): Spread {
  const { pool, at } = situation;
  const reasons: Reason[] = [];
  if (pool.market.kind === 'on-demand') {
    const grown = addSlots(plans, { market: 'on-demand', slots: add, pool });
    return finish(situation, grown.plans, grown.added, grown.reasons);
  }
  const outstanding = sum(plans, ({ group, requested }) =>
    group.market === 'spot' ? requested : 0,
  );
  const progress = spotProgress(situation, plans, outstanding, add);
  const { delivery, cause } = followSpot(situation.memory.spotDelivery, progress);
  const standsIn = delivery.onDemandUntil !== null && at < delivery.onDemandUntil;
  // Where someone else replaces instances, what was asked for is left as it is.
  const givable = sum(plans, ({ group, requested }) =>
    group.market === 'spot' && !group.instanceRefresh ? requested : 0,
  );
  const movable = standsIn ? Math.min(givable, room) : 0;
  const wantedOnDemand = standsIn ? add + movable : ownShare(situation, plans, add);
  const onDemand = addSlots(plans, { market: 'on-demand', slots: wantedOnDemand, pool });
  // Only what on-demand took over is given up on spot: a request there costs nothing.
  const moved = Math.max(0, onDemand.added - add);
  const freed = dropRequested(onDemand.plans, moved, 'spot').plans;
  const left = add - (onDemand.added - moved);
  const spot = addSlots(freed, { market: 'spot', slots: left, pool });
  if (standsIn && (cause !== null || onDemand.added > 0)) {
    const until = delivery.onDemandUntil!;
    reasons.push({ kind: 'on-demand-stands-in', because: cause ?? 'earlier', until, moved });
  } else if (onDemand.added > 0) {
    reasons.push({ kind: 'on-demand-share', slots: onDemand.added });
  }
  reasons.push(...onDemand.reasons, ...spot.reasons);
  const added = onDemand.added + spot.added;
  return { ...finish(situation, spot.plans, added, reasons), spotDelivery: delivery };
}

function finish(
  { memory }: Situation,
  plans: readonly GroupPlan[],
  added: Slots,
  reasons: readonly Reason[],
): Spread {
  return {
    plans,
    added,
    outstanding: sum(plans, (plan) => plan.requested + plan.added),
    spotDelivery: memory.spotDelivery,
    reasons: added > 0 ? [...reasons, { kind: 'scale-out', slots: added }] : reasons,
  };
}

function spotProgress(
  { pool, at, spotDelivered }: Situation,
  plans: readonly GroupPlan[],
  outstanding: Slots,
  add: Slots,
): SpotProgress {
  const groups = plans.filter(({ group }) => group.market === 'spot');
  const nothingToOffer =
    groups.length > 0 && add + outstanding > 0 && groups.every(({ types }) => types.length === 0);
  const hasOnDemand = plans.some(({ group }) => group.market === 'on-demand');
  const onDemandAfter =
    pool.market.kind === 'spot' && hasOnDemand ? pool.market.onDemandAfter : null;
  return { at, outstanding, delivered: spotDelivered, nothingToOffer, onDemandAfter };
}

/** How many of the added slots the pool declares to be on-demand in any case. */
function ownShare({ pool }: Situation, plans: readonly GroupPlan[], slots: Slots): Slots {
  if (slots === 0) return 0;
  const total = sum(plans, ({ present, requested }) => present + requested) + slots;
  const have = sum(plans, ({ group, present, requested }) =>
    group.market === 'on-demand' ? present + requested : 0,
  );
  return Math.min(slots, Math.max(0, onDemandSlots(pool, total) - have));
}

function sum(plans: readonly GroupPlan[], slots: (plan: GroupPlan) => Slots): Slots {
  let total = 0;
  for (const plan of plans) total += slots(plan);
  return total;
}
