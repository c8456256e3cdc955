import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerBound } from '../../../sim/compare/lower-bound.ts';
import { policyNames, runPolicy } from '../../../sim/compare/run-policy.ts';
import { defaultParameters } from '../../../sim/parameters.ts';
import { builtInPrices, marketRegions } from '../../../sim/simulation.ts';
import { aFleet, anInstance, aPool, spotMarket, start } from '../small-world.ts';
import { aScenario } from './compared-world.ts';

const instance = fc.record({
  type: fc.constantFrom('c6i.xlarge', 'c7g.2xlarge', 'm6a.4xlarge'),
  capacity: fc.integer({ min: 1, max: 4 }),
  utility: fc.double({ min: 0.5, max: 6, noNaN: true }),
});
const instances = fc.uniqueArray(instance, { minLength: 1, selector: ({ type }) => type });
const task = fc.record({
  offset: fc.integer({ min: 0, max: 7200 }),
  duration: fc.integer({ min: 1, max: 5000 }),
});

const runs = fc.record({
  instances,
  tasks: fc.array(task, { minLength: 1, maxLength: 25 }),
  policy: fc.constantFrom(...policyNames),
  seed: fc.nat(1000),
  onDemand: fc.boolean(),
  /** Times the default rate: up to an interruption every hour or so. */
  interruptions: fc.constantFrom(0, 1, 3000),
  /** Prices that move by a third in an hour. */
  hourlyVolatility: fc.constantFrom(0, 0.3),
});

describe('the lower bound', () => {
  // A wait as long as the longest time from arrival to finish is one that every task kept.
  it('is at most what any policy pays, what EC2 gave back counted in', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(runs, async ({ tasks: drawn, policy, seed, ...change }) => {
        const market = spotMarket(change.onDemand ? { onDemandAfter: 60 } : {});
        const choices = change.instances.map((one) => anInstance(one));
        const pool = aPool({ instances: choices, market });
        const fleet = aFleet([pool], 2);
        const tasks = drawn
          .map(({ offset, duration }) => ({ at: start + offset, duration }))
          .sort((a, b) => a.at - b.at);
        const { interruptions, spotPrices } = defaultParameters;
        const parameters = {
          ...defaultParameters,
          interruptions: { ...interruptions, multiplier: change.interruptions },
          spotPrices: {
            ...spotPrices,
            hourlyVolatility: change.hourlyVolatility,
            changeInterval: 1200,
          },
        };
        const prices = builtInPrices(seed, start, parameters);
        const world = { fleet, pool, tasks, duration: 7201, seed, prices, parameters };
        const scenario = aScenario(world);
        const { usd, refunded, summary } = await runPolicy(policy, scenario, { lowerBound: null });
        if (summary.tasks.finished < tasks.length) return;
        compared += 1;
        const wait = summary.flowTime.longest;
        const bound = lowerBound({ ...scenario, regions: marketRegions(fleet), wait });
        expect(bound).toBeGreaterThan(0);
        expect(usd + refunded).toBeGreaterThanOrEqual(bound * (1 - 1e-9));
      }),
      { numRuns: 40 },
    );
    expect(compared).toBeGreaterThan(20);
  });
});
