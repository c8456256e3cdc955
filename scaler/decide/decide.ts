/**
 * The decision: from a pool, an observation of it and the memory of earlier ones, to what to do and
 * why. Pure and synchronous: the same input gives the same output, and nothing here reads a clock.
 */
import type { Slots } from '../../pool/units.ts';
import { assess, type Situation } from './assess.ts';
import type { Decision, GroupDecision } from './decision.ts';
import { type Growth, growthOf } from './growth.ts';
import type { Memory } from './memory.ts';
import type { Observation, PoolPolicy } from './observation.ts';
import { type Ranking, rankOfferings } from './offerings.ts';
import { spotMaxPrice, toOverrides, typePrices } from './overrides.ts';
import type { Reason } from './reason.ts';
import { carryOn } from './remember.ts';
import { chooseScaleIn, type ScaleIn } from './scale-in.ts';
import { addSlots, dropRequested, type GroupPlan, overridesOf } from './scale-out.ts';
import { type JudgedWorker, presentSlots, requestedSlots } from './worker-state.ts';

export interface Decided {
  readonly decision: Decision;
  /** To be given to the next decision of this pool. */
  readonly memory: Memory;
}

/** Decides for one pool. A memory of null: the pool was never decided on. */
export function decide(pool: PoolPolicy, observation: Observation, memory: Memory | null): Decided {
  // What is there: each worker in one state. Missing or stale input never scales in.
  const situation = assess(pool, observation, memory);
  // What the wait target asks for, within the pool's limits.
  const growth = growthOf(situation);
  // What may be launched, cheapest per utility first.
  const ranking = rankOfferings(pool, observation.offerings);
  // What to give up: capacity not yet there first, then idle workers.
  const dropped = dropRequested(planGroups(pool, observation, ranking), growth.surplus);
  const scaleIn = letGo(situation, growth, ranking, growth.surplus - dropped.dropped);
  // Where to launch what is missing.
  const grown = addSlots(dropped.plans, growth.add);

  const ending = new Set(scaleIn.terminate.map(({ instanceId }) => instanceId));
  const limited: Reason[] = [];
  const groups = grown.plans.map((plan) => decideGroup(pool, plan, ending, limited));
  const reasons = [
    ...situation.reasons,
    ...growth.reasons,
    ...dropped.reasons,
    ...scaleIn.reasons,
    ...grown.reasons,
    ...limited,
    ...offeringReasons(ranking, grown.plans),
  ];
  const acts = growth.add + dropped.dropped + scaleIn.drain.length + scaleIn.terminate.length > 0;
  if (!acts) reasons.push({ kind: 'steady' });
  const decision: Decision = {
    pool: pool.name,
    at: situation.at,
    sequence: situation.memory.sequence + 1,
    capacity: situation.capacity,
    target: groups.reduce((sum, { desiredCapacity }) => sum + desiredCapacity, 0),
    groups,
    drain: scaleIn.drain,
    terminate: scaleIn.terminate,
    reasons,
  };
  return { decision, memory: carryOn(situation.memory, decision, growth.recalled) };
}

function planGroups(
  pool: PoolPolicy,
  { groups }: Observation,
  { ranked }: Ranking,
): readonly GroupPlan[] {
  return groups.map((group) => ({
    group,
    prices: group.market === pool.market.kind ? typePrices(ranked, group) : [],
    requested: requestedSlots(group),
    added: 0,
  }));
}

function letGo(
  situation: Situation,
  { recalled }: Growth,
  ranking: Ranking,
  surplus: Slots,
): ScaleIn {
  if (situation.queue.status === 'unknown') return { drain: [], terminate: [], reasons: [] };
  return chooseScaleIn({
    ...situation,
    workers: situation.workers.filter((judged) => !recalled.includes(judged)),
    bootTime: situation.memory.bootTime.mean,
    surplus,
    pricePerUtility: costOfWorker(ranking),
  });
}

/** A worker's price per utility by its own offering; one that is not known counts as dearest. */
function costOfWorker({ ranked }: Ranking): (worker: JudgedWorker) => number {
  const key = (type: string, region: string, zone: string, market: string) =>
    `${type} ${region} ${zone} ${market}`;
  const costs = new Map(
    ranked.map(({ offering, pricePerUtility }) => [
      key(offering.instanceType, offering.region, offering.zone, offering.market),
      pricePerUtility,
    ]),
  );
  return ({ worker, group }) =>
    costs.get(key(worker.instanceType, group.region, worker.zone, group.market)) ??
    Number.MAX_VALUE;
}

function decideGroup(
  pool: PoolPolicy,
  plan: GroupPlan,
  ending: ReadonlySet<string>,
  reasons: Reason[],
): GroupDecision {
  const { group } = plan;
  const workers = group.workers.filter(({ instanceId }) => !ending.has(instanceId));
  const wanted = presentSlots({ ...group, workers }) + plan.requested + plan.added;
  const desiredCapacity = Math.min(group.max, Math.max(group.min, wanted));
  if (desiredCapacity > wanted) {
    reasons.push({
      kind: 'group-minimum',
      group: group.name,
      from: wanted,
      to: desiredCapacity,
    });
  }
  const chosen = overridesOf(plan);
  const leave = chosen.length === 0 || group.instanceRefresh;
  if (group.instanceRefresh) reasons.push({ kind: 'instance-refresh', group: group.name });
  return {
    name: group.name,
    region: group.region,
    market: group.market,
    desiredCapacity,
    overrides: leave ? null : toOverrides(chosen),
    spotMaxPrice:
      leave || group.market === 'on-demand' ? group.spotMaxPrice : spotMaxPrice(pool, chosen),
  };
}

/** Which offerings are in use, and how many are not for which cause. */
function offeringReasons(ranking: Ranking, plans: readonly GroupPlan[]): readonly Reason[] {
  const rejected = new Map<string, Extract<Reason, { kind: 'offering-rejected' }>>();
  for (const { because } of ranking.rejected) {
    const offerings = (rejected.get(because)?.offerings ?? 0) + 1;
    rejected.set(because, { kind: 'offering-rejected', because, offerings });
  }
  const chosen = plans
    .filter(({ added }) => added > 0)
    .flatMap((plan) =>
      overridesOf(plan).map(
        ({ instanceType, price, pricePerUtility }): Reason => ({
          kind: 'offering-chosen',
          instanceType,
          region: plan.group.region,
          market: plan.group.market,
          price,
          pricePerUtility,
        }),
      ),
    );
  return [...chosen, ...rejected.values()];
}
