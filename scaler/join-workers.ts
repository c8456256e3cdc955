/** What a queue's system knows of workers, as words of those workers. */
import type { UnixSeconds } from '../pool/units.ts';
import type {
  FinishedTask,
  GroupObservation,
  Heartbeat,
  QueueReading,
} from './decide/observation.ts';
import type { PoolReading, ReportedWorker } from './ports.ts';

/** As EC2 makes them: 8 hexadecimal digits of old, 17 now. */
const instanceIdPattern = /(?<![0-9a-z])i-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![0-9a-z])/;

/** The instance that a worker's name tells of; null: none. */
export function instanceIdIn(name: string): string | null {
  return instanceIdPattern.exec(name.toLowerCase())?.[0] ?? null;
}

/**
 * Groups in which workers that have not spoken themselves have the word of their queue's system.
 * Several of its workers on one instance are added up; where one does not tell its slots, the
 * instance has as many as its group counts it for.
 */
export function joinWorkers(
  groups: readonly GroupObservation[],
  reading: PoolReading,
): readonly GroupObservation[] {
  if (reading.status === 'unknown' || !reading.workers?.length) return groups;
  const byInstance = new Map<string, ReportedWorker[]>();
  for (const worker of reading.workers) {
    const instanceId = instanceIdIn(worker.name);
    if (instanceId === null) continue;
    const known = byInstance.get(instanceId);
    if (known === undefined) byInstance.set(instanceId, [worker]);
    else known.push(worker);
  }
  return groups.map((group) => ({
    ...group,
    workers: group.workers.map((worker) => {
      const reported = worker.heartbeat === null ? byInstance.get(worker.instanceId) : undefined;
      if (reported === undefined) return worker;
      return { ...worker, heartbeat: heartbeatOf(reported, worker.weight, reading.readAt) };
    }),
  }));
}

function heartbeatOf(
  reported: readonly ReportedWorker[],
  weight: number,
  at: UnixSeconds,
): Heartbeat {
  const capacities = reported.map(({ capacity }) => capacity);
  const told = capacities.filter((capacity) => capacity !== null);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    at,
    capacity: told.length < capacities.length ? weight : sum(told),
    busySlots: sum(reported.map(({ busySlots }) => busySlots)),
    taking: reported.some(({ taking }) => taking),
  };
}

/** A type that no pool has: the task counts for how long tasks take, and for no type's utility. */
const unknownType = 'unknown';

/** Finished tasks with the type of the instance that ran them, where the worker's name tells it. */
export function reportedTasks(
  { finishedTasks = [] }: PoolReading,
  groups: readonly GroupObservation[],
): readonly FinishedTask[] {
  if (finishedTasks.length === 0) return [];
  const types = new Map(
    groups.flatMap(({ workers }) =>
      workers.map(({ instanceId, instanceType }) => [instanceId, instanceType] as const),
    ),
  );
  return finishedTasks.map(({ worker, duration }) => ({
    instanceType: types.get(instanceIdIn(worker ?? '') ?? '') ?? unknownType,
    duration,
  }));
}

/** The counts alone: what the decision is made from, and what is written down. */
export function queueOf(reading: PoolReading): QueueReading {
  if (reading.status === 'unknown') return { status: 'unknown', error: reading.error };
  const { status, readAt, pending, claimed, oldestPendingAge } = reading;
  return { status, readAt, pending, claimed, oldestPendingAge };
}
