import type { Seconds, Slots, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import { addSpend } from './budget.ts';
import { mostFailedBoots, silentAfter } from './constants.ts';
import type { Decision } from './decision.ts';
import { noBootTime, noLifetime, noTaskDuration, updateEstimate } from './estimate.ts';
import { spotDelivers } from './fallback.ts';
import { countInterruptions } from './interruptions.ts';
import type { Estimate, Memory, WorkerMemory } from './memory.ts';
import type {
  GroupObservation,
  Observation,
  PoolPolicy,
  WorkerObservation,
} from './observation.ts';
import type { Reason } from './reason.ts';
import { addRefusal, clearRefusals, forgetRefusals, offeringKey } from './refusals.ts';
import { learnUtilities } from './utility.ts';
import { updateWaiting } from './waiting.ts';
import type { JudgedWorker } from './worker-state.ts';

/** The memory of a pool that was never decided on. */
export const emptyMemory: Memory = {
  version: 1,
  sequence: 0,
  decidedAt: null,
  taskDuration: noTaskDuration,
  bootTime: noBootTime,
  lifetime: noLifetime,
  quietSince: null,
  pendingSince: null,
  outstandingSince: null,
  claimed: null,
  waiting: [],
  heard: false,
  workers: {},
  refusals: {},
  interruptions: {},
  spotDelivery: spotDelivers,
  failedBoots: [],
  spend: null,
  learnedUtility: {},
  incidents: {},
};

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
  const { at, queue } = observation;
  const workers = rememberWorkers(pool, memory, observation);
  const durations = observation.finishedTasks.map(({ duration }) => duration);
  const taskDuration = takeSamples(memory.taskDuration, durations);
  let { refusals } = workers;
  for (const failure of observation.launchFailures) {
    refusals = addRefusal(refusals, offeringKey(failure), failure);
  }
  const known = queue.status === 'known';
  const quiet = known && queue.pending === 0 && queue.claimed === 0;
  // While the queue is not known nobody can be blamed for leaving tasks to wait.
  const waits = known && queue.pending > 0;
  const taken: Memory = {
    ...memory,
    ...workers.memory,
    taskDuration,
    refusals: forgetRefusals(refusals, at),
    learnedUtility: learnUtilities(pool, memory, observation.finishedTasks),
    waiting: known ? updateWaiting(memory, observation, queue) : memory.waiting,
    claimed: known ? queue.claimed : memory.claimed,
    quietSince: quiet ? (memory.quietSince ?? at) : null,
    pendingSince: waits ? (memory.pendingSince ?? at) : null,
  };
  const { spotDelivered, delivered, reasons } = workers;
  return { memory: taken, spotDelivered, delivered, reasons };
}

/** Shortest first, so that the order in which workers are listed makes no difference. */
function takeSamples(estimate: Estimate, samples: Seconds[]): Estimate {
  return samples.sort((a, b) => a - b).reduce(updateEstimate, estimate);
}

/** Follows each worker from launch to end. */
function rememberWorkers(pool: PoolPolicy, memory: Memory, observation: Observation) {
  const { at, groups } = observation;
  // Silence counts only while we listen: after a pause everyone gets another chance to speak.
  const listening = memory.decidedAt !== null && at - memory.decidedAt <= silentAfter;
  let { heard, refusals } = memory;
  const boots: Seconds[] = [];
  const lives: Seconds[] = [];
  let failedBoots = memory.failedBoots;
  let delivered = false;
  let spotDelivered = false;
  const ended: (readonly [instanceId: string, WorkerMemory])[] = [];
  const workers: Record<string, WorkerMemory> = {};
  for (const group of groups) {
    for (const worker of group.workers) {
      const before = memory.workers[worker.instanceId];
      let now = followWorker(before, worker, group, listening ? null : at);
      if (before === undefined) {
        delivered = true;
        spotDelivered ||= now.market === 'spot';
        refusals = clearRefusals(refusals, now, worker.launchedAt);
      }
      if (now.heardAt !== null && (before?.heardAt ?? null) === null) {
        // One that runs since before we looked tells nothing of how long a boot takes.
        const boot = now.heardAt - worker.launchedAt;
        if (before !== undefined || boot <= pool.lifecycle.missingAfter) boots.push(boot);
        heard = true;
        failedBoots = [];
      }
      const ends = worker.phase === 'terminating' || worker.phase === 'gone';
      if (ends && !now.ended) {
        // One that was ending when it was first seen tells nothing of who ended it.
        if (before !== undefined) ended.push([worker.instanceId, now]);
        now = { ...now, ended: true };
      }
      workers[worker.instanceId] = now;
    }
  }
  for (const [instanceId, before] of Object.entries(memory.workers)) {
    if (workers[instanceId] !== undefined) continue;
    if (observation.unreachableRegions.includes(before.region)) {
      workers[instanceId] = before;
    } else {
      lives.push(at - before.launchedAt);
      if (before.ended) continue;
      ended.push([instanceId, before]);
    }
  }
  const heartbeats = pool.heartbeats || heard;
  const isInterrupted = ({ market, heardAt }: WorkerMemory) =>
    market === 'spot' && (heardAt !== null || !heartbeats);
  const interrupted = ended.map(([, worker]) => worker).filter(isInterrupted);
  const reasons = ended
    .filter(([, worker]) => isInterrupted(worker))
    .map(([instanceId, { instanceType }]): Reason => {
      return { kind: 'interrupted', instanceId, instanceType };
    });
  const unheard = heartbeats ? ended.filter(([, { heardAt }]) => heardAt === null).length : 0;
  failedBoots = [...failedBoots, ...new Array<UnixSeconds>(unheard).fill(at)];
  for (const worker of interrupted) {
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
    refusals = addRefusal(refusals, key, { cause: 'interrupted', at }, pauseOf(pool));
  }
  return {
    memory: {
      bootTime: takeSamples(memory.bootTime, boots),
      lifetime: takeSamples(memory.lifetime, lives),
      heard,
      workers,
      interruptions,
      failedBoots: failedBoots.slice(-mostFailedBoots),
    },
    refusals,
    spotDelivered,
    delivered,
    reasons,
  };
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
    ended: before?.ended ?? false,
  };
}

function pauseOf({ breakers }: PoolPolicy): number {
  return breakers.interruptions.pause;
}

/** What a decision adds to the memory, after it. */
export function carryOn(
  memory: Memory,
  decision: Pick<Decision, 'at' | 'sequence' | 'drain' | 'terminate'>,
  after: {
    readonly recalled: readonly JudgedWorker[];
    readonly workers: readonly JudgedWorker[];
    readonly usdPerHour: UsdPerHour;
    readonly outstanding: Slots;
    readonly delivered: boolean;
  },
): Memory {
  const { at } = decision;
  const workers: Record<string, WorkerMemory> = { ...memory.workers };
  const change = (instanceId: string, to: Partial<WorkerMemory>) => {
    const known = workers[instanceId];
    if (known) workers[instanceId] = { ...known, ...to };
  };
  for (const { instanceId, because } of decision.drain) {
    change(instanceId, { drainingSince: at, drainBecause: because, recalledAt: null });
  }
  for (const { instanceId } of decision.terminate) change(instanceId, { ended: true });
  for (const { worker } of after.recalled) {
    // What it said before it hears of this is no confirmation: its time of being free starts anew.
    change(worker.instanceId, {
      ...{ drainingSince: null, drainBecause: null, idleSince: null },
      recalledAt: at,
    });
  }
  const missing = decision.terminate.filter(({ because }) => because === 'missing').length;
  const failedBoots = [...memory.failedBoots, ...new Array<number>(missing).fill(at)];
  const waits = after.outstanding > 0 && !after.delivered;
  // The others get as long again to show that they take work.
  const unused = after.workers.filter((judged) => judged.unused);
  const blamed = unused.some(({ worker }) => !memory.workers[worker.instanceId]?.unused);
  for (const { worker } of unused) change(worker.instanceId, { unused: true });
  return {
    ...memory,
    sequence: decision.sequence,
    decidedAt: at,
    workers,
    pendingSince: blamed ? at : memory.pendingSince,
    failedBoots: failedBoots.slice(-mostFailedBoots),
    outstandingSince: waits ? (memory.outstandingSince ?? at) : null,
    spend: {
      day: addSpend(memory.spend?.day ?? null, { at, rate: after.usdPerHour, per: 'day' }),
      month: addSpend(memory.spend?.month ?? null, { at, rate: after.usdPerHour, per: 'month' }),
    },
  };
}
