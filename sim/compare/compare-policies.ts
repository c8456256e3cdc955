import { marketRegions } from '../simulation.ts';
import { lowerBound } from './lower-bound.ts';
import { priceSeriesOf } from './price-series.ts';
import type { Comparison, PolicyResult } from './result.ts';
import { runPolicy } from './run-policy.ts';
import type { Scenario } from './scenario.ts';

export interface ComparisonRequest {
  readonly scenario: Scenario;
  /** Of `policyNames`; at least one. */
  readonly policies: readonly string[];
  /** Where tasks and prices came from, for people. */
  readonly tasks: string;
  readonly prices: string;
  /** Instance type on which durations are taken to have been measured. */
  readonly measuredOn: string;
  /** Told how much is done, 0 to 1, and which policy runs. */
  readonly onProgress?: (share: number, policy: string) => void;
}

/** Runs policies one after the other on the same tasks, prices and cloud. */
export async function comparePolicies(request: ComparisonRequest): Promise<Comparison> {
  const { scenario, policies, onProgress } = request;
  const { fleet, pool, seed, start, duration, prices, parameters } = scenario;
  const bound = lowerBound({ ...scenario, regions: marketRegions(fleet), wait: pool.wait });
  const results: PolicyResult[] = [];
  for (const [index, policy] of policies.entries()) {
    const result = await runPolicy(policy, scenario, {
      lowerBound: bound,
      onProgress: (share) => onProgress?.((index + share) / policies.length, policy),
    });
    results.push(result);
  }
  const ends = results.map(({ timeline }) => timeline.at(-1)!.at);
  const end = Math.max(start + duration, ...ends);
  const priceSeries = priceSeriesOf(results, { regions: marketRegions(fleet), prices, start, end });
  return {
    fleet: fleet.name,
    pool: pool.name,
    seed,
    start,
    duration,
    wait: pool.wait,
    tasks: request.tasks,
    prices: request.prices,
    measuredOn: request.measuredOn,
    lowerBound: bound,
    results,
    priceSeries,
    parameters,
  };
}
