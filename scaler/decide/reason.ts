/**
 * Why a decision is what it is, as data: logs, metrics, `explain` and tests read the same values.
 * A reason is added where the thing happens and is never parsed back from text.
 */
import type { MarketName } from '../../pool/names.ts';
import type { Seconds, Slots, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { LeaveCause } from './decision.ts';
import type { StandInCause } from './fallback.ts';
import type { RefusalCause } from './refusals.ts';

export type Reason =
  /** Slots wanted for the wait target before any limit, and what they came from. */
  | {
      readonly kind: 'demand';
      readonly pending: number;
      readonly claimed: number | null;
      readonly slots: Slots;
      readonly taskDuration: Seconds;
      readonly bootTime: Seconds;
    }
  /** Tasks left to slots that come free, or workers that finish booting, before the tasks are due. */
  | { readonly kind: 'absorbed'; readonly tasks: number }
  /** The target cannot be met by starting workers now: booting alone takes longer. */
  | {
      readonly kind: 'late';
      readonly tasks: number;
      readonly bootTime: Seconds;
      readonly wait: Seconds;
    }
  /** Boots last longer than any seen before, and have been replaced once. */
  | { readonly kind: 'overdue'; readonly slots: Slots }
  | { readonly kind: 'minimum'; readonly from: Slots; readonly to: Slots }
  | { readonly kind: 'maximum'; readonly from: Slots; readonly to: Slots }
  | {
      readonly kind: 'group-minimum' | 'group-maximum';
      readonly group: string;
      readonly from: Slots;
      readonly to: Slots;
    }
  /** The queue could not be read: nothing is scaled in, and only the minimum is kept up. */
  | { readonly kind: 'queue-unknown'; readonly error: string }
  | { readonly kind: 'region-unreachable'; readonly region: string }
  /** The region answered but has no group of this pool: its Terraform is not applied there. */
  | { readonly kind: 'no-group'; readonly region: string }
  /** Someone replaces its instances, or it would refuse to end one: its workers stay. */
  | { readonly kind: 'instance-refresh' | 'terminate-suspended'; readonly group: string }
  | { readonly kind: 'scale-out'; readonly slots: Slots }
  | { readonly kind: 'steady' }
  /** Capacity that is asked for but not yet there is given up first. */
  | { readonly kind: 'unfulfilled-dropped'; readonly group: string; readonly slots: Slots }
  /** Surplus that is kept, and why. */
  | {
      readonly kind: 'surplus-kept';
      readonly slots: Slots;
      readonly because: KeptCause;
    }
  | {
      readonly kind: 'drain' | 'terminate';
      readonly instanceId: string;
      readonly because: LeaveCause;
    }
  /** A worker that was to drain is wanted again. */
  | { readonly kind: 'drain-cancelled'; readonly instanceId: string }
  | {
      readonly kind: 'offering-rejected';
      readonly because: RejectionCause;
      readonly offerings: number;
    }
  | {
      readonly kind: 'offering-chosen';
      readonly instanceType: string;
      readonly region: string;
      readonly market: 'spot' | 'on-demand';
      readonly price: UsdPerHour;
      /** USD per hour / utility. */
      readonly pricePerUtility: number;
      /** Expected USD per unit of finished work. */
      readonly cost: number;
    }
  | { readonly kind: 'no-offering'; readonly market: MarketName }
  /** Free slots kept ready beyond what the queue calls for. */
  | { readonly kind: 'buffer'; readonly slots: Slots }
  /** Kept free since this share of tasks has started late. */
  | { readonly kind: 'spare'; readonly slots: Slots; readonly lateShare: number }
  /** The schedule's minimum holds now. */
  | { readonly kind: 'scheduled-minimum'; readonly min: Slots }
  /** Another rule than the wait target says how many slots there should be. */
  | {
      readonly kind: 'rule';
      readonly rule: 'ratio' | 'task' | 'fixed' | 'schedule';
      readonly slots: Slots;
    }
  | { readonly kind: 'paused' }
  /** Nothing more is launched for now: boots of this image fail, or the budget is spent. */
  | { readonly kind: 'boots-fail'; readonly failures: number; readonly until: UnixSeconds }
  | { readonly kind: 'budget-spent'; readonly spent: number; readonly budget: number }
  /** The limit that all pools share let only a part through. */
  | { readonly kind: 'launch-limit'; readonly from: Slots; readonly to: Slots }
  /** On-demand stands in for spot. */
  | {
      readonly kind: 'on-demand-stands-in';
      /** `earlier`: it has been standing in since an earlier decision. */
      readonly because: StandInCause | 'earlier';
      readonly until: UnixSeconds;
      /** Spot slots given up for it. */
      readonly moved: Slots;
    }
  | { readonly kind: 'on-demand-share'; readonly slots: Slots }
  | { readonly kind: 'interrupted'; readonly instanceId: string; readonly instanceType: string }
  /** Prices were not live: the best of what was known was used. */
  | { readonly kind: 'price-degraded'; readonly source: 'last-known' | 'on-demand' | 'none' };

export type ReasonKind = Reason['kind'];

/** Why an offering is not used. */
export type RejectionCause = 'no-price' | 'above-max-price' | 'market-not-allowed' | RefusalCause;

/** Why a worker that is not needed stays all the same. */
export type KeptCause =
  | 'busy'
  | 'booting'
  | 'idle-time'
  | 'no-word'
  | 'instance-refresh'
  | 'terminate-suspended'
  | 'group-minimum'
  | 'too-large';
