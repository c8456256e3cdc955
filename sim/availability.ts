import { parse } from 'csv-parse/sync';
import type { Seconds } from '../pool/units.ts';
import type { Random } from './random.ts';
import { readBytes } from './traces/read-bytes.ts';
import { ProblemLog, unusable } from './traces/trace-error.ts';

/** When spot instances could be had in one zone, as somebody saw it, from its start to its end. */
export interface AvailabilityTrace {
  /** Such as `us-east-1a v100_1`. */
  readonly name: string;
  /** In order of time, alternating, each longer than nothing. */
  readonly runs: readonly AvailabilityRun[];
}

export interface AvailabilityRun {
  readonly available: boolean;
  readonly duration: Seconds;
}

/** The first line of a file of availability traces. */
export const availabilityColumns = [
  'trace',
  'zone',
  'resource',
  'tick_s',
  'run_start_tick',
  'run_length_ticks',
  'available_nodes',
] as const;

type Row = Readonly<Record<(typeof availabilityColumns)[number], string>>;

const mendings = {
  'malformed row': { plural: 'malformed rows', done: 'not read' },
  'row out of order': { plural: 'rows out of order', done: 'not read' },
};

/**
 * Reads availability traces: CSV with the header of {@link availabilityColumns}, gzipped or not. A row
 * is a run of `run_length_ticks` ticks of `tick_s` seconds in which `available_nodes` nodes could be
 * had; the runs of a trace are in order and without gaps.
 * @throws TraceError that names each wrong line
 */
export function readAvailabilityTraces(file: string): readonly AvailabilityTrace[] {
  let rows: string[][];
  try {
    rows = parse(readBytes(file), { relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    if (error instanceof Error && error.name === 'TraceError') throw error;
    throw unusable(file, `not CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
  const [header, ...body] = rows;
  if (header?.join() !== availabilityColumns.join()) {
    const got = header === undefined ? 'nothing' : header.join();
    throw unusable(file, `its first line is ${got}; allowed: ${availabilityColumns.join()}`);
  }
  if (body.length === 0) throw unusable(file, 'no rows; allowed: at least one');
  const problems = new ProblemLog<keyof typeof mendings>(file, mendings);
  const traces = new Map<string, { name: string; runs: AvailabilityRun[]; nextTick: number }>();
  for (const [index, cells] of body.entries()) {
    const place = `line ${index + 2}`;
    const row = rowOf(cells);
    if (row === null) {
      problems.add('malformed row', place, () => `${cells.join()}; allowed: ${allowedRow}`);
      continue;
    }
    const known = traces.get(row.trace) ?? {
      name: `${row.zone} ${row.resource}`,
      runs: [],
      nextTick: Number(row.run_start_tick),
    };
    traces.set(row.trace, known);
    if (Number(row.run_start_tick) !== known.nextTick) {
      const got = `trace ${row.trace} goes on at tick ${row.run_start_tick}`;
      problems.add('row out of order', place, () => `${got}; allowed: ${known.nextTick}`);
      continue;
    }
    known.nextTick += Number(row.run_length_ticks);
    addRun(known.runs, {
      available: Number(row.available_nodes) > 0,
      duration: Number(row.run_length_ticks) * Number(row.tick_s),
    });
  }
  if (!problems.isEmpty) throw problems.error();
  return [...traces.values()].map(({ name, runs }) => ({ name, runs }));
}

const allowedRow =
  'whole numbers of at least 0, a tick of at least 1 s and a run of at least 1 tick';

function rowOf(cells: readonly string[]): Row | null {
  if (cells.length !== availabilityColumns.length) return null;
  const row = Object.fromEntries(
    availabilityColumns.map((name, index) => [name, cells[index]!]),
  ) as Row;
  const atLeastOne = [row.tick_s, row.run_length_ticks];
  const whole = [...atLeastOne, row.run_start_tick, row.available_nodes];
  const right = whole.every((text) => /^\d{1,9}$/.test(text)) && atLeastOne.every(Number);
  return right ? row : null;
}

/** Two runs that are alike are one. */
function addRun(runs: AvailabilityRun[], run: AvailabilityRun): void {
  const last = runs[runs.length - 1];
  if (last?.available !== run.available) {
    runs.push(run);
    return;
  }
  runs[runs.length - 1] = { ...last, duration: last.duration + run.duration };
}

/**
 * A trace for an offering, drawn at random and begun at a random time in it; over and over again.
 * The first run is what is left of the one that it begins in.
 */
export function* replayAvailability(
  traces: readonly AvailabilityTrace[],
  random: Random,
): Generator<AvailabilityRun, void> {
  const { runs } = traces[random.integer(traces.length)]!;
  const whole = runs.reduce((sum, { duration }) => sum + duration, 0);
  let left = random.uniform() * whole;
  let index = 0;
  while (left >= runs[index]!.duration) {
    left -= runs[index]!.duration;
    index = (index + 1) % runs.length;
  }
  yield { ...runs[index]!, duration: runs[index]!.duration - left };
  while (true) {
    index = (index + 1) % runs.length;
    yield runs[index]!;
  }
}
