import { onDemandPrice } from '../pool/catalogue.ts';
import { loadFleet } from '../pool/load.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import { SimulationError } from '../sim/check-fleet.ts';
import { measuredOn, poolAlone, type Scenario, utilityPerSlot } from '../sim/compare/scenario.ts';
import { demoWorkload } from '../sim/demo-workload.ts';
import { defaultParameters } from '../sim/parameters.ts';
import { builtInPrices, marketRegions } from '../sim/simulation.ts';
import { showDuration, showTime } from '../sim/traces/durations.ts';
import { firstStart, priceSourceOf } from '../sim/traces/price-source.ts';
import { readSpotPrices, type SpotPriceTable } from '../sim/traces/prices.ts';
import { readTasks, type TraceTask } from '../sim/traces/tasks.ts';
import { unusable } from '../sim/traces/trace-error.ts';
import { generateWorkload } from '../sim/workload.ts';
import type { SimulateOptions } from './simulate.ts';

/** What is simulated, and where it came from, for people. */
export interface SimulationInput {
  readonly scenario: Scenario;
  readonly tasks: string;
  readonly prices: string;
  readonly measuredOn: string;
}

/** Monday, 6 March 2023, 00:00 UTC: within the months that the price model was fitted to. */
const defaultStart: UnixSeconds = Date.UTC(2023, 2, 6) / 1000;
const defaultHours = 24;
/** A trace that begins so long after its zero counts from something else, such as 1970. */
const latestFirst: Seconds = 366 * 86_400;

/**
 * Reads the declaration and the files. `tell` is given what went in and came out, and each repair.
 * @throws DeclarationError, TraceError or SimulationError for what a person can mend.
 */
export async function readInput(
  options: SimulateOptions,
  tell: (line: string) => void,
): Promise<SimulationInput> {
  const declared = loadFleet(options.config);
  const { fleet, pool } = chosenPool(declared, options);
  const reference = measuredOn(pool, options.measuredOn ?? null);
  const worker = {
    ...defaultParameters.worker,
    referenceUtilityPerSlot: utilityPerSlot(reference),
  };
  const parameters = { ...defaultParameters, worker };
  const table = await readTable(pool, options, tell);
  const start = startOf(fleet, table, options);
  const { tasks, duration, from } = readWork(pool, start, options, tell);
  const span = { start, end: endOf(tasks, start) };
  const prices =
    table === null
      ? builtInPrices(options.seed, start, parameters)
      : replayed(fleet, table, span, options, tell);
  const arrivals = tasks.map(({ arrival, ...rest }) => ({ at: start + arrival, ...rest }));
  const rest = { duration, seed: options.seed, prices, parameters };
  return {
    scenario: { fleet, pool, tasks: arrivals, start, ...rest },
    tasks: from,
    prices:
      table === null
        ? 'on-demand prices built in, spot prices generated from them'
        : `spot prices of ${table.name} from ${showTime(start)}, on-demand prices built in`,
    measuredOn: reference.type,
  };
}

function chosenPool(declared: Fleet, { pool: asked, config, wait }: SimulateOptions) {
  const names = declared.pools.map(({ name }) => name);
  if (asked === undefined && names.length > 1) {
    throw new SimulationError(
      `${config} has several pools; choose: --pool, of ${names.join(', ')}`,
    );
  }
  const { fleet, pool } = poolAlone(declared, asked ?? names[0] ?? '');
  if (wait === undefined) return { fleet, pool };
  const changed: Pool = { ...pool, wait };
  return { fleet: { ...fleet, pools: [changed] }, pool: changed };
}

async function readTable(
  pool: Pool,
  { prices, lenient }: SimulateOptions,
  tell: (line: string) => void,
): Promise<SpotPriceTable | null> {
  if (prices === undefined) return null;
  const instanceTypes = pool.instances.map(({ type }) => type);
  const table = await readSpotPrices(prices, { lenient: lenient === true, instanceTypes });
  const { rowsIn, changesOut, ofOtherTypes, repairs } = table.counts;
  tell(
    `${prices}: ${rowsIn} rows in, ${changesOut} price changes out, ${ofOtherTypes} of other types`,
  );
  for (const { text } of repairs) tell(`${prices}: ${text}`);
  return table;
}

function startOf(
  fleet: Fleet,
  table: SpotPriceTable | null,
  { start }: SimulateOptions,
): UnixSeconds {
  if (start !== undefined) return start;
  if (table === null) return defaultStart;
  return firstStart(table, marketRegions(fleet)) ?? [...table.zones.values()][0]!.first;
}

interface Work {
  readonly tasks: readonly TraceTask[];
  readonly duration: Seconds;
  readonly from: string;
}

function readWork(
  pool: Pool,
  start: UnixSeconds,
  { tasks: file, seed, hours = defaultHours, lenient }: SimulateOptions,
  tell: (line: string) => void,
): Work {
  if (file === undefined) {
    const duration = hours * 3600;
    const tasks = generateWorkload(seed, pool.id, { start, duration }, demoWorkload).map(
      ({ at, duration: length }) => ({ arrival: at - start, duration: length }),
    );
    const from = `${tasks.length} generated tasks, like those of a build pool`;
    tell(`${from}; your own: --tasks`);
    return { tasks, duration, from };
  }
  const { tasks, counts } = readTasks(file, { lenient: lenient === true });
  tell(`${file}: ${counts.rowsIn} rows in, ${counts.tasksOut} tasks out`);
  for (const { text } of counts.repairs) tell(`${file}: ${text}`);
  const { longestSilence } = counts;
  if (longestSilence !== null) {
    const { duration, line } = longestSilence;
    tell(`${file}: longest time without a task: ${showDuration(duration)}, before line ${line}`);
  }
  const first = tasks[0]!.arrival;
  if (first > latestFirst) {
    const problem = `arrival_s: the first task is ${showDuration(first)} after the trace's zero`;
    throw unusable(
      file,
      `${problem}; allowed: within a year of it; subtract ${Math.floor(first)} from each`,
    );
  }
  return { tasks, duration: tasks.at(-1)!.arrival + 1, from: `${tasks.length} tasks of ${file}` };
}

/** When the last task has ended, at the earliest. */
function endOf(tasks: readonly TraceTask[], start: UnixSeconds): UnixSeconds {
  return tasks.reduce(
    (latest, { arrival, duration }) => Math.max(latest, start + arrival + duration),
    start,
  );
}

function replayed(
  fleet: Fleet,
  table: SpotPriceTable,
  span: { readonly start: UnixSeconds; readonly end: UnixSeconds },
  { lenient }: SimulateOptions,
  tell: (line: string) => void,
) {
  const regions = marketRegions(fleet);
  const asked = { regions, ...span, onDemand: onDemandPrice, lenient: lenient === true };
  const { prices, repairs, notes, zones } = priceSourceOf(table, asked);
  const named = [...zones].map(([zone, source]) => `${zone} as ${source}`);
  tell(`${table.name}: from ${showTime(span.start)}; ${named.join(', ')}`);
  for (const text of [...repairs.map((repair) => repair.text), ...notes])
    tell(`${table.name}: ${text}`);
  return prices;
}
