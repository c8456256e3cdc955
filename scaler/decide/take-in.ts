import type { Seconds } from '../../pool/units.ts';
import { addBootTimes } from './boot-times.ts';
import { mostFailedBoots } from './constants.ts';
import { countEnded } from './ended-workers.ts';
import { updateEstimate } from './estimate.ts';
import { followWorkers } from './follow-workers.ts';
import { followIdleSpells } from './idle-time.ts';
import { updateLateShare } from './late-share.ts';
import type { Estimate, Memory } from './memory.ts';
import type { Observation, PoolPolicy } from './observation.ts';
import type { Reason } from './reason.ts';
import { addRefusal, clearRefusals, forgetRefusals, offeringKey } from './refusals.ts';
import { countCompletions } from './slot-time.ts';
import { learnUtilities } from './utility.ts';
import { updateWaiting } from './waiting.ts';

/** What an observation adds to the memory, and what it tells besides. */
export interface News {
  readonly memory: Memory;
  /** A spot worker came that was not there before. */
  readonly spotDelivered: boolean;
  /** A worker of any market came. */
  readonly delivered: boolean;
  readonly reasons: readonly Reason[];
}

/** Takes an observation into the memory, before the decision. */
export function takeIn(pool: PoolPolicy, memory: Memory, observation: Observation): News {
  const { at, queue, finishedTasks } = observation;
  const followed = followWorkers(pool, memory, observation);
  const { came, workers, boots, lives } = followed;
  const heard = memory.heard || followed.spoke;
  let { refusals } = memory;
  for (const worker of came) refusals = clearRefusals(refusals, worker, worker.launchedAt);
  const heartbeats = pool.heartbeats || heard;
  const ended = countEnded(
    pool,
    { interruptions: memory.interruptions, bootedLaunchedAt: followed.bootedLaunchedAt },
    refusals,
    observation,
    followed,
    heartbeats,
  );
  refusals = ended.refusals;
  // What is at elevated risk of being taken back is no place for its own replacement.
  for (const worker of followed.advised) {
    refusals = addRefusal(refusals, offeringKey(worker), { cause: 'interrupted', at });
  }
  for (const failure of observation.launchFailures) {
    refusals = addRefusal(refusals, offeringKey(failure), failure);
  }
  // One boot that did not fail makes up for those that did.
  const failedBoots = followed.spoke
    ? ended.failedBoots
    : ended.failedBoots.length === 0
      ? memory.failedBoots
      : [...memory.failedBoots, ...ended.failedBoots];
  const known = queue.status === 'known';
  const quiet = known && queue.pending === 0 && queue.claimed === 0;
  // While the queue is not known nobody can be blamed for leaving tasks to wait.
  const waits = known && queue.pending > 0;
  const taken: Memory = {
    version: 1,
    sequence: memory.sequence,
    decidedAt: memory.decidedAt,
    taskDuration: takeSamples(
      memory.taskDuration,
      finishedTasks.map(({ duration }) => duration),
    ),
    bootTime: takeSamples(memory.bootTime, boots),
    lifetime: takeSamples(memory.lifetime, lives),
    bootTimes: addBootTimes(memory.bootTimes, boots),
    completions: countCompletions(memory, at, finishedTasks.length),
    lateShare: updateLateShare(pool, memory, observation),
    idleSpells: followIdleSpells(pool, memory, {
      at,
      ended: followed.idleSpells,
      launches: came.length,
    }),
    bootedLaunchedAt: followed.bootedLaunchedAt,
    quietSince: quiet ? (memory.quietSince ?? at) : null,
    pendingSince: waits ? (memory.pendingSince ?? at) : null,
    outstandingSince: memory.outstandingSince,
    claimed: known ? queue.claimed : memory.claimed,
    waiting: known ? updateWaiting(memory, observation, queue) : memory.waiting,
    heard,
    workers,
    refusals: forgetRefusals(refusals, at),
    interruptions: ended.interruptions,
    spotDelivery: memory.spotDelivery,
    failedBoots:
      failedBoots.length > mostFailedBoots ? failedBoots.slice(-mostFailedBoots) : failedBoots,
    spend: memory.spend,
    learnedUtility: learnUtilities(pool, memory, finishedTasks),
    incidents: memory.incidents,
  };
  return {
    memory: taken,
    spotDelivered: came.some(({ market }) => market === 'spot'),
    delivered: came.length > 0,
    reasons: ended.reasons,
  };
}

/** Shortest first, so that the order in which workers are listed makes no difference. */
function takeSamples(estimate: Estimate, samples: readonly Seconds[]): Estimate {
  if (samples.length === 0) return estimate;
  return [...samples].sort((a, b) => a - b).reduce(updateEstimate, estimate);
}
