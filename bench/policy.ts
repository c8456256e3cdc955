import { onDemandPrice } from '../pool/catalogue.ts';
import { parseFleet } from '../pool/load.ts';
import { DecisionCpu } from '../sim/compare/decision-cpu.ts';
import { lowerBound } from '../sim/compare/lower-bound.ts';
import type { PolicyResult } from '../sim/compare/result.ts';
import { policyNames, runPolicy } from '../sim/compare/run-policy.ts';
import { measuredOn, poolAlone, type Scenario, utilityPerSlot } from '../sim/compare/scenario.ts';

import { defaultParameters, type SimulationParameters } from '../sim/parameters.ts';
import { marketRegions } from '../sim/simulation.ts';
import { priceSourceOf } from '../sim/traces/price-source.ts';
import { readSpotPrices } from '../sim/traces/prices.ts';
import { declarationOf, referenceType, region } from './policy/declaration.ts';
import { BenchInputError } from './policy/input-error.ts';
import { dataFile, tasksOf, traces } from './policy/traces.ts';

export const description =
  'cost and wait of every policy on real tasks and prices, median of seeds';

/**
 * traces, policies: names with commas between, or all. types: all or x86. wait and boot (median):
 * seconds. depth: most instances of a spot offering, 0 for the model's own. refusals: how many times as
 * long an offering's capacity is missing. hours: only so many of each trace, 0 for all.
 */
export const parameters = {
  ...{ seeds: 3, wait: 120, traces: 'all', policies: 'all', types: 'all' },
  ...{ depth: 0, refusals: 1, boot: defaultParameters.boot.readyMedian, hours: 0 },
};

/** Monday, 6 March 2023, 00:00 UTC. */
const start = Date.UTC(2023, 2, 6) / 1000;

/** One after the other, so that none takes the other's CPU. */
export async function run(asked: typeof parameters) {
  const chosenTraces = chosen(
    'traces',
    asked.traces,
    traces.map(({ name }) => name),
  );
  const policies = chosen('policies', asked.policies, policyNames);
  const [types] = asked.types === 'all' ? ['all'] : chosen('types', asked.types, ['x86']);
  const declaration = declarationOf({ wait: asked.wait, x86Only: types === 'x86' });
  const { fleet, pool } = poolAlone(parseFleet(declaration, 'bench.yaml'), 'linux');
  const instanceTypes = pool.instances.map(({ type }) => type);
  const table = await readSpotPrices(dataFile(`spot/${region}.csv.gz`), {
    lenient: false,
    instanceTypes,
  });
  const rows: Readonly<Record<string, string | number>>[] = [];
  for (const trace of traces.filter(({ name }) => chosenTraces.includes(name))) {
    const tasks = tasksOf(trace, start, asked.hours);
    const regions = marketRegions(fleet);
    const end = Math.max(...tasks.map(({ at, duration }) => at + duration));
    const span = { start, end, onDemand: onDemandPrice, lenient: false };
    const { prices } = priceSourceOf(table, { regions, ...span });
    const duration = tasks.at(-1)!.at - start + 1;
    const simulated = parametersOf(asked, utilityPerSlot(measuredOn(pool, referenceType)));
    const scenario = { fleet, pool, tasks, start, duration, prices, parameters: simulated };
    const bound = lowerBound({ ...scenario, regions, wait: pool.wait });
    for (const policy of policies) {
      const runs = [];
      for (let seed = 1; seed <= asked.seeds; seed += 1) {
        runs.push(await measure(policy, { ...scenario, seed }, bound));
      }
      rows.push({ policy, trace: trace.name, ...medians(runs) });
    }
  }
  return { rows };
}

type Figures = Readonly<Record<string, number>>;

async function measure(policy: string, scenario: Scenario, bound: number): Promise<Figures> {
  const cpu = new DecisionCpu(() => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  const result = await runPolicy(policy, scenario, { lowerBound: bound, cpu });
  return { ...figuresOf(result), decisionCpuSeconds: cpu.seconds };
}

function figuresOf({ usd, ratioToBound, summary, apiCalls }: PolicyResult): Figures {
  const { wait, flowTime, tasks, instances, idleShare } = summary;
  return {
    usd,
    ratioToBound: ratioToBound ?? Number.NaN,
    waitP50Seconds: wait.p50,
    waitP95Seconds: wait.p95,
    waitP99Seconds: wait.p99,
    longestWaitSeconds: wait.longest,
    arrivalToFinishP95Seconds: flowTime.p95,
    idlePercent: 100 * idleShare,
    boots: instances.launched,
    interruptions: instances.interrupted,
    tasksLostToScaleIn: tasks.terminated,
    tasksUnfinished: tasks.arrived - tasks.finished,
    apiCalls,
  };
}

/** Of each figure by itself, to as many digits as are worth reading; the lower of two in the middle. */
function medians(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0]!);
  return Object.fromEntries(
    names.map((name) => {
      const sorted = runs.map((figures) => figures[name]!).sort((a, b) => a - b);
      const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
      return [name, Number(median.toFixed(decimals(name)))];
    }),
  );
}

function decimals(name: string): number {
  if (name === 'ratioToBound') return 3;
  if (name === 'decisionCpuSeconds') return 4;
  return name === 'usd' ? 2 : name === 'idlePercent' ? 1 : 0;
}

function parametersOf(
  { depth, refusals, boot }: typeof parameters,
  referenceUtilityPerSlot: number,
): SimulationParameters {
  const { capacity } = defaultParameters;
  const meanMissing = capacity.spot.meanMissing * refusals;
  return {
    ...defaultParameters,
    worker: { ...defaultParameters.worker, referenceUtilityPerSlot },
    boot: { ...defaultParameters.boot, readyMedian: boot },
    capacity: {
      ...capacity,
      spot: { ...capacity.spot, meanMissing },
      depth: depth === 0 ? capacity.depth : { from: depth, to: depth },
    },
  };
}

function chosen(parameter: string, text: string, names: readonly string[]): readonly string[] {
  if (text === 'all') return names;
  const asked = text.split(',');
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown === undefined) return asked;
  throw new BenchInputError(`${parameter}: got ${unknown}; allowed: all, ${names.join(', ')}`);
}
