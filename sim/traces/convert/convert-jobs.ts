import { z } from 'zod';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import { type ReadOptions, shortestTask, type TraceTask, taskColumns } from '../tasks.ts';
import { ProblemLog, type Repair, unusable } from '../trace-error.ts';
import type { JobOutcome, JobSource } from './job-source.ts';
import { readDocuments } from './read-documents.ts';

export interface ConvertOptions extends ReadOptions {
  /** Only tasks with one of these labels; a `*` at a label's end stands for any ending. Empty: all. */
  readonly labels: readonly string[];
}

/** A file's name, and what is in it. */
export interface JobFile {
  readonly name: string;
  readonly text: string;
}

export interface Conversion {
  /** By arrival, the first at 0. */
  readonly tasks: readonly TraceTask[];
  /** The trace's zero. */
  readonly start: UnixSeconds;
  /** Jobs found, or runs of jobs where a system keeps several together. */
  readonly jobsIn: number;
  /** Jobs that are no tasks, by reason: together with the tasks and `repairs`, all that came in. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Tasks of which something was assumed, by what it was. */
  readonly assumed: ReadonlyMap<string, number>;
  /** What was mended, among it tasks of 0 s, which become 1 s. */
  readonly repairs: readonly Repair[];
}

const mendings = {
  'malformed job': { plural: 'malformed jobs', done: 'left out' },
  'job that ends before it starts': { plural: 'jobs that end before they start', done: 'left out' },
};

type Log = ProblemLog<keyof typeof mendings>;

/**
 * Tasks from the jobs of a CI system.
 * @throws TraceError when a file is not JSON, or holds no job; strict, when a job is malformed
 */
export function convertJobs(
  source: JobSource,
  files: readonly JobFile[],
  { labels, lenient }: ConvertOptions,
): Conversion {
  const all: JobOutcome[] = [];
  const repairs: Repair[] = [];
  for (const { name, text } of files) {
    const log: Log = new ProblemLog(name, mendings);
    all.push(...outcomesOf(source, name, text, log));
    if (!log.isEmpty && !lenient) throw log.error();
    repairs.push(...log.repairs());
  }
  const leftOut = new Map<string, number>();
  const assumed = new Map<string, number>();
  const tasks: { at: UnixSeconds; duration: Seconds }[] = [];
  let raised = 0;
  for (const outcome of all) {
    const because = whyNot(outcome, labels);
    if (because !== null) count(leftOut, because);
    if (because !== null || outcome.kind !== 'task') continue;
    if (outcome.assumed !== undefined) count(assumed, outcome.assumed);
    if (outcome.duration === 0) raised++;
    tasks.push({ at: outcome.arrivedAt, duration: outcome.duration || shortestTask });
  }
  if (raised > 0) {
    const text = `${raised} of 0 s raised to ${shortestTask} s`;
    repairs.push({ kind: 'duration of 0', count: raised, text });
  }
  const malformed = repairs.filter(({ kind }) => kind in mendings);
  const jobsIn = all.length + malformed.reduce((sum, { count }) => sum + count, 0);
  const start = tasks.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return {
    tasks: tasks
      .sort((a, b) => a.at - b.at)
      .map(({ at, duration }) => ({ arrival: at - start, duration })),
    start,
    jobsIn,
    leftOut,
    assumed,
    repairs,
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The tasks as CSV, to the millisecond. */
export function printTasks(tasks: readonly TraceTask[]): string {
  const rows = tasks.map(({ arrival, duration }) => `${print(arrival)},${print(duration)}`);
  return `${[taskColumns.join(','), ...rows].join('\n')}\n`;
}

function print(value: Seconds): string {
  return String(Math.round(value * 1000) / 1000);
}

/** null: it is a task that was asked for. */
function whyNot(outcome: JobOutcome, wanted: readonly string[]): string | null {
  if (outcome.kind === 'left-out') return outcome.because;
  if (wanted.length === 0) return null;
  const matches = outcome.labels.some((label) => wanted.some((one) => isLabel(label, one)));
  return matches ? null : `without the label ${wanted.join(' or ')}`;
}

function isLabel(label: string, wanted: string): boolean {
  return wanted.endsWith('*') ? label.startsWith(wanted.slice(0, -1)) : label === wanted;
}

function outcomesOf(source: JobSource, name: string, text: string, log: Log): JobOutcome[] {
  const outcomes: JobOutcome[] = [];
  for (const { place, value } of readDocuments(name, text)) {
    const before = place === '' ? '' : `${place}: `;
    for (const job of findJobs(source, value, '')) {
      if (!job.found) {
        const where = `${before}${job.path || 'all of it'}`;
        throw unusable(name, `${where}: no job of ${source.name}; allowed: ${source.input}`);
      }
      const parsed = source.schema.safeParse(job.value);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const key = z.core.toDotPath(issue?.path ?? []);
        const path = key === '' ? job.path : `${job.path}.${key}`;
        log.add('malformed job', `${before}${path}`, () => issue?.message ?? 'not a job');
        continue;
      }
      for (const outcome of source.outcomes(parsed.data)) {
        if (outcome.kind === 'task' && outcome.duration < 0) {
          const message = () => `it took ${outcome.duration} s; allowed: at least 0`;
          log.add('job that ends before it starts', `${before}${job.path}`, message);
        } else outcomes.push(outcome);
      }
    }
  }
  return outcomes;
}

interface Found {
  readonly path: string;
  readonly value: unknown;
  /** False: it is neither a job nor holds any. */
  readonly found: boolean;
}

/** All jobs in a document, whether it is one, a list, a page, or lists of pages. */
function* findJobs(source: JobSource, value: unknown, path: string): Generator<Found> {
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) yield* findJobs(source, one, `${path}[${index}]`);
    return;
  }
  const record: Readonly<Record<string, unknown>> | null =
    typeof value === 'object' && value !== null ? { ...value } : null;
  const found = record !== null && source.isJob(record);
  const key = found
    ? undefined
    : source.containers.find((one) => typeof record?.[one] === 'object' && record[one] !== null);
  if (key === undefined) yield { path, value, found };
  else yield* findJobs(source, record?.[key], path === '' ? key : `${path}.${key}`);
}
