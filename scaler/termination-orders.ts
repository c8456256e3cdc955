/**
 * Orders to end all workers of a pool, carried out as part of what the loop decided: by the same calls,
 * with the same limits of its groups, and remembered as its own doing, not as interruptions.
 */
import type { Fleet, Pool } from '../pool/pool.ts';
import type { Decision, GroupDecision, WorkerChoice } from './decide/decision.ts';
import type { Memory } from './decide/memory.ts';
import type { GroupObservation, Observation, WorkerObservation } from './decide/observation.ts';
import type { Decided } from './decide-all.ts';
import type { State, TerminationOrder } from './ports.ts';

export interface Ordered {
  readonly decided: ReadonlyMap<string, Decided>;
  readonly next: State;
  /** Of these no worker is left that was meant. */
  readonly done: readonly TerminationOrder[];
}

/** What was decided, with what was ordered. A pause holds the scaler back, and no order. */
export function withTerminationOrders(
  fleet: Fleet,
  orders: readonly TerminationOrder[],
  decided: ReadonlyMap<string, Decided>,
  next: State,
): Ordered {
  if (orders.length === 0) return { decided, next, done: [] };
  const changed = new Map(decided);
  const memories: Record<string, Memory> = { ...next.memories };
  const open = new Set<TerminationOrder>();
  for (const pool of fleet.pools) {
    const order = latestFor(pool.id, orders);
    if (order === null) continue;
    const one = changed.get(pool.id);
    const memory = memories[pool.id];
    if (one === undefined || memory === undefined || isOpen(order, one.observation))
      open.add(order);
    if (one === undefined || memory === undefined) continue;
    const ordered = withOrder(pool, order, one, memory);
    changed.set(pool.id, { ...one, decision: ordered.decision });
    memories[pool.id] = ordered.memory;
  }
  const last = Object.fromEntries(changed);
  // With one that a later order replaces: the later one means the same workers and more.
  const done = orders.filter((order) => !open.has(order));
  return { decided: changed, next: { ...next, memories, last }, done };
}

function latestFor(poolId: string, orders: readonly TerminationOrder[]): TerminationOrder | null {
  return orders
    .filter((order) => order.poolId === poolId || order.poolId === '*')
    .reduce<TerminationOrder | null>(
      (latest, order) =>
        latest === null || order.requestedAt > latest.requestedAt ? order : latest,
      null,
    );
}

function isOpen(order: TerminationOrder, observation: Observation): boolean {
  const { at, groups, unreachableRegions } = observation;
  // A look from before the order may lack workers that were there by then.
  if (at < order.requestedAt) return true;
  return unreachableRegions.length > 0 || groups.some((group) => meant(order, group).length > 0);
}

/** Workers that were there when the order was given, and are not ending yet. */
function meant({ requestedAt }: TerminationOrder, { workers }: GroupObservation) {
  return workers.filter((worker) => isThere(worker) && worker.launchedAt <= requestedAt);
}

function isThere({ phase }: WorkerObservation): boolean {
  return phase === 'pending' || phase === 'in-service';
}

function withOrder(
  pool: Pool,
  order: TerminationOrder,
  { observation, decision }: Decided,
  memory: Memory,
): { decision: Decision; memory: Memory } {
  const { at } = observation;
  const drainOver = at - order.requestedAt >= pool.lifecycle.drain;
  const already = new Set(decision.terminate.map(({ instanceId }) => instanceId));
  const terminate: WorkerChoice[] = [];
  const drain: WorkerChoice[] = [];
  const groups = new Map(decision.groups.map((group) => [keyOf(group), group]));
  const workers = { ...memory.workers };
  for (const group of observation.groups) {
    const ended = new Set<string>();
    for (const worker of meant(order, group)) {
      const { instanceId } = worker;
      if (already.has(instanceId)) continue;
      const choice = {
        instanceId,
        group: group.name,
        region: group.region,
        because: 'ordered',
      } as const;
      const known = workers[instanceId];
      if (order.mode === 'now' || drainOver || hasFinished(worker)) {
        terminate.push(choice);
        ended.add(instanceId);
        if (known) workers[instanceId] = { ...known, ended: true };
      } else if (known && known.drainBecause !== 'ordered') {
        drain.push(choice);
        const drainingSince = known.drainingSince ?? at;
        workers[instanceId] = { ...known, drainingSince, drainBecause: 'ordered' };
      }
    }
    if (ended.size === 0) continue;
    const kept = group.workers.filter(
      (worker) =>
        isThere(worker) && !ended.has(worker.instanceId) && !already.has(worker.instanceId),
    );
    const slots = kept.reduce((sum, { weight }) => sum + weight, 0);
    groups.set(keyOf(group), withDesired(groups.get(keyOf(group)), group, slots));
  }
  return {
    decision: {
      ...decision,
      groups: [...groups.values()],
      drain: [...decision.drain, ...drain],
      terminate: [...decision.terminate, ...terminate],
    },
    memory: { ...memory, workers },
  };
}

function hasFinished({ heartbeat }: WorkerObservation): boolean {
  return heartbeat !== null && heartbeat.busySlots === 0 && !heartbeat.taking;
}

/** What was asked for and has not come is given up too; what is still wanted is asked for anew. */
function withDesired(
  decision: GroupDecision | undefined,
  { name, region, market, min, max, spotMaxPrice }: GroupObservation,
  slots: number,
): GroupDecision {
  const desiredCapacity = Math.min(max, Math.max(min, slots));
  const base = decision ?? { name, region, market, overrides: null, spotMaxPrice };
  return { ...base, desiredCapacity, addedSlots: 0, launches: [] };
}

function keyOf({ name, region }: { readonly name: string; readonly region: string }): string {
  return `${region}/${name}`;
}
