import type { Seconds, UnixSeconds } from '../../pool/units.ts';

/** So many events in so much time stop something for so long. */
export interface BreakerRule {
  readonly count: number;
  readonly within: Seconds;
  readonly pause: Seconds;
}

/** Until when the breaker is open after these events, in order; null: it is closed. */
export function openUntil(
  { count, within, pause }: BreakerRule,
  events: readonly UnixSeconds[],
): UnixSeconds | null {
  for (let last = events.length - 1; last >= count - 1; last -= 1) {
    const first = events[last - count + 1]!;
    if (events[last]! - first <= within) return events[last]! + pause;
  }
  return null;
}
