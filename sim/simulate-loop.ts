import type { Fleet } from '../pool/pool.ts';
import type { Slots, UnixSeconds } from '../pool/units.ts';
import { runLoop } from '../scaler/loop.ts';
import { DecisionTally } from './decision-tally.ts';
import { MemoryState } from './memory-state.ts';
import type { Simulation } from './simulation.ts';

export interface LoopRun {
  /** No task arrives from then on. */
  readonly arrivalsEnd: UnixSeconds;
  /** The run ends here even if tasks are left or workers are not yet let go. */
  readonly limit: UnixSeconds;
  /** Awaited after each iteration; virtual time stands still meanwhile. */
  readonly onIteration?: (tally: DecisionTally) => Promise<void> | void;
}

/**
 * Runs the production loop on a simulation until all tasks are done and each pool is back at its
 * minimum, or the limit is reached.
 */
export async function simulateLoop(
  fleet: Fleet,
  simulation: Simulation,
  { arrivalsEnd, limit, onIteration }: LoopRun,
): Promise<DecisionTally> {
  const { clock, queues, clouds, prices, workers, notifier } = simulation;
  const recorder = new DecisionTally();
  const stop = new AbortController();
  const state = new MemoryState();
  const world = { clock, queues, clouds, prices, workers, notifier, state, recorder };
  const loop = runLoop(fleet, world, stop.signal).finally(() => stop.abort());
  // Awaited below; until then a failure must not count as unhandled.
  loop.catch(() => {});
  let iterations = 0;
  await clock.run(limit, stop.signal, async () => {
    if (recorder.iterations === iterations) return;
    iterations = recorder.iterations;
    await onIteration?.(recorder);
    if (clock.now() >= arrivalsEnd && isSettled(fleet, simulation)) stop.abort();
  });
  stop.abort();
  await loop;
  return recorder;
}

/** Nothing waits or runs, and no pool has a worker that its minimum does not need. */
function isSettled(fleet: Fleet, { work, host }: Simulation): boolean {
  for (const { claimed, pendingTasks } of work.values()) {
    if (claimed > 0 || pendingTasks > 0) return false;
  }
  const running = [...host.running];
  return fleet.pools.every((pool) => {
    const capacities: Slots[] = running
      .filter((instance) => instance.pool === pool)
      .map(({ capacity }) => capacity);
    const whole = capacities.reduce((sum, capacity) => sum + capacity, 0);
    return capacities.length === 0 || whole - Math.min(...capacities) < pool.capacity.min;
  });
}
