import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import { leastIdleTime, quietBeforeScaleIn } from './constants.ts';
import type { WorkerChoice } from './decision.ts';
import type { Memory } from './memory.ts';
import type { PoolPolicy } from './observation.ts';
import type { Reason } from './reason.ts';
import type { JudgedWorker } from './worker-state.ts';

export interface ScaleInBasis {
  readonly at: UnixSeconds;
  readonly pool: PoolPolicy;
  readonly memory: Memory;
  readonly workers: readonly JudgedWorker[];
  /** Whether this pool's workers are known to send heartbeats. */
  readonly heartbeats: boolean;
  /** Mean time of a boot, which the `auto` idle time equals. */
  readonly bootTime: Seconds;
  /** Slots beyond what the queue and the minimum call for, unfulfilled ones already given up. */
  readonly surplus: Slots;
  /** USD per hour / utility of a worker's offering; unknown ones are taken for the dearest. */
  readonly pricePerUtility: (worker: JudgedWorker) => number;
}

export interface ScaleIn {
  readonly drain: readonly WorkerChoice[];
  readonly terminate: readonly WorkerChoice[];
  readonly reasons: readonly Reason[];
}

/**
 * Chooses whom to let go: only workers that are free by their own fresh word, and free for the idle
 * time; dearest per utility first. They are asked to drain and end once they confirm that nothing
 * runs and nothing more is taken. Workers that send no heartbeats are taken for busy until pending
 * and claimed were both zero for {@link quietBeforeScaleIn}.
 */
export function chooseScaleIn(basis: ScaleInBasis): ScaleIn {
  const drain: WorkerChoice[] = [];
  const terminate: WorkerChoice[] = [];
  const reasons: Reason[] = [];
  const kept = new Map<KeptCause, Slots>();
  const choose = (into: WorkerChoice[], kind: 'drain' | 'terminate', choice: WorkerChoice) => {
    into.push(choice);
    reasons.push({ kind, instanceId: choice.instanceId, because: choice.because });
  };

  for (const judged of basis.workers) {
    const because = reapCause(judged, basis);
    if (because !== null) choose(terminate, 'terminate', choiceOf(judged, because));
    else if (isOverAge(judged, basis)) choose(drain, 'drain', choiceOf(judged, 'over-age'));
  }

  const taken = new Set([...drain, ...terminate].map(({ instanceId }) => instanceId));
  const candidates = basis.workers
    .filter(({ worker }) => !taken.has(worker.instanceId))
    .toSorted(
      (a, b) =>
        basis.pricePerUtility(b) - basis.pricePerUtility(a) ||
        (a.worker.instanceId < b.worker.instanceId ? -1 : 1),
    );
  let surplus = basis.surplus;
  for (const judged of candidates) {
    if (judged.state === 'draining' || judged.state === 'stopping') continue;
    const { weight } = judged.worker;
    if (weight > surplus) continue;
    const keep = keptBecause(judged, basis);
    if (keep !== null) {
      kept.set(keep, (kept.get(keep) ?? 0) + weight);
      continue;
    }
    surplus -= weight;
    const choice = choiceOf(judged, 'surplus');
    if (judged.speaks) choose(drain, 'drain', choice);
    else choose(terminate, 'terminate', choice);
  }
  if (surplus > 0) {
    for (const [because, slots] of kept) {
      reasons.push({ kind: 'surplus-kept', slots: Math.min(slots, surplus), because });
    }
  }
  return { drain, terminate, reasons };
}

type KeptCause = Extract<Reason, { kind: 'surplus-kept' }>['because'];

/** Why a worker that is not needed stays all the same; null: it may go. */
function keptBecause(judged: JudgedWorker, basis: ScaleInBasis): KeptCause | null {
  if (judged.group.instanceRefresh) return 'instance-refresh';
  if (judged.state === 'booting') return 'booting';
  if (!basis.heartbeats) {
    const { quietSince } = basis.memory;
    if (judged.state !== 'busy') return 'booting';
    if (quietSince === null || basis.at - quietSince < quietBeforeScaleIn) return 'no-word';
    return basis.at - quietSince < idleTime(basis) ? 'idle-time' : null;
  }
  if (!judged.speaks) return 'no-word';
  if (judged.state !== 'idle' || judged.idleSince === null) return 'busy';
  return basis.at - judged.idleSince < idleTime(basis) ? 'idle-time' : null;
}

/**
 * How long a worker may idle. `auto` is the break-even point of renting against buying again: idle
 * for as long as a fresh boot would take, since both cost the same per second (the ski-rental
 * problem; keeping for exactly that long costs at most twice what hindsight would. Karlin et al.,
 * "Competitive snoopy caching", 1988).
 */
export function idleTime({ pool, bootTime }: Pick<ScaleInBasis, 'pool' | 'bootTime'>): Seconds {
  const { idle } = pool.lifecycle;
  return Math.max(leastIdleTime, idle === 'auto' ? bootTime : idle);
}

/** Why a worker is to end whatever the demand; null: it is not. Never one that is busy by its word. */
function reapCause(judged: JudgedWorker, basis: ScaleInBasis): WorkerChoice['because'] | null {
  const { worker, state, drainingSince, speaks, idleSince } = judged;
  if (worker.phase === 'gone' || state === 'stopping') return null;
  if (state === 'lost') {
    if (judged.heardAt === null) return 'missing';
    return othersSpeak(basis) && silentTooLong(judged, basis) ? 'silent' : null;
  }
  if (state !== 'draining' || !speaks || idleSince === null || worker.heartbeat?.taking)
    return null;
  const freeSince = Math.max(idleSince, drainingSince ?? idleSince + leastIdleTime);
  return (worker.heartbeat?.at ?? 0) > freeSince ? 'drained' : null;
}

/** If nobody is heard the fault is ours, and nobody is blamed for silence. */
function othersSpeak({ workers }: ScaleInBasis): boolean {
  return workers.some(({ speaks }) => speaks);
}

/** Silent for so long that a drain asked for at its last word would have ended. */
function silentTooLong({ heardAt }: JudgedWorker, { at, pool }: ScaleInBasis): boolean {
  const { missingAfter, drain } = pool.lifecycle;
  return heardAt !== null && at - heardAt > missingAfter + drain;
}

function isOverAge(judged: JudgedWorker, { pool, heartbeats }: ScaleInBasis): boolean {
  const canDrain = heartbeats && judged.speaks && judged.drainingSince === null;
  const working = judged.state === 'idle' || judged.state === 'busy';
  return canDrain && working && judged.age > pool.lifecycle.maxLifetime;
}

function choiceOf(judged: JudgedWorker, because: WorkerChoice['because']): WorkerChoice {
  const { worker, group } = judged;
  return { instanceId: worker.instanceId, group: group.name, region: group.region, because };
}
