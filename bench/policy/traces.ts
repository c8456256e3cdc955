import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { TaskArrival } from '../../sim/task-queue.ts';
import { readTasks } from '../../sim/traces/tasks.ts';
import { BenchInputError } from './input-error.ts';

/** Beside the project's folder: the data are others' and not part of it. */
const data = new URL('../../../shared/data/', import.meta.url);

export interface Trace {
  readonly name: string;
  readonly file: string;
  /** Arrivals are multiplied by this. */
  readonly scale: number;
  /** Why its file needs leniency; null: it does not. */
  readonly lenientBecause: string | null;
}

export const traces: readonly Trace[] = [
  {
    name: 'gecko-3-b-linux',
    file: 'jobs/firefox-ci-2020-08.gecko-3-b-linux.csv.gz',
    scale: 1,
    lenientBecause: null,
  },
  {
    name: 'gecko-t-t-win10-64',
    file: 'jobs/firefox-ci-2020-08.gecko-t-t-win10-64.csv.gz',
    scale: 1,
    lenientBecause: null,
  },
  {
    name: 'nasa',
    file: 'jobs/nasa-ipsc-1993.csv.gz',
    scale: 0.1,
    lenientBecause: 'one time without jobs is longer than its rhythm explains',
  },
];

/** @throws BenchInputError when it is not there, with how to get it. */
export function dataFile(path: string): string {
  const file = fileURLToPath(new URL(path, data));
  if (existsSync(file)) return file;
  throw new BenchInputError(
    `${path} is not in ../shared/data beside the project's folder; docs/simulate.md says where ` +
      'the public data are and how to get them',
  );
}

/** @param hours of arrivals, after scaling; 0: all */
export function tasksOf(trace: Trace, start: UnixSeconds, hours: number): readonly TaskArrival[] {
  const end: Seconds = hours === 0 ? Number.POSITIVE_INFINITY : hours * 3600;
  const { tasks } = readTasks(dataFile(trace.file), { lenient: trace.lenientBecause !== null });
  return tasks
    .map(({ arrival, duration }) => ({ at: arrival * trace.scale, duration }))
    .filter(({ at }) => at < end)
    .map(({ at, duration }) => ({ at: start + at, duration }));
}
