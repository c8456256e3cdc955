/** What the scenarios share: fleets whose types cost what a test says, and runs of the loop. */
import type { MarketName } from '../../pool/names.ts';
import type { Fleet } from '../../pool/pool.ts';
import type { DecisionTally } from '../../sim/decision-tally.ts';
import type { SimulatedInstance } from '../../sim/instance-host.ts';
import type { PriceSource } from '../../sim/market.ts';
import { simulateLoop } from '../../sim/simulate-loop.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { anInstance, start } from './small-world.ts';

export const minute = 60;
export const hour = 3600;

/** Types of one slot, cheapest first: spot costs 0.10, 0.11, 0.12 ... USD per hour, on-demand 0.30. */
export const types = ['a.large', 'b.large', 'c.large', 'd.large', 'e.large'];
export const choices = types.map((type) => anInstance({ type }));

export const typePrices: PriceSource = {
  onDemand: () => 0.3,
  spot: ({ instanceType }) => {
    return [{ at: start, price: spotPrice(instanceType) }].values();
  },
};

export function spotPrice(instanceType: string): number {
  return 0.1 + 0.01 * types.indexOf(instanceType);
}

/** Runs the loop for so long, whatever there is to do. */
export function runLoopUntil(
  fleet: Fleet,
  simulation: Simulation,
  offset: number,
  onIteration?: (tally: DecisionTally) => void,
): Promise<DecisionTally> {
  const end = start + offset;
  const options = { arrivalsEnd: end, limit: end };
  return simulateLoop(fleet, simulation, onIteration ? { ...options, onIteration } : options);
}

/** Whether an offering can be had from so long after the start on. */
export function setAvailable(
  { clock, prices }: Simulation,
  offset: number,
  available: boolean,
  offerings: readonly (readonly [zone: string, type: string, market: MarketName])[],
): void {
  clock.at(start + offset, () => {
    for (const [zone, type, market] of offerings) {
      prices.find(zone, type, market)!.available = available;
    }
  });
}

/** What was launched, as seconds after the start, market and type. */
export function launches({ host }: Simulation): { at: number; market: MarketName; type: string }[] {
  return host.instances.map(({ launchedAt, offering: { market, instanceType } }) => ({
    at: launchedAt - start,
    market,
    type: instanceType,
  }));
}

export function isBusy({ worker, endedAt }: SimulatedInstance): boolean {
  return endedAt === null && (worker?.attempts.length ?? 0) > 0;
}

/** Offsets of arrivals, `count` at a time. */
export function every(interval: number, until: number, count = 1): number[] {
  const times = Math.ceil(until / interval);
  return Array.from({ length: times * count }, (_, index) => Math.floor(index / count) * interval);
}
