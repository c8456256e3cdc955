import type { Fleet, Pool } from '../pool/pool.ts';
import type { UnixSeconds } from '../pool/units.ts';
import { decide } from './decide/decide.ts';
import type { Decision } from './decide/decision.ts';
import type { Memory } from './decide/memory.ts';
import type { Observation } from './decide/observation.ts';
import { addedSlots, allowances, fleetSpendOf } from './limits.ts';
import type { State } from './ports.ts';

/** A decision and what it was made from. */
export interface Decided {
  readonly observation: Observation;
  readonly decision: Decision;
}

/**
 * Decides for every pool, and then once more for those that want more than the limits that all pools
 * share leave them. A pool of which nothing was observed keeps its memory.
 */
export function decideAll(
  fleet: Fleet,
  observations: ReadonlyMap<string, Observation>,
  state: State,
  at: UnixSeconds,
): { decided: ReadonlyMap<string, Decided>; next: State } {
  const fleetSpend = fleetSpendOf(fleet, state.memories);
  const memories: Record<string, Memory> = { ...state.memories };
  const decided = new Map<string, Decided>();
  const decideFor = (pool: Pool, seen: Observation) => {
    const observation = { ...seen, fleetSpend };
    const policy = fleet.paused && !pool.paused ? { ...pool, paused: true } : pool;
    const made = decide(policy, observation, state.memories[pool.id] ?? null);
    decided.set(pool.id, { observation, decision: made.decision });
    memories[pool.id] = made.memory;
  };
  for (const pool of fleet.pools) {
    const observation = observations.get(pool.id);
    if (observation) decideFor(pool, observation);
  }
  const launched = state.launched.filter((entry) => at - entry.at < 60);
  const decisions = new Map([...decided].map(([id, { decision }]) => [id, decision]));
  const allowed = allowances(fleet, decisions, launched, at);
  if (allowed !== null) {
    for (const pool of fleet.pools) {
      const observation = observations.get(pool.id);
      const allowance = allowed.get(pool.id);
      if (observation && allowance !== undefined) decideFor(pool, { ...observation, allowance });
    }
  }
  const now = fleet.regions.map(({ name }) => {
    const slots = [...decided.values()].map(({ decision }) => addedSlots(decision, name));
    return { region: name, at, slots: slots.reduce((sum, added) => sum + added, 0) };
  });
  const next = {
    memories,
    last: Object.fromEntries(decided),
    launched: [...launched, ...now.filter(({ slots }) => slots > 0)],
  };
  return { decided, next };
}
