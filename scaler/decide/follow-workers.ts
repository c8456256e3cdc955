import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { silentAfter } from './constants.ts';
import type { Memory, WorkerMemory } from './memory.ts';
import type {
  GroupObservation,
  Observation,
  PoolPolicy,
  WorkerObservation,
} from './observation.ts';

/** What became of the workers since the look before. */
export interface FollowedWorkers {
  readonly workers: Memory['workers'];
  /** Those seen for the first time. */
  readonly came: readonly WorkerMemory[];
  /** Those that ended without our doing, by instance id. */
  readonly ended: readonly (readonly [instanceId: string, WorkerMemory])[];
  /** One sent its first word. */
  readonly spoke: boolean;
  /** From launch to first word, of those that sent it now. */
  readonly boots: readonly Seconds[];
  /** When the youngest of those that sent their first word was launched; null: none did. */
  readonly bootedLaunchedAt: UnixSeconds | null;
  /** How long workers had been idle that took a task now. */
  readonly idleSpells: readonly Seconds[];
  /** From launch to end, of those that are gone. */
  readonly lives: readonly Seconds[];
}

/** Follows each worker from launch to end. */
export function followWorkers(
  pool: PoolPolicy,
  memory: Memory,
  { at, groups, unreachableRegions }: Observation,
): FollowedWorkers {
  // Silence counts only while we listen: after a pause everyone gets another chance to speak.
  const listening = memory.decidedAt !== null && at - memory.decidedAt <= silentAfter;
  const boots: Seconds[] = [];
  const lives: Seconds[] = [];
  const idleSpells: Seconds[] = [];
  let spoke = false;
  let { bootedLaunchedAt } = memory;
  const came: WorkerMemory[] = [];
  const ended: (readonly [instanceId: string, WorkerMemory])[] = [];
  const workers: Record<string, WorkerMemory> = {};
  for (const group of groups) {
    for (const worker of group.workers) {
      const before = memory.workers[worker.instanceId];
      const now = followWorker(before, worker, group, listening ? null : at);
      workers[worker.instanceId] = now;
      if (before === undefined) came.push(now);
      if (now.heardAt !== null && (before?.heardAt ?? null) === null) {
        // One that runs since before we looked tells nothing of how long a boot takes.
        const boot = now.heardAt - worker.launchedAt;
        if (before !== undefined || boot <= pool.lifecycle.missingAfter) boots.push(boot);
        spoke = true;
        bootedLaunchedAt = Math.max(bootedLaunchedAt ?? 0, worker.launchedAt);
      }
      const spell = spellEndedByWork(before, now, worker);
      if (spell !== null) idleSpells.push(spell);
      // One that was ending when it was first seen tells nothing of who ended it.
      if (before !== undefined && now.ended && !before.ended) ended.push([worker.instanceId, now]);
    }
  }
  for (const instanceId in memory.workers) {
    if (workers[instanceId] !== undefined) continue;
    const before = memory.workers[instanceId]!;
    if (unreachableRegions.includes(before.region)) {
      workers[instanceId] = before;
    } else {
      lives.push(at - before.launchedAt);
      if (!before.ended) ended.push([instanceId, before]);
    }
  }
  return { workers, came, ended, spoke, boots, lives, bootedLaunchedAt, idleSpells };
}

/** How long a worker had been idle that is not any more, by its own word; null: nothing says so. */
function spellEndedByWork(
  before: WorkerMemory | undefined,
  now: WorkerMemory,
  { heartbeat }: WorkerObservation,
): Seconds | null {
  if (before === undefined || before.idleSince === null || now.idleSince !== null) return null;
  // One whose word is lost, that was to drain, or that is ending tells nothing of when it was wanted.
  if (heartbeat === null || before.drainingSince !== null || now.recalledAt !== null) return null;
  return now.ended ? null : Math.max(0, heartbeat.at - before.idleSince);
}

/** `heardAgain`: not null after a pause, when silence so far is not held against anyone. */
function followWorker(
  before: WorkerMemory | undefined,
  worker: WorkerObservation,
  { region, market }: GroupObservation,
  heardAgain: UnixSeconds | null,
): WorkerMemory {
  const word = worker.heartbeat;
  let heardAt = before?.heardAt ?? null;
  if (heardAt !== null && heardAgain !== null) heardAt = heardAgain;
  if (word !== null && (heardAt === null || word.at > heardAt)) heardAt = word.at;
  const recalledAt = before?.recalledAt ?? null;
  // What it said before it was called back is no word of being free.
  const news = word !== null && (recalledAt === null || word.at > recalledAt);
  const free = news && word.busySlots === 0;
  const ends = worker.phase === 'terminating' || worker.phase === 'gone';
  return {
    instanceType: worker.instanceType,
    region,
    zone: worker.zone,
    market,
    launchedAt: worker.launchedAt,
    heardAt,
    idleSince: free ? (before?.idleSince ?? word.at) : null,
    drainingSince: before?.drainingSince ?? null,
    drainBecause: before?.drainBecause ?? null,
    // Its next word that it takes tasks shows that it has heard; without one it did drain.
    recalledAt: news && word.taking ? null : recalledAt,
    unused: (before?.unused ?? false) && free,
    ended: ends || (before?.ended ?? false),
  };
}
