import type { UnixSeconds } from '../../pool/units.ts';
import type { FollowedWorkers } from './follow-workers.ts';
import { countInterruptions } from './interruptions.ts';
import type { Memory, WorkerMemory } from './memory.ts';
import type { Observation, PoolPolicy } from './observation.ts';
import type { Reason } from './reason.ts';
import { addRefusal, offeringKey, type Refusals } from './refusals.ts';

/** What the ends of workers tell of offerings and boots. */
export interface EndedWorkers {
  readonly interruptions: Memory['interruptions'];
  readonly refusals: Refusals;
  /** One entry for each worker that ended before it was heard. */
  readonly failedBoots: readonly UnixSeconds[];
  readonly reasons: readonly Reason[];
}

/**
 * Counts the workers that ended without our doing: a spot worker that had booted, or that EC2 gave
 * notice to, was interrupted; another that was never heard failed to boot. An offering that interrupts is left alone for a while, and a
 * type that does so again and again is left alone in its region.
 * @param heartbeats whether workers of the pool are known to send them
 */
export function countEnded(
  pool: PoolPolicy,
  memory: Pick<Memory, 'interruptions' | 'bootedLaunchedAt'>,
  refused: Refusals,
  { at, groups }: Observation,
  { ended }: FollowedWorkers,
  heartbeats: boolean,
): EndedWorkers {
  const interrupted: WorkerMemory[] = [];
  const failedBoots: UnixSeconds[] = [];
  const reasons: Reason[] = [];
  let refusals = refused;
  for (const [instanceId, worker] of ended) {
    const { instanceType, market } = worker;
    const noticed = worker.warning?.kind === 'interruption';
    const unheard = heartbeats && worker.heardAt === null && !noticed;
    if (unheard && countsAsFailed(memory, worker)) failedBoots.push(at);
    if (market !== 'spot' || unheard) continue;
    interrupted.push(worker);
    reasons.push({ kind: 'interrupted', instanceId, instanceType });
    refusals = addRefusal(refusals, offeringKey(worker), { cause: 'interrupted', at });
  }
  const { interruptions, stopped } = countInterruptions(
    pool,
    memory.interruptions,
    groups,
    interrupted,
    at,
  );
  for (const worker of stopped) {
    const key = offeringKey({ ...worker, zone: null });
    const { pause } = pool.breakers.interruptions;
    refusals = addRefusal(refusals, key, { cause: 'interrupted', at }, pause);
  }
  return { interruptions, refusals, failedBoots, reasons };
}

/**
 * Whether a boot that failed speaks against the image: only if no worker that was launched as late
 * has booted since.
 */
export function countsAsFailed(
  { bootedLaunchedAt }: Pick<Memory, 'bootedLaunchedAt'>,
  worker: Pick<WorkerMemory, 'launchedAt'> | undefined,
): boolean {
  if (worker === undefined || bootedLaunchedAt === null) return true;
  return worker.launchedAt > bootedLaunchedAt;
}
