/** What a decision must know of the past. Plain data, carried from one decision to the next. */
import type { MarketName } from '../../pool/names.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { BootTimes } from './boot-times.ts';
import type { Spend } from './budget.ts';
import type { LeaveCause } from './decision.ts';
import type { SpotDelivery } from './fallback.ts';
import type { IdleSpells } from './idle-time.ts';
import type { InterruptionRecords } from './interruption-rate.ts';
import type { Incidents } from './notice.ts';
import type { WorkerWarning } from './observation.ts';
import type { Refusals } from './refusals.ts';
import type { Completions } from './slot-time.ts';

export interface Memory {
  /** Of the shape of this object; a store that holds another one is migrated or refused. */
  readonly version: 1;
  readonly sequence: number;
  /** When the last decision was made; null: there was none. */
  readonly decidedAt: UnixSeconds | null;
  /** Duration of a task on a slot, of a boot from launch to first word, and of a worker's life. */
  readonly taskDuration: Estimate;
  readonly bootTime: Estimate;
  readonly lifetime: Estimate;
  readonly bootTimes: BootTimes;
  readonly completions: Completions;
  /** Share of tasks that started later than the wait target. */
  readonly lateShare: number;
  readonly idleSpells: IdleSpells;
  /** When the youngest worker that was ever heard was launched; null: none was. */
  readonly bootedLaunchedAt: UnixSeconds | null;
  /** Since when the queue has had neither pending nor claimed tasks; null: it has some. */
  readonly quietSince: UnixSeconds | null;
  /** Since when tasks have been waiting without a break; null: none is. */
  readonly pendingSince: UnixSeconds | null;
  /** Since when slots have been asked for and no worker has come; null: none are outstanding. */
  readonly outstandingSince: UnixSeconds | null;
  /** Tasks claimed when the queue was last read; null: it never was. */
  readonly claimed: number | null;
  /** Pending tasks by arrival, oldest first. */
  readonly waiting: readonly Cohort[];
  /** Whether any worker of the pool ever sent a heartbeat. */
  readonly heard: boolean;
  /** By instance id; forgotten when the instance is. */
  readonly workers: Readonly<Record<string, WorkerMemory>>;
  /** Offerings left alone for a while. */
  readonly refusals: Refusals;
  readonly interruptions: InterruptionRecords;
  readonly spotDelivery: SpotDelivery;
  /** Boots that failed since the last one that did not. */
  readonly failedBoots: readonly UnixSeconds[];
  /** What was spent in the current day and month (UTC). */
  readonly spend: { readonly day: Spend; readonly month: Spend } | null;
  /** Corrections of declared utilities, by type; empty unless the pool learns them. */
  readonly learnedUtility: Readonly<Record<string, LearnedUtility>>;
  /** What the owner has been told of. */
  readonly incidents: Incidents;
}

/** Pending tasks that arrived between two readings of the queue. */
export interface Cohort {
  readonly arrivedAt: UnixSeconds;
  readonly tasks: number;
}

export interface WorkerMemory {
  /** Where it runs, so that its end can be told apart from others'. */
  readonly instanceType: string;
  readonly region: string;
  readonly zone: string;
  readonly market: MarketName;
  readonly launchedAt: UnixSeconds;
  /** When it was last heard, while we listened; null: it has not spoken. */
  readonly heardAt: UnixSeconds | null;
  /** Since when it has been free of tasks; null: it is not. */
  readonly idleSince: UnixSeconds | null;
  /** When it was asked to drain; null: it was not. */
  readonly drainingSince: UnixSeconds | null;
  /** Why it was; null: it was not. */
  readonly drainBecause: LeaveCause | null;
  /** When the request to drain was taken back; null: it was not, or its word has come since. */
  readonly recalledAt: UnixSeconds | null;
  /** It was found not to take work, and has taken none since. */
  readonly unused: boolean;
  /** We ended it, or its interruption is counted already: its disappearance is not another one. */
  readonly ended: boolean;
  /** What EC2 said of its end, the gravest word first heard; null: nothing. */
  readonly warning: Pick<WorkerWarning, 'at' | 'kind'> | null;
}

/** Exponentially weighted mean and mean absolute deviation of what was observed. */
export interface Estimate {
  readonly mean: Seconds;
  readonly deviation: Seconds;
  readonly samples: number;
}

export interface LearnedUtility {
  /** Tasks' mean duration on a slot of this type. */
  readonly taskDuration: Estimate;
  /** What the declared utility is multiplied by, 0.5 to 2. */
  readonly factor: number;
}
