import type { Slots, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import { addSpend } from './budget.ts';
import { mostFailedBoots } from './constants.ts';
import type { Decision } from './decision.ts';
import { countsAsFailed } from './ended-workers.ts';
import { openIdleSpells } from './idle-time.ts';
import type { Memory, WorkerMemory } from './memory.ts';
import type { JudgedWorker } from './worker-state.ts';

/** What came of a decision besides itself. */
export interface Outcome extends Pick<Memory, 'spotDelivery' | 'incidents'> {
  readonly recalled: readonly JudgedWorker[];
  readonly workers: readonly JudgedWorker[];
  readonly usdPerHour: UsdPerHour;
  /** Slots asked for that no instance stands for yet. */
  readonly outstanding: Slots;
  readonly delivered: boolean;
}

/** What a decision adds to the memory, after it. */
export function carryOn(
  memory: Memory,
  decision: Pick<Decision, 'at' | 'sequence' | 'drain' | 'terminate'>,
  after: Outcome,
): Memory {
  const { at } = decision;
  const { usdPerHour: rate } = after;
  // The others get as long again to show that they take work.
  const unused = after.workers.filter((judged) => judged.unused);
  const blamed = unused.some(({ worker }) => !memory.workers[worker.instanceId]?.unused);
  const missing = decision.terminate.filter(
    ({ because, instanceId }) =>
      because === 'missing' && countsAsFailed(memory, memory.workers[instanceId]),
  );
  const waits = after.outstanding > 0 && !after.delivered;
  return {
    version: 1,
    sequence: decision.sequence,
    decidedAt: at,
    taskDuration: memory.taskDuration,
    bootTime: memory.bootTime,
    lifetime: memory.lifetime,
    bootTimes: memory.bootTimes,
    completions: memory.completions,
    lateShare: memory.lateShare,
    idleSpells: spellsAfter(memory, decision),
    bootedLaunchedAt: memory.bootedLaunchedAt,
    quietSince: memory.quietSince,
    pendingSince: blamed ? at : memory.pendingSince,
    outstandingSince: waits ? (memory.outstandingSince ?? at) : null,
    claimed: memory.claimed,
    waiting: memory.waiting,
    heard: memory.heard,
    workers: workersAfter(memory.workers, decision, after.recalled, unused),
    refusals: memory.refusals,
    interruptions: memory.interruptions,
    spotDelivery: after.spotDelivery,
    failedBoots:
      missing.length === 0
        ? memory.failedBoots
        : [...memory.failedBoots, ...missing.map(() => at)].slice(-mostFailedBoots),
    spend: {
      day: addSpend(memory.spend?.day ?? null, { at, rate, per: 'day' }),
      month: addSpend(memory.spend?.month ?? null, { at, rate, per: 'month' }),
    },
    learnedUtility: memory.learnedUtility,
    incidents: after.incidents,
  };
}

/** Those let go for want of work may soon be missed. */
function spellsAfter(
  { idleSpells, workers }: Memory,
  { at, drain }: Pick<Decision, 'at' | 'drain'>,
): Memory['idleSpells'] {
  const surplus = drain.filter(({ because }) => because === 'surplus');
  if (surplus.length === 0) return idleSpells;
  return openIdleSpells(
    idleSpells,
    surplus.map(({ instanceId }) => workers[instanceId]?.idleSince ?? at),
  );
}

/**
 * Marks the workers that something was decided about, in the record itself: this decision has just made
 * it from the one before, and copying hundreds of workers for one that drains took a sixth of its time.
 */
function workersAfter(
  made: Memory['workers'],
  { at, drain, terminate }: Pick<Decision, 'at' | 'drain' | 'terminate'>,
  recalled: readonly JudgedWorker[],
  unused: readonly JudgedWorker[],
): Memory['workers'] {
  const workers: Record<string, WorkerMemory> = made;
  for (const { instanceId, because } of drain) {
    const change = { drainingSince: at, drainBecause: because, recalledAt: null };
    changeWorker(workers, instanceId, change);
  }
  for (const { instanceId } of terminate) changeWorker(workers, instanceId, { ended: true });
  for (const { worker } of recalled) changeWorker(workers, worker.instanceId, calledBack(at));
  for (const { worker } of unused) changeWorker(workers, worker.instanceId, { unused: true });
  return workers;
}

/** What it said before it hears of this is no confirmation: its time of being free starts anew. */
function calledBack(at: UnixSeconds): Partial<WorkerMemory> {
  return { drainingSince: null, drainBecause: null, idleSince: null, recalledAt: at };
}

function changeWorker(
  workers: Record<string, WorkerMemory>,
  instanceId: string,
  change: Partial<WorkerMemory>,
): void {
  const known = workers[instanceId];
  if (known) workers[instanceId] = { ...known, ...change };
}
