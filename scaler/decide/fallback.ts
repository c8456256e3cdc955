import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';

/** How spot has been delivering, and until when on-demand stands in for it. */
export interface SpotDelivery {
  /** Since when spot capacity that is asked for has not come; null: nothing is outstanding. */
  readonly waitingSince: UnixSeconds | null;
  /** On-demand stands in until then; null: spot is in use. */
  readonly onDemandUntil: UnixSeconds | null;
  /** Times in a row that on-demand had to stand in. */
  readonly times: number;
}

export const spotDelivers: SpotDelivery = { waitingSince: null, onDemandUntil: null, times: 0 };

/** On-demand stands in for this long before spot is tried again; each further time twice as long. */
const firstStandIn: Seconds = 600;
const longestStandIn: Seconds = 3_600;

export interface SpotProgress {
  readonly at: UnixSeconds;
  /** Spot slots asked for that no instance stands for yet. */
  readonly outstanding: Slots;
  /** A spot worker came since the last look. */
  readonly delivered: boolean;
  /** No spot offering may be used now: none has a price under its cap, or all were refused. */
  readonly nothingToOffer: boolean;
  /** Spot may fail to deliver for this long; null: on-demand never stands in. */
  readonly onDemandAfter: Seconds | null;
}

export type StandInCause = 'deadline' | 'no-spot-offering';

/**
 * Whether on-demand is to stand in for spot. An auto scaling group never does this by itself: its
 * spot share is constant, so what falls back is desired capacity, from one group to the other.
 *
 * It stands in at once when no spot offering may be used, and when what was asked for has not come
 * within `onDemandAfter`; any spot worker that comes starts that time anew. After ten minutes, twice
 * as long each further time and at most an hour, new capacity is asked of spot again.
 */
export function followSpot(
  before: SpotDelivery,
  progress: SpotProgress,
): { delivery: SpotDelivery; cause: StandInCause | null } {
  const { at, outstanding, delivered, nothingToOffer, onDemandAfter } = progress;
  if (onDemandAfter === null) return { delivery: spotDelivers, cause: null };
  const standingIn = before.onDemandUntil !== null && at < before.onDemandUntil;
  const waitingSince =
    outstanding === 0 || standingIn ? null : delivered ? at : (before.waitingSince ?? at);
  const overdue = waitingSince !== null && at - waitingSince >= onDemandAfter;
  if (!standingIn && (overdue || nothingToOffer)) {
    const times = before.times + 1;
    const standIn = Math.min(longestStandIn, firstStandIn * 2 ** (times - 1));
    return {
      delivery: { waitingSince: null, onDemandUntil: at + standIn, times },
      cause: nothingToOffer ? 'no-spot-offering' : 'deadline',
    };
  }
  const times = delivered && !standingIn ? 0 : before.times;
  const onDemandUntil = standingIn ? before.onDemandUntil : null;
  return { delivery: { waitingSince, onDemandUntil, times }, cause: null };
}
