/** What to do with one pool, and why: the output of a decision. Plain data. */
import type { MarketName } from '../../pool/names.ts';
import type { Slots, UnixSeconds } from '../../pool/units.ts';
import type { Notice } from './notice.ts';
import type { Override, WorkerWarning } from './observation.ts';
import type { Reason } from './reason.ts';

export interface Decision {
  readonly pool: string;
  readonly at: UnixSeconds;
  /** Counts up by one for each decision of the pool. */
  readonly sequence: number;
  /** Slots in each worker state before the decision; each worker is counted once. */
  readonly capacity: CapacityByState;
  /** Slots that the pool should have, after all limits. */
  readonly target: Slots;
  readonly groups: readonly GroupDecision[];
  /** Workers to ask to finish and take nothing more. */
  readonly drain: readonly WorkerChoice[];
  /** Workers to end now: drained, or never of use. */
  readonly terminate: readonly WorkerChoice[];
  /** Every difference between raw demand and the result, in the order in which it arose. */
  readonly reasons: readonly Reason[];
  /** What the pool's owner should hear of, each incident once. */
  readonly notices: readonly Notice[];
}

/** The seven states of a worker, in slots. */
export interface CapacityByState {
  /** Asked for, no instance yet. */
  readonly requested: Slots;
  /** An instance exists, its worker has not said a word. */
  readonly booting: Slots;
  /** Ready, and nothing runs on these slots. */
  readonly idle: Slots;
  readonly busy: Slots;
  /** Finishing what it has; takes nothing more. */
  readonly draining: Slots;
  readonly stopping: Slots;
  /** Booted but never of use, silent for too long, or gone from EC2. */
  readonly lost: Slots;
}

export interface GroupDecision {
  readonly name: string;
  readonly region: string;
  readonly market: MarketName;
  /** With the slots of `launches`. */
  readonly desiredCapacity: Slots;
  /** Slots that this decision asks for on top of what was there and asked for. */
  readonly addedSlots: Slots;
  /** Launches whose zone is named; the rest of what is missing is left to the group. */
  readonly launches: readonly ZoneLaunch[];
  /** null: leave what is there. */
  readonly overrides: readonly Override[] | null;
  /** USD per weighted unit and hour; null: no cap. */
  readonly spotMaxPrice: number | null;
}

export interface ZoneLaunch {
  readonly zone: string;
  readonly slots: Slots;
}

export interface WorkerChoice {
  readonly instanceId: string;
  readonly group: string;
  readonly region: string;
  readonly because: LeaveCause;
}

/** Why a worker is to leave. */
export type LeaveCause =
  | 'surplus'
  | 'drained'
  | 'missing'
  | 'silent'
  | 'over-age'
  | 'outdated'
  | 'not-working'
  | 'not-yet-booted'
  | 'ordered'
  | WorkerWarning['kind'];
