import { parse } from 'csv-parse/sync';
import { showValue } from '../../pool/finding.ts';
import type { Seconds } from '../../pool/units.ts';
import { showDuration } from './durations.ts';
import { findGaps, longestSilence } from './gaps.ts';
import { readBytes } from './read-bytes.ts';
import { ProblemLog, type Repair, unusable } from './trace-error.ts';

/** A task of a trace: when it came, and how long it ran on the worker that it had. */
export interface TraceTask {
  /** From the trace's zero; at least 0. */
  readonly arrival: Seconds;
  /** Greater than 0. */
  readonly duration: Seconds;
}

/** What went in and what came out: `rowsIn` = `tasksOut` + what `repairs` says was left out. */
export interface TraceCounts {
  /** Rows after the header, empty lines not counted. */
  readonly rowsIn: number;
  readonly tasksOut: number;
  /** Empty: the file was taken as it is. */
  readonly repairs: readonly Repair[];
  /** Null: there is but one task. */
  readonly longestSilence: { readonly duration: Seconds; readonly line: number } | null;
}

export interface TaskTrace {
  /** By arrival, at least one. */
  readonly tasks: readonly TraceTask[];
  readonly counts: TraceCounts;
}

export interface ReadOptions {
  /** Whether to mend what is wrong, and count it, where strictness would be an error. */
  readonly lenient: boolean;
}

/** The first line of a file of tasks. */
export const taskColumns = ['arrival_s', 'duration_s'] as const;
/** What a duration of 0 becomes: systems that count whole seconds have such tasks. */
export const shortestTask: Seconds = 1;

const mendings = {
  'missing header': { plural: 'missing headers', done: 'read as arrival_s,duration_s' },
  'malformed row': { plural: 'malformed rows', done: 'left out' },
  'duration of 0': { plural: 'durations of 0', done: `raised to ${shortestTask} s` },
  'row that goes back in time': { plural: 'rows that go back in time', done: 'sorted in' },
  gap: { plural: 'gaps', done: 'kept, as times in which no task comes' },
};

type Log = ProblemLog<keyof typeof mendings>;

interface Row extends TraceTask {
  readonly line: number;
}

/**
 * Reads a trace of tasks: CSV with the header `arrival_s,duration_s`, gzipped or not, times in
 * seconds from any zero, in order of arrival. What a gap is, {@link findGaps} says.
 *
 * Lenient: malformed rows are left out, durations of 0 become 1 s, rows are sorted, a header that is
 * missing is assumed, gaps stay as they are; `counts.repairs` tells of each.
 *
 * @throws TraceError with the first ten problems and a count of all: strict, for any of the above;
 *   in any case for a file that cannot be read, is empty, or has no usable row.
 */
export function readTasks(file: string, { lenient }: ReadOptions): TaskTrace {
  const log: Log = new ProblemLog(file, mendings);
  const records = recordsOf(file, readBytes(file));
  const body = withoutHeader(file, records, log);
  const rows: Row[] = [];
  for (const { cells, line } of body) {
    const row = readRow(cells, line, log);
    if (row !== null) rows.push(row);
  }
  const sorted = inOrder(rows, log);
  for (const { index, duration } of findGaps(sorted.map(({ arrival }) => arrival))) {
    const { line, arrival } = sorted[index]!;
    log.add('gap', `line ${line}`, () => {
      const since = `since ${arrival - duration} s`;
      return `no task comes for ${showDuration(duration)} ${since}, which nothing else in the file is like`;
    });
  }
  if (!log.isEmpty && !lenient) throw log.error();
  if (sorted.length === 0) {
    throw unusable(file, `no task in ${body.length} rows; allowed: at least one`);
  }
  const counts = countsOf(body.length, sorted, log);
  return { tasks: sorted.map(({ arrival, duration }) => ({ arrival, duration })), counts };
}

interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Not blank, numbered as an editor numbers lines (as long as no cell holds a line break). */
function recordsOf(name: string, bytes: Buffer): readonly CsvRecord[] {
  let records: string[][];
  try {
    records = parse(bytes, { bom: true, trim: true, relax_column_count: true, relax_quotes: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(name, `not CSV: ${reason}; allowed: two columns, ${taskColumns.join(',')}`);
  }
  return records
    .map((cells, index) => ({ cells, line: index + 1 }))
    .filter(({ cells }) => cells.length > 1 || cells[0] !== '');
}

function withoutHeader(
  name: string,
  records: readonly CsvRecord[],
  log: Log,
): readonly CsvRecord[] {
  const [first, ...body] = records;
  if (first === undefined) {
    const header = taskColumns.join(',');
    throw unusable(name, `empty; allowed: the header ${header}, and a row for each task`);
  }
  if (first.cells.join() === taskColumns.join()) return body;
  const got = showValue(first.cells.join(','));
  const message = `got ${got}; allowed: the header ${taskColumns.join(',')}, in the first line`;
  // Columns of other names may be other things, so nothing is assumed of them.
  if (!isHeaderless(first)) throw unusable(name, `line ${first.line}: ${message}`);
  log.add('missing header', `line ${first.line}`, () => message);
  return records;
}

function isHeaderless({ cells }: CsvRecord): boolean {
  return cells.length === taskColumns.length && cells.every((cell) => numberOf(cell) !== null);
}

/** null: the row cannot be used, and is counted. */
function readRow(cells: readonly string[], line: number, log: Log): Row | null {
  const [arrivalText = '', durationText = ''] = cells;
  const arrival = numberOf(arrivalText);
  const duration = numberOf(durationText);
  const place = `line ${line}`;
  if (cells.length !== taskColumns.length) {
    log.add('malformed row', place, () => {
      const got = showValue(cells.join(','));
      return `got ${got}, ${cells.length} columns; allowed: 2, ${taskColumns.join(',')}`;
    });
    return null;
  }
  if (arrival === null || duration === null) {
    const index = arrival === null ? 0 : 1;
    log.add('malformed row', place, () => {
      const got = showValue(cells[index]);
      return `${taskColumns[index]}: got ${got}; allowed: seconds, such as 12 or 12.345, at least 0`;
    });
    return null;
  }
  if (duration > 0) return { arrival, duration, line };
  log.add('duration of 0', place, () => {
    return `${taskColumns[1]}: got ${durationText}; allowed: seconds, greater than 0`;
  });
  return { arrival, duration: shortestTask, line };
}

/** A finite number, at least 0, as people write it; null: it is none. */
function numberOf(text: string): number | null {
  if (!/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function inOrder(rows: readonly Row[], log: Log): readonly Row[] {
  let latest: Row | null = null;
  for (const row of rows) {
    const before: Row | null = latest;
    if (before !== null && row.arrival < before.arrival) {
      log.add('row that goes back in time', `line ${row.line}`, () => {
        const allowed = 'allowed: at least that, since rows are in order of arrival';
        const after = `${before.arrival} (line ${before.line})`;
        return `${taskColumns[0]}: got ${row.arrival} after ${after}; ${allowed}`;
      });
    } else {
      latest = row;
    }
  }
  const isSorted = log.countOf('row that goes back in time') === 0;
  // Sorting keeps the order of equals.
  return isSorted ? rows : [...rows].sort((a, b) => a.arrival - b.arrival);
}

function countsOf(rowsIn: number, sorted: readonly Row[], log: Log): TraceCounts {
  const longest = longestSilence(sorted.map(({ arrival }) => arrival));
  return {
    rowsIn,
    tasksOut: sorted.length,
    repairs: log.repairs(),
    longestSilence: longest && { duration: longest.duration, line: sorted[longest.index]!.line },
  };
}
