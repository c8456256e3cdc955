/** What the tests of comparisons share: a scenario of the small world. */
import type { Scenario } from '../../../sim/compare/scenario.ts';
import { aFleet, aPool, certain, flatPrices, start } from '../small-world.ts';

/** Tasks at these times after the start, each as long as this. */
export function aScenario(change: Partial<Scenario> = {}): Scenario {
  const pool = change.pool ?? aPool();
  return {
    fleet: aFleet([pool]),
    pool,
    tasks: everyMinute(30, 300),
    start,
    duration: 30 * 60,
    seed: 1,
    prices: flatPrices,
    parameters: certain,
    ...change,
  };
}

export function everyMinute(count: number, duration: number) {
  return Array.from({ length: count }, (_, index) => ({ at: start + index * 60, duration }));
}
