/** What a price was over a time, from its changes. Pure. */
import type { PriceHistory } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds, UsdPerHour } from '../../pool/units.ts';

/** A price and since when it has been in force. */
export interface PriceChange {
  readonly price: UsdPerHour;
  readonly since: UnixSeconds;
}

/**
 * The price that counts: the one in force now, or the time-weighted mean or the largest of those in
 * force at any time of the window that ends now.
 * @param changes oldest first; null: none is in force yet
 */
export function countingPrice(
  changes: readonly PriceChange[],
  { statistic, window }: Pick<PriceHistory, 'statistic' | 'window'>,
  now: UnixSeconds,
): UsdPerHour | null {
  const from = statistic === 'latest' ? now : now - window;
  const pieces = inForce(changes, from, now);
  const latest = pieces.at(-1);
  if (latest === undefined) return null;
  switch (statistic) {
    case 'latest':
      return latest.price;
    case 'mean':
      return meanPrice(changes, window, now);
    case 'max':
      return Math.max(...pieces.map(({ price }) => price));
  }
}

/**
 * Mean over the window that ends now, each price weighted with the time that it was in force:
 *
 *     mean = sum(price x time in force) / sum(time in force)
 *
 * Changes alone would weigh an hour of many small moves more than a quiet day. Where the changes
 * begin within the window, the mean is over what is known.
 */
export function meanPrice(
  changes: readonly PriceChange[],
  window: Seconds,
  now: UnixSeconds,
): UsdPerHour | null {
  const pieces = inForce(changes, now - window, now);
  let weighted = 0;
  let time = 0;
  for (const { price, duration } of pieces) {
    weighted += price * duration;
    time += duration;
  }
  return time > 0 ? weighted / time : (pieces.at(-1)?.price ?? null);
}

/** Leaves out the changes that no window reaching back to `from` can need; keeps the one in force then. */
export function withoutOlder(
  changes: readonly PriceChange[],
  from: UnixSeconds,
): readonly PriceChange[] {
  const first = changes.findLastIndex(({ since }) => since <= from);
  return first <= 0 ? changes : changes.slice(first);
}

/** Adds changes to those known, oldest first, each time once: a later read of it wins. */
export function merged(
  known: readonly PriceChange[],
  news: readonly PriceChange[],
): readonly PriceChange[] {
  const bySince = new Map([...known, ...news].map((change) => [change.since, change]));
  return [...bySince.values()].sort((one, other) => one.since - other.since);
}

function inForce(
  changes: readonly PriceChange[],
  from: UnixSeconds,
  to: UnixSeconds,
): { readonly price: UsdPerHour; readonly duration: Seconds }[] {
  return changes.flatMap(({ price, since }, index) => {
    const end = Math.min(changes[index + 1]?.since ?? to, to);
    const start = Math.max(since, from);
    // A price that the next one replaces at `from` was not in force within the time.
    const last = index === changes.length - 1 || (changes[index + 1]?.since ?? to) > to;
    if (since > to || end < start || (end === start && !last)) return [];
    return [{ price, duration: end - start }];
  });
}
