import { compareText } from '../../pool/compare-text.ts';
import type { UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import { priceColumns } from './prices.ts';

/** A change of a type's price in a zone. */
export interface PriceChange {
  readonly at: UnixSeconds;
  /** Id or name. */
  readonly zone: string;
  readonly instanceType: string;
  readonly price: UsdPerHour;
}

/**
 * Spot prices from `since` to `until` as `readSpotPrices` reads them, sorted by zone, type and time.
 * A change before `since` stands at it, as the price in force then; the latest price stands at
 * `until` too, so that the file tells until when it is known. Of changes to the same price, and of
 * those at one time, the first is kept.
 *
 * @param changes in any order
 */
export function printPrices(
  changes: readonly PriceChange[],
  { since, until }: { readonly since: UnixSeconds; readonly until: UnixSeconds },
): string {
  const offerings = new Map<string, PriceChange[]>();
  for (const change of changes) {
    const key = `${change.zone},${change.instanceType}`;
    const known = offerings.get(key);
    if (known) known.push(change);
    else offerings.set(key, [change]);
  }
  const rows = [...offerings]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([key, ofOne]) => rowsOf(key, ofOne, since, until));
  return `${[priceColumns.join(','), ...rows].join('\n')}\n`;
}

function rowsOf(
  key: string,
  changes: readonly PriceChange[],
  since: UnixSeconds,
  until: UnixSeconds,
): readonly string[] {
  const sorted = changes.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
  const atStart = Math.max(
    0,
    sorted.findLastIndex(({ at }) => at <= since),
  );
  const rows: string[] = [];
  let last: { readonly at: UnixSeconds; readonly price: UsdPerHour } | null = null;
  for (const { at, price } of sorted.slice(atStart)) {
    const time = Math.max(at, since);
    if (last !== null && (price === last.price || time === last.at)) continue;
    last = { at: time, price };
    rows.push(`${time},${key},${price}`);
  }
  if (last !== null && last.at < until) rows.push(`${until},${key},${last.price}`);
  return rows;
}
