/** What the tests of peers share: offerings, workers, and runs on a cloud without chance. */
import type { Fleet } from '../../../pool/pool.ts';
import type { Offering } from '../../../scaler/decide/observation.ts';
import type { Peer, PeerWorker } from '../../../sim/peers/peer.ts';
import type { PeerTally } from '../../../sim/peers/peer-tally.ts';
import { runPeer } from '../../../sim/peers/run-peer.ts';
import type { Simulation, SimulationOptions } from '../../../sim/simulation.ts';
import { aFleet, anInstance, aPool, aSimulation, start } from '../small-world.ts';

export function anOffering(change: Partial<Offering> = {}): Offering {
  return {
    instanceType: 'c6i.xlarge',
    region: 'eu-west-1',
    zone: 'eu-west-1a',
    market: 'spot',
    price: 0.1,
    priceSource: 'live',
    meanPrice: null,
    onDemandPrice: 0.25,
    interruptionBucket: 0,
    ...change,
  };
}

export function aPeerWorker(change: Partial<PeerWorker> = {}): PeerWorker {
  return {
    instanceId: 'i-1',
    instanceType: 'c6i.xlarge',
    region: 'eu-west-1',
    zone: 'eu-west-1a',
    capacity: 1,
    launchedAt: start,
    phase: 'in-service',
    registered: true,
    busySlots: 0,
    ...change,
  };
}

/** One type of one slot, in one zone. */
export const smallFleet = aFleet([aPool({ instances: [anInstance()] })]);

export interface PeerOutcome {
  readonly simulation: Simulation;
  readonly tally: PeerTally;
  /** Seconds after the start. */
  readonly endedAt: number;
}

export interface PeerCase extends Partial<SimulationOptions> {
  readonly fleet?: Fleet;
  /** When tasks arrive, in seconds after the start, and how long each takes. */
  readonly offsets: readonly number[];
  /** One for all, or one for each. */
  readonly duration: number | readonly number[];
  /** The run ends so long after the start at the latest. Default a day. */
  readonly limit?: number;
  readonly prepare?: (simulation: Simulation) => void;
  readonly onIteration?: (simulation: Simulation) => Promise<void> | void;
}

export async function runCase(
  peer: Peer,
  { offsets, duration, limit = 86_400, prepare, onIteration, ...options }: PeerCase,
): Promise<PeerOutcome> {
  const fleet = options.fleet ?? smallFleet;
  const tasks = offsets.map((offset, index) => ({
    at: start + offset,
    duration: typeof duration === 'number' ? duration : duration[index]!,
  }));
  const arrivals = new Map([['linux', tasks]]);
  const simulation = aSimulation({ ...options, fleet, arrivals });
  prepare?.(simulation);
  const tally = await runPeer(fleet, simulation, peer, {
    arrivalsEnd: start + Math.max(...offsets) + 1,
    limit: start + limit,
    tasks: arrivals,
    seed: 1,
    onIteration: () => onIteration?.(simulation),
  });
  return { simulation, tally, endedAt: simulation.clock.now() - start };
}

/** When each instance started and ended, in seconds after the start; null: it has not ended. */
export function lives({ simulation }: PeerOutcome): (readonly [number, number | null])[] {
  return simulation.host.instances.map(({ launchedAt, endedAt }) => {
    return [launchedAt - start, endedAt === null ? null : endedAt - start] as const;
  });
}

export function theWork({ simulation }: PeerOutcome) {
  return simulation.work.get('linux')!.record;
}
