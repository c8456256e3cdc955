/** The least of a world: it does at once, and exactly, what a decision asks for, and nothing else. */
import type { Decision } from '../../scaler/decide/decision.ts';
import type {
  GroupObservation,
  Observation,
  WorkerObservation,
} from '../../scaler/decide/observation.ts';

/**
 * A world in which AWS keeps each desired capacity within its group's limits, as it does whoever
 * sets either, and in which a worker has as many slots as its group counts it for.
 */
export function asAwsHasIt(observation: Observation): Observation {
  const within = (group: GroupObservation): GroupObservation => {
    const { min, max, desiredCapacity } = group;
    return {
      ...group,
      desiredCapacity: Math.min(max, Math.max(min, desiredCapacity)),
      workers: group.workers.map(withItsWeight),
    };
  };
  return { ...observation, groups: observation.groups.map(within) };
}

function withItsWeight(worker: WorkerObservation): WorkerObservation {
  const { heartbeat, weight } = worker;
  if (heartbeat === null) return worker;
  const busySlots = Math.min(weight, heartbeat.busySlots);
  return { ...worker, heartbeat: { ...heartbeat, capacity: weight, busySlots } };
}

/** What is seen of a world that has done what was asked, before anything else happens in it. */
export function afterDecision(observation: Observation, decision: Decision): Observation {
  const added = decision.groups.reduce((sum, { addedSlots }) => sum + addedSlots, 0);
  const { allowance } = observation;
  return {
    ...observation,
    finishedTasks: [],
    launchFailures: [],
    warnings: [],
    allowance: allowance === null ? null : Math.max(0, allowance - added),
    groups: observation.groups.map((group) => groupAfter(group, decision, observation.at)),
  };
}

function groupAfter(group: GroupObservation, decision: Decision, at: number): GroupObservation {
  const told = decision.groups.find(
    ({ name, region }) => name === group.name && region === group.region,
  );
  if (!told) throw new Error(`nothing was decided about group ${group.name} in ${group.region}`);
  const draining = new Set(decision.drain.map(({ instanceId }) => instanceId));
  const ending = new Set(decision.terminate.map(({ instanceId }) => instanceId));
  const recalled = new Set(
    decision.reasons.flatMap((reason) =>
      reason.kind === 'drain-cancelled' ? [reason.instanceId] : [],
    ),
  );
  return {
    ...group,
    desiredCapacity: told.desiredCapacity,
    overrides: told.overrides ?? group.overrides,
    spotMaxPrice: told.spotMaxPrice,
    workers: group.workers.map((worker) => {
      const { instanceId } = worker;
      if (ending.has(instanceId)) return { ...worker, phase: 'terminating' };
      if (draining.has(instanceId)) return taking(worker, false, at);
      return recalled.has(instanceId) ? taking(worker, true, at) : worker;
    }),
  };
}

/** It heeds what it is told, but its word is no newer for that, so it confirms nothing yet. */
function taking(worker: WorkerObservation, takes: boolean, now: number): WorkerObservation {
  const { heartbeat } = worker;
  if (heartbeat === null) return worker;
  const at = Math.min(heartbeat.at, now);
  return { ...worker, heartbeat: { ...heartbeat, at, taking: takes } };
}

/** The same some seconds later, with every heartbeat and the queue read anew. */
export function later(observation: Observation, seconds: number): Observation {
  const at = observation.at + seconds;
  const { queue } = observation;
  const fresh = (worker: WorkerObservation): WorkerObservation =>
    worker.heartbeat === null
      ? worker
      : { ...worker, heartbeat: { ...worker.heartbeat, at: at - 1 } };
  return {
    ...observation,
    at,
    queue: queue.status === 'known' ? { ...queue, readAt: at } : queue,
    groups: observation.groups.map((group) => ({ ...group, workers: group.workers.map(fresh) })),
  };
}
