import type { Seconds, Slots } from '../../pool/units.ts';
import { comingSlots, type Situation } from './assess.ts';
import { bootTimeOf, readiness } from './boot-times.ts';
import { openUntil } from './breaker.ts';
import { budgetStandings } from './budget.ts';
import { launchDelay, spareBootShare } from './constants.ts';
import type { LeaveCause } from './decision.ts';
import { type Demand, type DemandBasis, type Supply, slotsToRequest } from './demand.ts';
import { countsAsFailed } from './ended-workers.ts';
import { safetyMargin } from './late-share.ts';
import { capacityChange } from './old-provisioner.ts';
import type { Reason } from './reason.ts';
import { pendingTasks } from './waiting.ts';
import { isMissing, type JudgedWorker } from './worker-state.ts';

export interface Growth {
  /** Slots to ask for, within the limits. */
  readonly add: Slots;
  /** Slots that may be launched besides, in place of others that were asked for; may be infinite. */
  readonly room: Slots;
  /**
   * Slots that could be launched in place of as many that go; 0: none, as nothing is launched now, or
   * others are missing already. May be infinite.
   */
  readonly replaceable: Slots;
  /** Workers that were to drain and are wanted again. */
  readonly recalled: readonly JudgedWorker[];
  /** Slots there are that nothing calls for; 0 while holding or growing. */
  readonly surplus: Slots;
  /** Of those, the most that workers which have booted may make up: what waits is not left to boots. */
  readonly surplusBooted: Slots;
  /** Of the surplus, the slots asked for and not yet there that would not be asked for again. */
  readonly surplusRequests: Slots;
  readonly reasons: readonly Reason[];
}

/** What the queue and the limits ask of the pool, beyond what it has. */
export function growthOf(situation: Situation): Growth {
  const { pool, queue, usable, capacity } = situation;
  const reasons: Reason[] = [];
  const floor = Math.max(pool.capacity.min, situation.scheduledMin);
  if (situation.scheduledMin > pool.capacity.min) {
    reasons.push({ kind: 'scheduled-minimum', min: situation.scheduledMin });
  }
  const demand = demandOf(situation, reasons);
  let wanted = demand.slots;
  const hold = queue.status === 'unknown' || pool.paused;
  const spare = hold ? 0 : spareSlots(situation);
  const ready = hold ? 0 : pool.buffer + spare;
  const needed = capacity.busy + demand.free + ready;
  if (ready > 0 && needed - usable > wanted) {
    wanted = needed - usable;
    if (pool.buffer > 0) reasons.push({ kind: 'buffer', slots: pool.buffer });
    if (spare > 0) {
      reasons.push({ kind: 'spare', slots: spare, lateShare: situation.memory.lateShare });
    }
  }
  if (floor - usable > wanted) {
    reasons.push({ kind: 'minimum', from: usable + wanted, to: floor });
    wanted = floor - usable;
  }
  const tasks = Math.min(demand.slots, pendingTasks(situation.memory));
  const recalled = recall(situation, { wanted, tasks }, reasons);
  const missing = Math.max(
    0,
    wanted - recalled.reduce((sum, judged) => sum + freeAgain(judged), 0),
  );
  const limited = withinLimits(situation, missing, floor, hold, reasons);
  const grows = missing > 0;
  // More than the maximum, as when it was lowered, is surplus too; those that are busy still stay.
  const wantedInAll = Math.min(pool.capacity.max, Math.max(floor, needed));
  const surplus = hold || grows ? 0 : Math.max(0, usable - wantedInAll);
  const booted = capacity.idle + capacity.busy;
  const surplusBooted = Math.min(surplus, Math.max(0, booted - wantedInAll));
  const surplusRequests = Math.min(surplus, Math.max(0, capacity.requested - demand.requests));
  return { ...limited, recalled, surplus, surplusBooted, surplusRequests, reasons };
}

/**
 * Slots kept free where too many tasks have started late and the target leaves too little time for a
 * boot, in step with those in use.
 */
function spareSlots({ pool, memory, capacity, bootTimes }: Situation): Slots {
  const timely = pool.wait > bootTimeOf(bootTimes, spareBootShare) + launchDelay;
  if (pool.scaling.kind !== 'wait' || timely) return 0;
  return Math.round(capacity.busy * safetyMargin(memory));
}

interface Wanted {
  /** Slots to ask for on top of what is usable. */
  readonly slots: Slots;
  /** Slots that what waits would take, were they free now. */
  readonly free: Slots;
  /** Slots that would be asked for if none had been. */
  readonly requests: Slots;
}

/** Slots that the pool's rule asks for; none while the queue is not known. */
function demandOf(situation: Situation, reasons: Reason[]): Wanted {
  const { pool, memory, queue, usable, capacity } = situation;
  const pending = pendingTasks(memory);
  const rule = pool.scaling;
  if (queue.status === 'unknown' && rule.kind !== 'fixed' && rule.kind !== 'schedule') {
    return { slots: 0, free: 0, requests: 0 };
  }
  if (rule.kind === 'wait') return waitDemand(situation, reasons);
  const running = capacity.idle + capacity.busy;
  const booting = capacity.booting + capacity.requested;
  // A schedule asks for nothing by itself: what runs may finish.
  let slots = capacity.busy - usable;
  if (rule.kind === 'fixed') slots = rule.slots - usable;
  else if (rule.kind === 'task') slots = pending + capacity.busy - usable;
  else if (rule.kind === 'ratio') {
    const { min, max } = pool.capacity;
    slots = capacityChange({ running, booting, pending, min, max, ratio: rule.ratio });
  }
  reasons.push({ kind: 'rule', rule: rule.kind, slots: Math.max(0, usable + slots) });
  const free = usable + slots - capacity.busy;
  return { slots: Math.max(0, slots), free: Math.max(0, free), requests: 0 };
}

/** Slots that take no time to come. */
const atOnce = [0];

function waitDemand(situation: Situation, reasons: Reason[]): Wanted {
  const { pool, memory, supply, usable, bootTime } = situation;
  const basis = {
    at: situation.at,
    waiting: memory.waiting,
    wait: pool.wait,
    slotTime: situation.slotTime,
    boots: situation.bootTimes,
    margin: safetyMargin(memory),
  };
  const horizon = bootTime + situation.sinceLast;
  const demand = slotsToRequest(basis, supply, horizon);
  reasons.push({
    kind: 'demand',
    pending: pendingTasks(memory),
    claimed: memory.claimed,
    slots: usable + demand.slots,
    taskDuration: basis.slotTime,
    bootTime,
  });
  reportDemand(demand, situation, reasons);
  const asked = Math.min(demand.slots, replaceable(basis, supply, horizon));
  if (asked < demand.slots) reasons.push({ kind: 'overdue', slots: demand.slots - asked });
  // Slots for all that waits, were they ready at once; those in use come free by themselves.
  const free = slotsToRequest(
    { ...basis, boots: atOnce, margin: 0 },
    { ...supply, free: 0, coming: [] },
    Number.POSITIVE_INFINITY,
  );
  const coming = comingSlots(situation.workers, 0, situation);
  const requests = slotsToRequest(basis, { ...supply, coming }, Number.POSITIVE_INFINITY);
  return { slots: asked, free: free.slots, requests: requests.slots };
}

/**
 * The most slots that may be asked for while boots last longer than any seen before. Such a boot gives
 * nothing, so what it was to give is asked for anew; but all may be late for one reason, a broken image
 * or a slow day, so it is replaced once: with all that come, twice what would be asked for were none coming.
 */
function replaceable(basis: DemandBasis, supply: Supply, horizon: Seconds): Slots {
  const overdue = supply.coming.some(
    ({ age }) => readiness(basis.boots, Number.POSITIVE_INFINITY, age).share === 0,
  );
  if (!overdue) return Number.POSITIVE_INFINITY;
  const coming = supply.coming.reduce((sum, { slots }) => sum + slots, 0);
  const alone = slotsToRequest(basis, { ...supply, coming: [] }, horizon).slots;
  return Math.max(0, 2 * alone - coming);
}

function reportDemand(demand: Demand, { pool, bootTime }: Situation, reasons: Reason[]): void {
  if (demand.absorbed > 0) reasons.push({ kind: 'absorbed', tasks: demand.absorbed });
  if (demand.late > 0) {
    reasons.push({ kind: 'late', tasks: demand.late, bootTime, wait: pool.wait });
  }
}

/** Cuts what is missing to what may be launched now; each cut has its reason. */
function withinLimits(
  situation: Situation,
  missing: Slots,
  floor: Slots,
  hold: boolean,
  reasons: Reason[],
): Pick<Growth, 'add' | 'room' | 'replaceable'> {
  const nothing = { add: 0, room: 0, replaceable: 0 };
  const { pool, at, memory, usable, existing, allowance } = situation;
  if (pool.paused) {
    reasons.push({ kind: 'paused' });
    return nothing;
  }
  // With those that are found missing only now, so that they are not all started anew first.
  const missingNow = situation.workers.filter(
    (judged) => isMissing(judged) && countsAsFailed(memory, judged.worker),
  ).length;
  const failed = [...memory.failedBoots, ...new Array<number>(missingNow).fill(at)];
  const until = openUntil(pool.breakers.boots, failed);
  if (until !== null && at < until) {
    if (missing > 0) {
      reasons.push({ kind: 'boots-fail', failures: failed.length, until });
    }
    return nothing;
  }
  let add = missing;
  const standings = budgetStandings(pool, memory.spend, situation.fleetSpend);
  const spent = standings.find(({ budget, state }) => budget.cap && state === 'spent');
  if (spent) {
    add = Math.min(add, Math.max(0, floor - usable));
    reasons.push({ kind: 'budget-spent', spent: spent.usd, budget: spent.budget.usd });
  }
  const belowMax = Math.max(0, pool.capacity.max - existing);
  if (add > belowMax) {
    reasons.push({ kind: 'maximum', from: existing + add, to: existing + belowMax });
    add = belowMax;
  }
  if (allowance !== null && add > allowance) {
    reasons.push({ kind: 'launch-limit', from: add, to: allowance });
    add = allowance;
  }
  const allowed = allowance ?? Number.POSITIVE_INFINITY;
  // A spent budget still pays for the minimum.
  const replaceable = hold || add > 0 || (spent && usable > floor) ? 0 : allowed;
  return { add, room: spent || hold ? 0 : allowed - add, replaceable };
}

/**
 * Workers that we asked to drain, still answer, and can take tasks again: cheaper than a boot. And
 * those that have not drained when the time to drain is over, since a busy worker is never ended.
 *
 * Outdated ones only for tasks that wait: these start at once so, and the worker goes when it is free
 * again. The minimum, or free slots to be kept, are what it is to be replaced for.
 */
function recall(
  situation: Situation,
  { wanted, tasks }: { readonly wanted: Slots; readonly tasks: Slots },
  reasons: Reason[],
): readonly JudgedWorker[] {
  const { workers, pool, at } = situation;
  const recalled: JudgedWorker[] = [];
  let back = 0;
  const of = (cause: LeaveCause) =>
    workers
      .filter(({ state, drainBecause }) => state === 'draining' && drainBecause === cause)
      .sort(byInstanceId);
  for (const judged of [...of('surplus'), ...of('outdated')]) {
    const { drainingSince, drainBecause, speaks, worker } = judged;
    if (drainingSince === null || !speaks) continue;
    if (judged.warned !== null) continue;
    const drained = judged.busySlots === 0 && worker.heartbeat?.taking === false;
    const overdue = !drained && at - drainingSince > pool.lifecycle.drain;
    const free = freeAgain(judged);
    const left = (drainBecause === 'outdated' ? tasks : wanted) - back;
    if ((left <= 0 || free === 0) && !overdue) continue;
    recalled.push(judged);
    reasons.push({ kind: 'drain-cancelled', instanceId: worker.instanceId });
    back += free;
  }
  return recalled;
}

function byInstanceId({ worker: a }: JudgedWorker, { worker: b }: JudgedWorker): number {
  return a.instanceId < b.instanceId ? -1 : 1;
}

/** Slots that a worker has for new tasks once it is called back. */
function freeAgain({ worker, busySlots }: JudgedWorker): Slots {
  return Math.max(0, (worker.heartbeat?.capacity ?? worker.weight) - busySlots);
}
