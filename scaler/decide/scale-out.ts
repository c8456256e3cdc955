import type { Slots } from '../../pool/units.ts';
import type { GroupObservation } from './observation.ts';
import { chooseOverrides, type TypePrice } from './overrides.ts';
import type { Reason } from './reason.ts';
import { presentSlots } from './worker-state.ts';

/** A group, what its types cost, and what it is to have. */
export interface GroupPlan {
  readonly group: GroupObservation;
  /** Cheapest first; empty: nothing there may be used. */
  readonly prices: readonly TypePrice[];
  /** Slots asked for earlier that no instance stands for yet. */
  readonly requested: Slots;
  /** Slots asked for by this decision. */
  readonly added: Slots;
}

/** Cost per utility of what a group would launch next; infinite where nothing may be used. */
export function planCost({ prices }: GroupPlan): number {
  return prices[0]?.pricePerUtility ?? Number.POSITIVE_INFINITY;
}

/** Asks the cheapest groups for `slots`, as far as each group's own maximum lets it. */
export function addSlots(
  plans: readonly GroupPlan[],
  slots: Slots,
): { plans: readonly GroupPlan[]; reasons: readonly Reason[] } {
  const reasons: Reason[] = [];
  let left = slots;
  const byCost = plans.toSorted(
    (a, b) => planCost(a) - planCost(b) || (a.group.name < b.group.name ? -1 : 1),
  );
  const added = new Map<string, Slots>();
  for (const plan of byCost) {
    if (left === 0) break;
    if (plan.prices.length === 0) continue;
    const room = Math.max(0, plan.group.max - presentSlots(plan.group) - plan.requested);
    const take = Math.min(left, room);
    if (take < left) {
      const group = plan.group.name;
      reasons.push({ kind: 'group-maximum', group, from: left, to: take });
    }
    if (take > 0) added.set(groupKey(plan.group), take);
    left -= take;
  }
  if (left > 0 && byCost.every(({ prices }) => prices.length === 0)) {
    reasons.push({ kind: 'no-offering' });
  }
  if (slots - left > 0) reasons.push({ kind: 'scale-out', slots: slots - left });
  return {
    plans: plans.map((plan) => ({ ...plan, added: added.get(groupKey(plan.group)) ?? 0 })),
    reasons,
  };
}

/** Gives up slots that are asked for but not yet there, dearest group first. */
export function dropRequested(
  plans: readonly GroupPlan[],
  surplus: Slots,
): { plans: readonly GroupPlan[]; dropped: Slots; reasons: readonly Reason[] } {
  const reasons: Reason[] = [];
  let left = surplus;
  const kept = new Map<string, Slots>();
  const byCost = plans.toSorted(
    (a, b) => planCost(b) - planCost(a) || (a.group.name < b.group.name ? -1 : 1),
  );
  for (const { group, requested } of byCost) {
    const slots = Math.min(left, requested);
    if (slots === 0) continue;
    left -= slots;
    kept.set(groupKey(group), requested - slots);
    reasons.push({ kind: 'unfulfilled-dropped', group: group.name, slots });
  }
  return {
    plans: plans.map((plan) => ({
      ...plan,
      requested: kept.get(groupKey(plan.group)) ?? plan.requested,
    })),
    dropped: surplus - left,
    reasons,
  };
}

/** The types a group is to offer for what it is short of. */
export function overridesOf({ prices, requested, added }: GroupPlan): readonly TypePrice[] {
  return chooseOverrides(prices, requested + added);
}

/** Groups of the same name stand in several regions. */
export function groupKey({ region, name }: Pick<GroupObservation, 'region' | 'name'>): string {
  return `${region}/${name}`;
}
