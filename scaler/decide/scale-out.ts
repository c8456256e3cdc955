import type { Slots } from '../../pool/units.ts';
import { leastOverrides } from './constants.ts';
import type { ZoneLaunch } from './decision.ts';
import type { GroupObservation, PoolPolicy } from './observation.ts';
import type { TypeOfferings } from './offering-table.ts';
import { chooseOverrides, meanCost } from './overrides.ts';
import type { Reason } from './reason.ts';
import { presentSlots } from './worker-state.ts';

/** A group, what its types cost, and what it is to have. */
export interface GroupPlan {
  readonly group: GroupObservation;
  /** Cheapest first; empty: nothing there may be used. */
  readonly types: readonly TypeOfferings[];
  /** Slots of the instances there that stay. */
  readonly present: Slots;
  /** Slots asked for earlier that no instance stands for yet. */
  readonly requested: Slots;
  /** Slots asked for by this decision. */
  readonly added: Slots;
  /** Of those, the ones whose zone is named. */
  readonly launches: readonly ZoneLaunch[];
}

export function planOf(group: GroupObservation, types: readonly TypeOfferings[]): GroupPlan {
  const present = presentSlots(group);
  const requested = Math.max(0, group.desiredCapacity - present);
  return { group, types, present, requested, added: 0, launches: [] };
}

/** The plan once these workers are gone. */
export function withoutWorkers(plan: GroupPlan, ending: ReadonlySet<string>): GroupPlan {
  if (ending.size === 0) return plan;
  const workers = plan.group.workers.filter(({ instanceId }) => !ending.has(instanceId));
  const group = { ...plan.group, workers };
  return { ...plan, group, present: presentSlots(group) };
}

/** Cost of what a group would launch next; infinite where nothing may be used. */
function planCost({ types }: GroupPlan): number {
  return types.length === 0 ? Number.POSITIVE_INFINITY : meanCost(types[0]!);
}

/** Cheapest first; ties by region and name, which together no two groups share. */
function byCost(a: GroupPlan, b: GroupPlan): number {
  const [left, right] = [planCost(a), planCost(b)];
  if (left !== right) return left < right ? -1 : 1;
  if (a.group.region !== b.group.region) return a.group.region < b.group.region ? -1 : 1;
  return a.group.name < b.group.name ? -1 : 1;
}

/**
 * Asks groups of one market for slots, cheapest region first, as far as each group's own maximum
 * lets it and no region gets more than its share of the pool. What is left then goes past the
 * shares: a region that is over its share is better than a task that waits.
 */
export function addSlots(
  plans: readonly GroupPlan[],
  { market, slots, pool }: { market: GroupObservation['market']; slots: Slots; pool: PoolPolicy },
): { plans: readonly GroupPlan[]; added: Slots; reasons: readonly Reason[] } {
  if (slots === 0) return { plans, added: 0, reasons: [] };
  const reasons: Reason[] = [];
  const candidates = plans
    .filter(({ group, types }) => group.market === market && types.length > 0)
    .sort(byCost);
  const total = plans.reduce((sum, plan) => sum + slotsOf(plan), 0) + slots;
  const share = Math.ceil(total * pool.placement.regionShare - 1e-9);
  const added = new Map<GroupPlan, Slots>();
  let left = slots;
  for (const limit of candidates.length > 1 ? [share, total] : [total]) {
    for (const plan of candidates) {
      const already = added.get(plan) ?? 0;
      const inRegion = plans
        .filter(({ group }) => group.region === plan.group.region)
        .reduce((sum, other) => sum + slotsOf(other) + (added.get(other) ?? 0), 0);
      const room = plan.group.max - slotsOf(plan) - already;
      const take = Math.max(0, Math.min(left, room, limit - inRegion));
      if (take > 0) added.set(plan, already + take);
      left -= take;
    }
  }
  for (const plan of candidates) {
    const { name, max } = plan.group;
    const at = slotsOf(plan) + (added.get(plan) ?? 0);
    if (left > 0 && at >= max) {
      reasons.push({ kind: 'group-maximum', group: name, from: at + left, to: max });
    }
  }
  if (candidates.length === 0) reasons.push({ kind: 'no-offering', market });
  return {
    plans: plans.map((plan) => {
      const slots = added.get(plan);
      return slots === undefined ? plan : { ...plan, added: plan.added + slots };
    }),
    added: slots - left,
    reasons,
  };
}

function slotsOf({ present, requested, added }: GroupPlan): Slots {
  return present + requested + added;
}

export interface DroppedRequests {
  readonly plans: readonly GroupPlan[];
  readonly dropped: Slots;
  readonly reasons: readonly Reason[];
}

/** Gives up slots that are asked for but not yet there, dearest group first; of one market if named. */
export function dropRequested(
  plans: readonly GroupPlan[],
  surplus: Slots,
  market: GroupObservation['market'] | null = null,
): DroppedRequests {
  if (surplus === 0) return { plans, dropped: 0, reasons: [] };
  const reasons: Reason[] = [];
  let left = surplus;
  const dropped = new Map<GroupPlan, Slots>();
  const outstanding = plans.filter(
    ({ group, requested }) =>
      requested > 0 && !group.instanceRefresh && (market === null || group.market === market),
  );
  for (const plan of outstanding.sort((a, b) => byCost(b, a))) {
    const slots = Math.min(left, plan.requested);
    if (slots === 0) break;
    left -= slots;
    dropped.set(plan, slots);
    reasons.push({ kind: 'unfulfilled-dropped', group: plan.group.name, slots });
  }
  return {
    plans: plans.map((plan) => {
      const slots = dropped.get(plan);
      return slots === undefined ? plan : { ...plan, requested: plan.requested - slots };
    }),
    dropped: surplus - left,
    reasons,
  };
}

/** The types a group is to offer for what it is short of. */
export function overridesOf(
  { placement }: Pick<PoolPolicy, 'placement'>,
  { types, requested, added }: GroupPlan,
): readonly TypeOfferings[] {
  return chooseOverrides(
    types,
    requested + added,
    placement.zones === 'group' ? leastOverrides : 1,
  );
}

/** Slots on-demand of so many in all: the base, and the share of what is above it. */
export function onDemandSlots({ market }: PoolPolicy, total: Slots): Slots {
  if (market.kind === 'on-demand') return total;
  const base = Math.min(total, market.onDemandBase);
  return base + Math.ceil((total - base) * market.onDemandShare - 1e-9);
}
