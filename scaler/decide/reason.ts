/**
 * Why a decision is what it is, as data: logs, metrics, `explain` and tests read the same values.
 * A reason is added where the thing happens and is never parsed back from text.
 */
import type { Seconds, Slots, UsdPerHour } from '../../pool/units.ts';

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
  | { readonly kind: 'instance-refresh'; readonly group: string }
  | { readonly kind: 'scale-out'; readonly slots: Slots }
  | { readonly kind: 'steady' }
  /** Capacity that is asked for but not yet there is given up first. */
  | { readonly kind: 'unfulfilled-dropped'; readonly group: string; readonly slots: Slots }
  /** Surplus that is kept, and why. */
  | {
      readonly kind: 'surplus-kept';
      readonly slots: Slots;
      readonly because: 'busy' | 'booting' | 'idle-time' | 'no-word' | 'instance-refresh';
    }
  | {
      readonly kind: 'drain' | 'terminate';
      readonly instanceId: string;
      readonly because: 'surplus' | 'drained' | 'missing' | 'silent' | 'over-age';
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
    }
  | { readonly kind: 'no-offering' }
  /** Prices were not live: the best of what was known was used. */
  | { readonly kind: 'price-degraded'; readonly source: 'last-known' | 'on-demand' | 'none' };

export type ReasonKind = Reason['kind'];

/** Why an offering is not used. */
export type RejectionCause = 'no-price' | 'above-max-price' | 'market-not-allowed' | 'no-capacity';
