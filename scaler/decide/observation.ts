/**
 * What was seen of one pool, and when: the input of a decision. Plain data, so that it can be
 * written down, replayed and sent through `muster decide`.
 */

import type { MarketName } from '../../pool/names.ts';
import type { Pool } from '../../pool/pool.ts';
import type { Seconds, Slots, UnixSeconds, UsdPerHour } from '../../pool/units.ts';

/** The part of a pool that a decision reads. */
export type PoolPolicy = Pick<
  Pool,
  'name' | 'regions' | 'heartbeats' | 'capacity' | 'wait' | 'instances' | 'market' | 'lifecycle'
>;

export interface Observation {
  /** The time of the decision; nothing in the core reads a clock. */
  readonly at: UnixSeconds;
  readonly queue: QueueReading;
  /** The pool's groups in every region that answered. */
  readonly groups: readonly GroupObservation[];
  /** Regions of the pool that did not answer this time. */
  readonly unreachableRegions: readonly string[];
  /** Every offering of the pool's types that is known of. */
  readonly offerings: readonly Offering[];
  /** Tasks that workers reported finished since the last observation. */
  readonly finishedTasks: readonly FinishedTask[];
}

/** A throttled call, an empty answer and a real zero are three things; so `unknown` is not zero. */
export type QueueReading =
  | {
      readonly status: 'known';
      readonly readAt: UnixSeconds;
      /** Tasks not yet taken. */
      readonly pending: number;
      /** Tasks running on a worker; null: the queue does not tell. */
      readonly claimed: number | null;
      /** Age of the oldest pending task; null: not known, or none is pending. */
      readonly oldestPendingAge: Seconds | null;
    }
  | { readonly status: 'unknown'; readonly error: string };

/** Instance type x zone x market, with a price, or known unavailable. */
export interface Offering {
  readonly instanceType: string;
  readonly region: string;
  readonly zone: string;
  readonly market: MarketName;
  /** null: no price is known. */
  readonly price: UsdPerHour | null;
  readonly priceSource: PriceSource;
}

/** Where a price came from, best first. */
export type PriceSource = 'live' | 'last-known' | 'on-demand' | 'none';

export interface GroupObservation {
  readonly name: string;
  readonly region: string;
  readonly market: MarketName;
  readonly desiredCapacity: Slots;
  /** The group's own limits, which AWS enforces. */
  readonly min: Slots;
  readonly max: Slots;
  readonly overrides: readonly Override[];
  /** Per weighted unit, as AWS reads it; null: no cap. */
  readonly spotMaxPrice: number | null;
  /** Someone else's instance refresh is under way: hold overrides and scale-in. */
  readonly instanceRefresh: boolean;
  readonly workers: readonly WorkerObservation[];
}

/** One entry of a mixed instances policy. */
export interface Override {
  readonly instanceType: string;
  /** The type's capacity, 1 to 999. */
  readonly weight: Slots;
}

export interface WorkerObservation {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly zone: string;
  /** What the group counts it for. */
  readonly weight: Slots;
  readonly launchedAt: UnixSeconds;
  readonly phase: WorkerPhase;
  /** The worker's last word; null: it has sent none. */
  readonly heartbeat: Heartbeat | null;
}

/** The group's word on an instance: `Pending*`, `InService`, `Terminating*`, or gone from EC2. */
export type WorkerPhase = 'pending' | 'in-service' | 'terminating' | 'gone';

/** The worker's own word. */
export interface Heartbeat {
  readonly at: UnixSeconds;
  /** Tasks it can run at once. */
  readonly capacity: Slots;
  /** Tasks it runs now. */
  readonly busySlots: Slots;
  /** False: it takes no new task. */
  readonly taking: boolean;
}

export interface FinishedTask {
  readonly instanceType: string;
  readonly duration: Seconds;
}
