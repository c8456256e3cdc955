import { silentAfter } from './constants.ts';
import type { Decision } from './decision.ts';
import { noBootTime, noTaskDuration, updateEstimate } from './estimate.ts';
import type { Estimate, Memory, WorkerMemory } from './memory.ts';
import type { Observation } from './observation.ts';
import { updateWaiting } from './waiting.ts';
import type { JudgedWorker } from './worker-state.ts';

/** The memory of a pool that was never decided on. */
export const emptyMemory: Memory = {
  version: 1,
  sequence: 0,
  decidedAt: null,
  taskDuration: noTaskDuration,
  bootTime: noBootTime,
  quietSince: null,
  claimed: null,
  waiting: [],
  heard: false,
  workers: {},
};

/** What the observation adds to the memory, before the decision. */
export function takeIn(memory: Memory, observation: Observation): Memory {
  const { at, queue } = observation;
  const workers = observation.groups.flatMap((group) => group.workers);
  // Silence counts only while we listen: after a pause everyone gets another chance to speak.
  const listening = memory.decidedAt !== null && at - memory.decidedAt <= silentAfter;
  let { bootTime } = memory;
  let heard = memory.heard;
  const remembered: Record<string, WorkerMemory> = {};
  for (const worker of workers) {
    const before = memory.workers[worker.instanceId];
    const word = worker.heartbeat;
    let heardAt = before?.heardAt ?? null;
    if (heardAt !== null && !listening) heardAt = at;
    if (word !== null && (heardAt === null || word.at > heardAt)) {
      if (heardAt === null) bootTime = updateEstimate(bootTime, word.at - worker.launchedAt);
      heardAt = word.at;
      heard = true;
    }
    const free = word !== null && word.busySlots === 0;
    const idleSince = free ? (before?.idleSince ?? word.at) : null;
    remembered[worker.instanceId] = {
      heardAt,
      idleSince,
      drainingSince: before?.drainingSince ?? null,
    };
  }
  let taskDuration: Estimate = memory.taskDuration;
  for (const { duration } of observation.finishedTasks) {
    taskDuration = updateEstimate(taskDuration, duration);
  }
  const known = queue.status === 'known';
  const quiet = known && queue.pending === 0 && queue.claimed === 0;
  return {
    ...memory,
    taskDuration,
    bootTime,
    heard,
    workers: remembered,
    waiting: known ? updateWaiting(memory, observation, queue) : memory.waiting,
    claimed: known ? queue.claimed : memory.claimed,
    quietSince: quiet ? (memory.quietSince ?? at) : null,
  };
}

/** What the decision adds to the memory. */
export function carryOn(
  memory: Memory,
  decision: Pick<Decision, 'at' | 'sequence' | 'drain'>,
  recalled: readonly JudgedWorker[],
): Memory {
  const workers: Record<string, WorkerMemory> = { ...memory.workers };
  for (const { instanceId } of decision.drain) {
    const worker = workers[instanceId];
    if (worker) workers[instanceId] = { ...worker, drainingSince: decision.at };
  }
  for (const { worker } of recalled) {
    const known = workers[worker.instanceId];
    if (known) workers[worker.instanceId] = { ...known, drainingSince: null };
  }
  return { ...memory, sequence: decision.sequence, decidedAt: decision.at, workers };
}
