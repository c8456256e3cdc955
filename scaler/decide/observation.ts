/**
 * What was seen of one pool, and when: the input of a decision. Plain data, so that it can be
 * written down, replayed and sent through `muster decide`.
 */

import type { MarketName } from '../../pool/names.ts';
import type { Budget, Pool } from '../../pool/pool.ts';
import type { Seconds, Slots, UnixSeconds, UsdPerHour } from '../../pool/units.ts';

/** The part of a pool that a decision reads. */
export type PoolPolicy = Pick<
  Pool,
  | 'name'
  | 'regions'
  | 'heartbeats'
  | 'capacity'
  | 'wait'
  | 'instances'
  | 'market'
  | 'lifecycle'
  | 'scaling'
  | 'buffer'
  | 'coldStart'
  | 'placement'
  | 'breakers'
  | 'budget'
  | 'paused'
  | 'learnUtility'
  | 'disk'
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
  /** Launches that failed since the last observation. */
  readonly launchFailures: readonly LaunchFailure[];
  /** What EC2 said since the last observation of workers that it may end. */
  readonly warnings: readonly WorkerWarning[];
  /** The minimum that the pool's schedule sets now; 0: none. */
  readonly scheduledMin: Slots;
  /** Most slots that may be added now, as all pools share a limit; null: no limit. */
  readonly allowance: Slots | null;
  /** What all pools of the fleet have spent of its budget; null: it has none. */
  readonly fleetSpend: FleetSpend | null;
}

/** A budget that pools share, and what is spent of it. */
export interface FleetSpend {
  readonly budget: Budget;
  readonly usd: number;
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
  /** Of the last 24 hours; null: not read, or not known. */
  readonly meanPrice: UsdPerHour | null;
  /** What the type costs on-demand there; null: not known. */
  readonly onDemandPrice: UsdPerHour | null;
  /** AWS's published interruption frequency, 0 (under 5 % a month) to 4 (over 20 %); null: none. */
  readonly interruptionBucket: number | null;
}

/** A launch that the cloud could not make. */
export interface LaunchFailure {
  readonly at: UnixSeconds;
  readonly region: string;
  readonly market: MarketName;
  /** null: the cloud did not say, so the group as a whole backs off. */
  readonly instanceType: string | null;
  /** null: not said, so it counts for every zone. */
  readonly zone: string | null;
  readonly cause: 'no-capacity' | 'price-rejected' | 'quota';
}

/** EC2's word that it may end a spot worker. */
export interface WorkerWarning {
  readonly instanceId: string;
  readonly at: UnixSeconds;
  /**
   * `interruption`: it ends within two minutes. `rebalance`: it is at elevated risk of that. (EC2 user
   * guide, "Spot Instance interruption notices" and "EC2 instance rebalance recommendations".)
   */
  readonly kind: 'interruption' | 'rebalance';
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
  /** The group would refuse to end an instance: its process for that is suspended. */
  readonly terminateSuspended: boolean;
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
  /** Its image or template is not the one that a new worker would get. */
  readonly outdated: boolean;
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
  /** How long someone has held it for debugging; absent: nobody does. The worker counts itself busy then. */
  readonly heldSeconds?: Seconds | undefined;
  /** Held for as long as is allowed, and no longer; absent: no. */
  readonly holdOver?: boolean | undefined;
}

export interface FinishedTask {
  readonly instanceType: string;
  readonly duration: Seconds;
}
