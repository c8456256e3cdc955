import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import { leastIdleTime, quietBeforeScaleIn } from './constants.ts';
import type { LeaveCause, WorkerChoice } from './decision.ts';
import type { Memory } from './memory.ts';
import type { GroupObservation, PoolPolicy, WorkerWarning } from './observation.ts';
import type { KeptCause, Reason } from './reason.ts';
import { chooseRetired } from './retire.ts';
import { isMissing, type JudgedWorker } from './worker-state.ts';

export interface ScaleInBasis {
  readonly at: UnixSeconds;
  readonly pool: PoolPolicy;
  readonly memory: Memory;
  readonly workers: readonly JudgedWorker[];
  /** Whether this pool's workers are known to send heartbeats. */
  readonly heartbeats: boolean;
  /** Mean time of a boot, which the `auto` idle time follows. */
  readonly bootTime: Seconds;
  /** Slots asked for that no instance stands for yet. */
  readonly requested: Slots;
  /** Slots that could be launched in place of as many that go; 0: none, for now. */
  readonly replaceable: Slots;
  /** Slots beyond what the queue and the minimum call for, unfulfilled ones already given up. */
  readonly surplus: Slots;
  /** Of those, the most that workers which have booted may make up. */
  readonly surplusBooted: Slots;
  /** USD per hour / utility of a worker's offering; infinite: not known, so taken for dearest. */
  readonly pricePerUtility: (worker: JudgedWorker) => number;
  /** How long a worker may idle. */
  readonly idleTime: Seconds;
}

export interface ScaleIn {
  readonly drain: readonly WorkerChoice[];
  readonly terminate: readonly WorkerChoice[];
  readonly reasons: readonly Reason[];
}

/**
 * Chooses whom to let go. Whatever the demand: workers that are of no use or too old, and a few at a
 * time of those that are outdated and free. Of the surplus: only workers that are free by their own
 * fresh word, and have been for the idle time; those of an older image first, then the dearest per
 * utility. They are asked to drain, and end once they confirm that nothing runs and nothing more is
 * taken. Workers that send no heartbeats are taken for busy until pending and claimed were both zero
 * for {@link quietBeforeScaleIn}.
 */
export function chooseScaleIn(basis: ScaleInBasis): ScaleIn {
  const drain: WorkerChoice[] = [];
  const terminate: WorkerChoice[] = [];
  const reasons: Reason[] = [];
  const choose = (kind: 'drain' | 'terminate', judged: JudgedWorker, because: LeaveCause) => {
    const { instanceId } = judged.worker;
    const { name, region } = judged.group;
    const choice = { instanceId, group: name, region, because };
    (kind === 'drain' ? drain : terminate).push(choice);
    reasons.push({ kind, instanceId, because });
  };
  const others: JudgedWorker[] = [];
  for (const judged of basis.workers) {
    const because = reapCause(judged, basis);
    if (holdsItsInstances(judged.group)) others.push(judged);
    else if (because !== null) choose('terminate', judged, because);
    else if (mustLeave(judged)) choose('drain', judged, judged.warned);
    else if (doesNotWork(judged)) choose('drain', judged, 'not-working');
    else if (isOverAge(judged, basis)) choose('drain', judged, 'over-age');
    else others.push(judged);
  }
  const retired = new Set(
    chooseRetired({
      ...basis,
      candidates: others.filter(({ group }) => !holdsItsInstances(group)),
      tasksWait: basis.memory.waiting.length > 0,
      isFree: (judged) => notFree(judged, basis) === null,
    }),
  );
  if (basis.surplus > 0) letSurplusGo(basis, others, retired, choose, reasons);
  for (const judged of retired) choose(judged.speaks ? 'drain' : 'terminate', judged, 'outdated');
  return { drain, terminate, reasons };
}

/** Someone else replaces its instances, or it would refuse to end one. */
function holdsItsInstances({ terminateSuspended, instanceRefresh }: GroupObservation): boolean {
  return terminateSuspended || instanceRefresh;
}

/** Takes out of `retired` those that are surplus, as nobody comes in their place. */
function letSurplusGo(
  basis: ScaleInBasis,
  workers: readonly JudgedWorker[],
  retired: Set<JudgedWorker>,
  choose: (kind: 'drain' | 'terminate', judged: JudgedWorker, because: LeaveCause) => void,
  reasons: Reason[],
): void {
  const candidates = workers
    .filter(({ state }) => state === 'booting' || state === 'idle' || state === 'busy')
    .map((judged) => ({ judged, price: basis.pricePerUtility(judged) }))
    .sort(
      (a, b) =>
        Number(b.judged.state === 'booting') - Number(a.judged.state === 'booting') ||
        Number(b.judged.worker.outdated) - Number(a.judged.worker.outdated) ||
        (a.price === b.price ? 0 : b.price - a.price) ||
        (a.judged.worker.instanceId < b.judged.worker.instanceId ? -1 : 1),
    );
  const kept = new Map<KeptCause, Slots>();
  const spare = sparePerGroup(basis.workers);
  let { surplus, surplusBooted } = basis;
  for (const { judged } of candidates) {
    const { weight } = judged.worker;
    if (surplus === 0) break;
    const booted = judged.state !== 'booting';
    // The surplus is in those that boot, which have their own reason to stay.
    if (booted && weight > surplusBooted && weight <= surplus) continue;
    const spareHere = spare.get(judged.group) ?? 0;
    const tooLarge = weight > surplus ? 'too-large' : null;
    const keep =
      tooLarge ?? (weight > spareHere ? 'group-minimum' : null) ?? keptBecause(judged, basis);
    // It goes in any case, and with it its part of the surplus.
    const goes = keep === 'idle-time' && retired.has(judged);
    if (keep !== null && !goes) {
      kept.set(keep, (kept.get(keep) ?? 0) + weight);
      continue;
    }
    surplus -= weight;
    if (booted) surplusBooted -= weight;
    spare.set(judged.group, spareHere - weight);
    if (goes) continue;
    retired.delete(judged);
    if (judged.state === 'booting') choose('terminate', judged, 'not-yet-booted');
    else choose(judged.speaks ? 'drain' : 'terminate', judged, 'surplus');
  }
  if (surplus === 0) return;
  for (const [because, slots] of kept) {
    reasons.push({ kind: 'surplus-kept', slots: Math.min(slots, surplus), because });
  }
}

/** Slots of each group above its own minimum, which AWS would start again at once. */
function sparePerGroup(workers: readonly JudgedWorker[]): Map<GroupObservation, Slots> {
  const spare = new Map<GroupObservation, Slots>();
  for (const { group, state, worker } of workers) {
    const stays = state !== 'draining' && state !== 'stopping' && worker.phase !== 'gone';
    spare.set(group, (spare.get(group) ?? -group.min) + (stays ? worker.weight : 0));
  }
  return spare;
}

/** Why a worker that is not needed stays all the same; null: it may go. */
function keptBecause(judged: JudgedWorker, basis: ScaleInBasis): KeptCause | null {
  if (judged.group.instanceRefresh) return 'instance-refresh';
  if (judged.group.terminateSuspended) return 'terminate-suspended';
  if (judged.state === 'booting') return bootIsWorthIt(judged, basis) ? 'booting' : null;
  const busy = notFree(judged, basis);
  if (busy !== null) return busy;
  const freeSince = basis.heartbeats ? judged.idleSince : basis.memory.quietSince;
  return basis.at - freeSince! < basis.idleTime ? 'idle-time' : null;
}

/** Why a worker that has booted cannot be taken for free; null: it is. */
function notFree(
  { state, speaks, idleSince }: JudgedWorker,
  { heartbeats, memory: { quietSince }, at }: ScaleInBasis,
): 'no-word' | 'busy' | null {
  if (heartbeats) {
    if (!speaks) return 'no-word';
    return state !== 'idle' || idleSince === null ? 'busy' : null;
  }
  const quiet = quietSince !== null && at - quietSince >= quietBeforeScaleIn;
  if (!quiet) return 'no-word';
  return state === 'idle' || state === 'busy' ? null : 'busy';
}

/**
 * A worker that is still being launched costs the rest of its boot before it can even idle. Past the
 * idle time that is more than it may cost, so it goes at once, if nothing waits; one that is in service
 * already may be about to take a task, and stays.
 */
function bootIsWorthIt({ worker, age }: JudgedWorker, basis: ScaleInBasis): boolean {
  if (worker.phase !== 'pending' || !basis.heartbeats || basis.memory.waiting.length > 0)
    return true;
  return basis.bootTime - age < basis.idleTime;
}

/** Why a worker is to end whatever the demand; null: it is not. Never one that is busy by its word. */
function reapCause(judged: JudgedWorker, basis: ScaleInBasis): LeaveCause | null {
  const { worker, state, drainingSince, speaks, idleSince } = judged;
  if (worker.phase === 'gone' || state === 'stopping') return null;
  if (isMissing(judged)) return 'missing';
  if (state === 'lost' && !judged.unused) {
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

/** EC2 is about to end it: it takes nothing more, and ends once it is free. */
function mustLeave(
  judged: JudgedWorker,
): judged is JudgedWorker & { readonly warned: WorkerWarning['kind'] } {
  const { warned, state, speaks, drainingSince } = judged;
  return warned !== null && state === 'draining' && speaks && drainingSince === null;
}

/** Free although tasks wait: it is asked to drain first, in case it takes one after all. */
function doesNotWork({ unused, drainingSince }: JudgedWorker): boolean {
  return unused && drainingSince === null;
}

function isOverAge(judged: JudgedWorker, { pool, heartbeats }: ScaleInBasis): boolean {
  const canDrain = heartbeats && judged.speaks && judged.drainingSince === null;
  const working = judged.state === 'idle' || judged.state === 'busy';
  return canDrain && working && judged.age > pool.lifecycle.maxLifetime;
}
