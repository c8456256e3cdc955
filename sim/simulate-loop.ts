import type { Fleet } from '../pool/pool.ts';
import type { Seconds, Slots, UnixSeconds } from '../pool/units.ts';
import { runLoop } from '../scaler/loop.ts';
import type { World } from '../scaler/ports.ts';
import { DecisionTally } from './decision-tally.ts';
import { MemoryState } from './memory-state.ts';
import type { Simulation } from './simulation.ts';

export interface LoopRun {
  /** No task arrives from then on. */
  readonly arrivalsEnd: UnixSeconds;
  /** The run ends here even if tasks are left or workers are not yet let go. */
  readonly limit: UnixSeconds;
  /** The run ends so long after its last task is done, whatever still runs. Default: not for that. */
  readonly settleLimit?: Seconds;
  /** Awaited after each iteration; virtual time stands still meanwhile. */
  readonly onIteration?: (tally: DecisionTally) => Promise<void> | void;
  /** Stands between the loop and its world. Default: nothing does. */
  readonly watch?: (world: World) => World;
}

/**
 * Runs the production loop on a simulation until all tasks are done and each pool is back at its
 * minimum, or the limit is reached.
 */
export async function simulateLoop(
  fleet: Fleet,
  simulation: Simulation,
  { arrivalsEnd, limit, settleLimit, onIteration, watch = (world) => world }: LoopRun,
): Promise<DecisionTally> {
  const { clock, queues, clouds, prices, workers, notifier } = simulation;
  const recorder = new DecisionTally();
  const stop = new AbortController();
  const state = new MemoryState();
  const { events } = simulation;
  const world = { clock, queues, clouds, events, prices, workers, notifier, state, recorder };
  const loop = runLoop(fleet, watch(world), stop.signal).finally(() => stop.abort());
  // Awaited below; until then a failure must not count as unhandled.
  loop.catch(() => {});
  const isOver = endOfRun(fleet, simulation, settleLimit);
  let iterations = 0;
  await clock.run(limit, stop.signal, async () => {
    if (recorder.iterations === iterations) return;
    iterations = recorder.iterations;
    await onIteration?.(recorder);
    if (clock.now() >= arrivalsEnd && isOver()) stop.abort();
  });
  stop.abort();
  await loop;
  return recorder;
}

/** Tells, each time it is asked, whether a simulation is settled, or its tasks are done for that long. */
export function endOfRun(
  fleet: Fleet,
  simulation: Simulation,
  settleLimit: Seconds = Number.POSITIVE_INFINITY,
): () => boolean {
  let doneSince: UnixSeconds | null = null;
  return () => {
    const now = simulation.clock.now();
    doneSince = isDone(simulation) ? (doneSince ?? now) : null;
    if (doneSince === null) return false;
    return now - doneSince >= settleLimit || isSettled(fleet, simulation);
  };
}

/** Nothing waits or runs. */
export function isDone({ work }: Simulation): boolean {
  return [...work.values()].every(({ claimed, pendingTasks }) => claimed + pendingTasks === 0);
}

/** Nothing waits or runs, and no pool has a worker that its minimum does not need. */
export function isSettled(fleet: Fleet, simulation: Simulation): boolean {
  if (!isDone(simulation)) return false;
  const running = [...simulation.host.running];
  return fleet.pools.every((pool) => {
    const capacities: Slots[] = running
      .filter((instance) => instance.pool === pool)
      .map(({ capacity }) => capacity);
    const whole = capacities.reduce((sum, capacity) => sum + capacity, 0);
    return capacities.length === 0 || whole - Math.min(...capacities) < pool.capacity.min;
  });
}
