/**
 * The decision: from a pool, an observation of it and the memory of earlier ones, to what to do and
 * why. Pure and synchronous: the same input gives the same output, and nothing here reads a clock.
 */
import { assess } from './assess.ts';
import { carryOn } from './carry-on.ts';
import type { Decision } from './decision.ts';
import { decideGroup } from './group-decision.ts';
import { growthOf } from './growth.ts';
import { letGo, usdPerHour } from './let-go.ts';
import type { Memory } from './memory.ts';
import { noticesOf } from './notices-of.ts';
import type { Observation, PoolPolicy } from './observation.ts';
import { offeringReasons } from './offering-reasons.ts';
import { judgeOfferings } from './offerings.ts';
import { dropRequested, withoutWorkers } from './scale-out.ts';
import { planGroups, spread } from './spread.ts';

export interface Decided {
  readonly decision: Decision;
  /** To be given to the next decision of this pool. */
  readonly memory: Memory;
}

/** Decides for one pool. A memory of null: the pool was never decided on. */
export function decide(pool: PoolPolicy, observation: Observation, memory: Memory | null): Decided {
  // What is there: each worker in one state. Missing or stale input never scales in.
  const situation = assess(pool, observation, memory);
  // What the queue and the schedule ask for, within the pool's limits.
  const growth = growthOf(situation);
  // What may be launched, cheapest for the work it does first.
  const table = judgeOfferings(situation, observation);
  // What to give up: capacity that is not yet there, then workers that are free.
  const dropped = dropRequested(planGroups(observation, table), growth.surplusRequests);
  const scaleIn = letGo(situation, table, growth, dropped);
  // Where to launch what is missing: spot, or on-demand where spot does not deliver.
  const ending = new Set(scaleIn.terminate.map(({ instanceId }) => instanceId));
  const staying = dropped.plans.map((plan) => withoutWorkers(plan, ending));
  const placed = spread(situation, staying, growth);

  const groups = placed.plans.map((plan) => decideGroup(pool, table, plan));
  const notices = noticesOf(situation, scaleIn.terminate);
  const acts = placed.added + dropped.dropped + scaleIn.drain.length + scaleIn.terminate.length > 0;
  const decision: Decision = {
    pool: pool.name,
    at: situation.at,
    sequence: situation.memory.sequence + 1,
    capacity: situation.capacity,
    target: groups.reduce((sum, { decision: { desiredCapacity } }) => sum + desiredCapacity, 0),
    groups: groups.map((group) => group.decision),
    drain: scaleIn.drain,
    terminate: scaleIn.terminate,
    reasons: [
      ...situation.reasons,
      ...growth.reasons,
      ...dropped.reasons,
      ...scaleIn.reasons,
      ...placed.reasons,
      ...groups.flatMap(({ reasons }) => reasons),
      ...offeringReasons(pool, observation, table, placed.plans),
      ...(acts ? [] : [{ kind: 'steady' } as const]),
    ],
    notices: notices.send,
  };
  return {
    decision,
    memory: carryOn(situation.memory, decision, {
      recalled: growth.recalled,
      workers: situation.workers,
      usdPerHour: usdPerHour(situation, table),
      outstanding: placed.outstanding,
      delivered: situation.delivered,
      spotDelivery: placed.spotDelivery,
      incidents: notices.incidents,
    }),
  };
}
