import type { Fleet } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { CloudError, type RegionObservation } from '../../scaler/ports.ts';
import { SimulationError } from '../check-fleet.ts';
import { randomStream } from '../random.ts';
import { endOfRun, isDone } from '../simulate-loop.ts';
import type { Simulation } from '../simulation.ts';
import type { TaskArrival } from '../task-queue.ts';
import type { Peer } from './peer.ts';
import { PeerTally } from './peer-tally.ts';
import { SimulatedPoolCloud } from './pool-cloud.ts';

export interface PeerRun {
  /** No task arrives from then on. */
  readonly arrivalsEnd: UnixSeconds;
  /** The run ends here even if tasks are left or workers are not yet let go. */
  readonly limit: UnixSeconds;
  /** The run ends so long after its last task is done, whatever still runs. Default: not for that. */
  readonly settleLimit?: Seconds;
  /** Tasks by pool id, from which a peer takes what its user would set by hand. */
  readonly tasks: ReadonlyMap<string, readonly TaskArrival[]>;
  /** For what a peer leaves to chance. */
  readonly seed: number;
  /** Awaited after each iteration; virtual time stands still meanwhile. */
  readonly onIteration?: (tally: PeerTally) => Promise<void> | void;
}

/**
 * Runs a peer on a simulation until all tasks are done and each pool is back at its minimum, or the
 * limit is reached. A peer that does not scale in ends with its last task.
 * @throws {SimulationError} if a pool's workers send no heartbeats: peers go by them.
 */
export async function runPeer(
  fleet: Fleet,
  simulation: Simulation,
  peer: Peer,
  { arrivalsEnd, limit, settleLimit, tasks, seed, onIteration }: PeerRun,
): Promise<PeerTally> {
  const { clock } = simulation;
  const silent = fleet.pools.find(({ heartbeats }) => !heartbeats);
  if (silent) throw new SimulationError(`pool ${silent.name}: its workers send no heartbeats`);
  const tally = new PeerTally();
  const stop = new AbortController();
  const loop = repeat(fleet, simulation, peer, { tally, tasks, seed, stop }).finally(() =>
    stop.abort(),
  );
  // Awaited below; until then a failure must not count as unhandled.
  loop.catch(() => {});
  const isOver = endOfRun(fleet, simulation, settleLimit);
  let iterations = 0;
  await clock.run(limit, stop.signal, async () => {
    if (tally.iterations === iterations) return;
    iterations = tally.iterations;
    await onIteration?.(tally);
    if (clock.now() < arrivalsEnd) return;
    if (peer.scalesIn ? isOver() : isDone(simulation)) stop.abort();
  });
  stop.abort();
  await loop;
  return tally;
}

interface Repetition extends Pick<PeerRun, 'tasks' | 'seed'> {
  readonly tally: PeerTally;
  readonly stop: AbortController;
}

async function repeat(
  fleet: Fleet,
  simulation: Simulation,
  peer: Peer,
  { tally, tasks, seed, stop: { signal } }: Repetition,
): Promise<void> {
  const { clock, clouds, workers } = simulation;
  const pools = fleet.pools.map((pool) => {
    const cloud = new SimulatedPoolCloud(fleet.name, pool, simulation, tally);
    const random = randomStream(seed, `peer ${peer.name} ${pool.id}`);
    const setup = { pool, tasks: tasks.get(pool.id) ?? [], random };
    return { cloud, iterate: peer.start(setup, cloud) };
  });
  const iteration = async () => {
    const observed = new Map<string, RegionObservation>();
    for (const cloud of clouds) {
      tally.calls.describe++;
      observed.set(cloud.region, await cloud.observe());
    }
    for (const { cloud, iterate } of pools) {
      await orTally(tally, () => iterate(cloud.look(observed)));
    }
  };
  while (!signal.aborted) {
    await orTally(tally, iteration);
    workers.setDraining(new Set(pools.flatMap(({ cloud }) => [...cloud.draining])));
    tally.iterations++;
    await clock.sleep(peer.interval, signal);
  }
}

/** A call that fails ends a round; the next one goes by what is there then. */
async function orTally(tally: PeerTally, round: () => Promise<void>): Promise<void> {
  try {
    await round();
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    tally.callFailed(error.code);
  }
}
