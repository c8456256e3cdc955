import type { BreakerRule } from '../../pool/pool.ts';
import type { UnixSeconds } from '../../pool/units.ts';

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
