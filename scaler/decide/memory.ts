/** What a decision must know of the past. Plain data, carried from one decision to the next. */
import type { Seconds, UnixSeconds } from '../../pool/units.ts';

export interface Memory {
  /** Of the shape of this object; a store that holds another one is migrated or refused. */
  readonly version: 1;
  readonly sequence: number;
  /** When the last decision was made; null: there was none. */
  readonly decidedAt: UnixSeconds | null;
  /** Duration of a task on a slot, and of a boot from launch to first word. */
  readonly taskDuration: Estimate;
  readonly bootTime: Estimate;
  /** Since when the queue has had neither pending nor claimed tasks; null: it has some. */
  readonly quietSince: UnixSeconds | null;
  /** Tasks claimed when the queue was last read; null: it never was. */
  readonly claimed: number | null;
  /** Pending tasks by arrival, oldest first. */
  readonly waiting: readonly Cohort[];
  /** Whether any worker of the pool ever sent a heartbeat. */
  readonly heard: boolean;
  /** By instance id; forgotten when the instance is. */
  readonly workers: Readonly<Record<string, WorkerMemory>>;
}

/** Pending tasks that arrived between two readings of the queue. */
export interface Cohort {
  readonly arrivedAt: UnixSeconds;
  readonly tasks: number;
}

export interface WorkerMemory {
  /** When it was last heard, while we listened; null: it has not spoken. */
  readonly heardAt: UnixSeconds | null;
  /** Since when it has been free of tasks; null: it is not. */
  readonly idleSince: UnixSeconds | null;
  /** When it was asked to drain; null: it was not. */
  readonly drainingSince: UnixSeconds | null;
}

/** Exponentially weighted mean and mean absolute deviation of what was observed. */
export interface Estimate {
  readonly mean: Seconds;
  readonly deviation: Seconds;
  readonly samples: number;
}
