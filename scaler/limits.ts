/** What pools share: launches per region and minute, and the fleet's budget. */
import type { Fleet } from '../pool/pool.ts';
import type { Slots, UnixSeconds } from '../pool/units.ts';
import type { Decision } from './decide/decision.ts';
import { fairShare } from './decide/fair-share.ts';
import type { Memory } from './decide/memory.ts';
import type { FleetSpend } from './decide/observation.ts';
import type { State } from './ports.ts';

/**
 * How many slots each pool may add, so that the pools together stay within the fleet's launches per
 * minute; null: no pool is limited. What is there is divided max-min fair over what pools want. A pool
 * that is cut in one of several regions gets the smallest of its shares, as it may choose among them.
 */
export function allowances(
  fleet: Fleet,
  wanted: ReadonlyMap<string, Decision>,
  launched: State['launched'],
  at: UnixSeconds,
): ReadonlyMap<string, Slots> | null {
  const limit = fleet.launchesPerMinute;
  if (limit === null) return null;
  const shares = new Map<string, { smallest: Slots; cut: boolean }>();
  for (const { name } of fleet.regions) {
    const used = launched
      .filter((entry) => entry.region === name && at - entry.at < 60)
      .reduce((sum, { slots }) => sum + slots, 0);
    const wants = new Map<string, Slots>();
    for (const [poolId, decision] of wanted) {
      const slots = addedSlots(decision, name);
      if (slots > 0) wants.set(poolId, slots);
    }
    for (const [poolId, share] of fairShare(wants, limit - used)) {
      const { smallest, cut } = shares.get(poolId) ?? { smallest: share, cut: false };
      const cutHere = share < wants.get(poolId)!;
      shares.set(poolId, { smallest: Math.min(smallest, share), cut: cut || cutHere });
    }
  }
  const allowed = new Map<string, Slots>();
  for (const [poolId, { smallest, cut }] of shares) if (cut) allowed.set(poolId, smallest);
  return allowed.size === 0 ? null : allowed;
}

/** Slots that a decision asks a region for on top of what it had asked for. */
export function addedSlots({ groups }: Decision, region: string): Slots {
  let slots = 0;
  for (const group of groups) if (group.region === region) slots += group.addedSlots;
  return slots;
}

/** What the pools together have spent of the fleet's budget; null: it has none. */
export function fleetSpendOf(
  { budget }: Fleet,
  memories: Readonly<Record<string, Memory>>,
): FleetSpend | null {
  if (!budget) return null;
  const spends = Object.values(memories).map(({ spend }) => spend?.[budget.per].usd ?? 0);
  return { budget, usd: spends.reduce((sum, usd) => sum + usd, 0) };
}
