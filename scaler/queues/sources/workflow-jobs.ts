/** Jobs of workflows, as GitHub Actions and those that follow it have them. */
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import type { ReportedTask } from '../../ports.ts';
import type { SourceReading } from '../source.ts';

export interface WorkflowJob {
  /** Unlike that of every other job of its source. */
  readonly id: string;
  readonly labels: readonly string[];
  /** `other`: it waits for something beside a runner, such as an approval. */
  readonly state: 'waiting' | 'running' | 'finished' | 'other';
  readonly createdAt: UnixSeconds | null;
  /** Of one that ran to its end by itself; null: not told, or it was ended. */
  readonly duration: Seconds | null;
  readonly runner: string | null;
}

export function countJobs(jobs: readonly WorkflowJob[], now: UnixSeconds): SourceReading {
  const waiting = jobs.filter(({ state }) => state === 'waiting');
  const since = waiting.flatMap(({ createdAt }) => createdAt ?? []);
  return {
    pending: waiting.length,
    claimed: jobs.filter(({ state }) => state === 'running').length,
    oldestPendingAge: since.length === 0 ? null : Math.max(0, now - Math.min(...since)),
  };
}

/** Tells once of each job that was seen running and has finished since. */
export class FinishedJobs {
  #running = new Set<string>();

  take(jobs: readonly WorkflowJob[]): readonly WorkflowJob[] {
    const finished = jobs.filter(({ id, state }) => state === 'finished' && this.#running.has(id));
    const running = jobs.filter(({ state }) => state === 'running');
    this.#running = new Set(running.map(({ id }) => id));
    return finished;
  }
}

/** For systems that list active jobs only: knows which of those that ran are no longer among them. */
export class RunningJobs<Job extends WorkflowJob> {
  #running: readonly Job[] = [];

  left(active: readonly Job[]): readonly Job[] {
    const seen = new Set(active.map(({ id }) => id));
    const gone = this.#running.filter(({ id }) => !seen.has(id));
    const running = active.filter(({ state }) => state === 'running');
    this.#running = [...new Map(running.map((job) => [job.id, job])).values()];
    return gone;
  }
}

export function tasksOf(finished: readonly WorkflowJob[]): readonly ReportedTask[] {
  return finished.flatMap(({ runner, duration }) =>
    duration === null ? [] : [{ worker: runner, duration }],
  );
}

/** Seconds since 1970 of an ISO 8601 date; null: there is none. */
export function instantOf(date: string | null | undefined): UnixSeconds | null {
  const instant = Date.parse(date ?? '') / 1000;
  // Go's zero time, which some send for none.
  return Number.isFinite(instant) && instant > 0 ? instant : null;
}
