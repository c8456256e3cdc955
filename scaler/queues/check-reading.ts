import type { ReportedWorker } from '../ports.ts';
import { longestAge, mostReportedWorkers, mostTasks } from './limits.ts';
import type { SourceReading } from './source.ts';

/** What keeps a reading from being one, such as a count below zero; null: nothing. */
export function faultOfReading(reading: SourceReading): string | null {
  const { pending, claimed, oldestPendingAge = null, workers = [] } = reading;
  return (
    faultOfCount('pending', pending) ??
    (claimed === null ? null : faultOfCount('claimed', claimed)) ??
    (oldestPendingAge === null ? null : faultOfAge(oldestPendingAge)) ??
    faultOfWorkers(workers)
  );
}

function faultOfCount(name: string, count: number): string | null {
  if (Number.isInteger(count) && count >= 0 && count <= mostTasks) return null;
  return `expected a count of 0 to ${mostTasks} tasks for ${name}, got ${count}`;
}

function faultOfAge(age: number): string | null {
  if (Number.isFinite(age) && age >= 0 && age <= longestAge) return null;
  return `expected an age of 0 to ${longestAge} s for the oldest task, got ${age}`;
}

function faultOfWorkers(workers: readonly ReportedWorker[]): string | null {
  if (workers.length > mostReportedWorkers) {
    return `expected at most ${mostReportedWorkers} workers, got ${workers.length}`;
  }
  for (const { name, busySlots, capacity } of workers) {
    const fault =
      faultOfCount(`busy slots of ${name}`, busySlots) ??
      (capacity === null ? null : faultOfCount(`slots of ${name}`, capacity));
    if (fault !== null) return fault;
  }
  return null;
}
