import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { silentAfter } from './constants.ts';
import type { Memory, WorkerMemory } from './memory.ts';
import type {
  GroupObservation,
  Observation,
  PoolPolicy,
  WorkerObservation,
  WorkerWarning,
} from './observation.ts';

/** What became of the workers since the look before. */
export interface FollowedWorkers {
  readonly workers: Memory['workers'];
  /** Those seen for the first time. */
  readonly came: readonly WorkerMemory[];
  /** Those that ended without our doing, or that EC2 said it ends, by instance id. */
  readonly ended: readonly (readonly [instanceId: string, WorkerMemory])[];
  /** Those that EC2 advised to replace, now for the first time. */
  readonly advised: readonly WorkerMemory[];
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
  { at, groups, unreachableRegions, warnings }: Observation,
): FollowedWorkers {
  // Silence counts only while we listen: after a pause everyone gets another chance to speak.
  const listening = memory.decidedAt !== null && at - memory.decidedAt <= silentAfter;
  const boots: Seconds[] = [];
  const lives: Seconds[] = [];
  const idleSpells: Seconds[] = [];
  let spoke = false;
  let { bootedLaunchedAt } = memory;
  const warned = gravest(warnings);
  const came: WorkerMemory[] = [];
  const advised: WorkerMemory[] = [];
  const ended: (readonly [instanceId: string, WorkerMemory])[] = [];
  const workers: Record<string, WorkerMemory> = {};
  for (const group of groups) {
    for (const worker of group.workers) {
      const before = memory.workers[worker.instanceId];
      const warning = warned?.get(worker.instanceId) ?? null;
      const now = followWorker(before, worker, group, {
        heardAgain: listening ? null : at,
        warning,
      });
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
      const interrupted = now.warning?.kind === 'interruption';
      // One that was ending when it was first seen tells nothing of who ended it.
      if (now.ended && (before === undefined ? interrupted : !before.ended)) {
        ended.push([worker.instanceId, now]);
      }
      if (now.warning !== null && !interrupted && (before?.warning ?? null) === null) {
        advised.push(now);
      }
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
  return { workers, came, ended, advised, spoke, boots, lives, bootedLaunchedAt, idleSpells };
}

/** By instance id, where there are any: an interruption outweighs advice, then the first counts. */
function gravest(
  warnings: readonly WorkerWarning[],
): ReadonlyMap<string, WorkerMemory['warning']> | null {
  if (warnings.length === 0) return null;
  const byInstance = new Map<string, WorkerMemory['warning']>();
  for (const { instanceId, at, kind } of warnings) {
    byInstance.set(instanceId, graver(byInstance.get(instanceId) ?? null, { at, kind }));
  }
  return byInstance;
}

function graver(
  before: WorkerMemory['warning'],
  now: WorkerMemory['warning'],
): WorkerMemory['warning'] {
  if (before === null || now === null) return before ?? now;
  return now.kind === 'interruption' && before.kind !== 'interruption' ? now : before;
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

interface News {
  /** Not null after a pause, when silence so far is not held against anyone. */
  readonly heardAgain: UnixSeconds | null;
  readonly warning: WorkerMemory['warning'];
}

function followWorker(
  before: WorkerMemory | undefined,
  worker: WorkerObservation,
  { region, market }: GroupObservation,
  news: News,
): WorkerMemory {
  const word = worker.heartbeat;
  let heardAt = before?.heardAt ?? null;
  if (heardAt !== null && news.heardAgain !== null) heardAt = news.heardAgain;
  if (word !== null && (heardAt === null || word.at > heardAt)) heardAt = word.at;
  const recalledAt = before?.recalledAt ?? null;
  // What it said before it was called back is no word of being free.
  const spoke = word !== null && (recalledAt === null || word.at > recalledAt);
  const free = spoke && word.busySlots === 0;
  const warning = graver(before?.warning ?? null, news.warning);
  const noticed = news.warning?.kind === 'interruption';
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
    recalledAt: spoke && word.taking ? null : recalledAt,
    unused: (before?.unused ?? false) && free,
    ended: ends || noticed || (before?.ended ?? false),
    warning,
  };
}
