import type { PriceHistory } from '../pool/pool.ts';
import type { UnixSeconds, UsdPerHour } from '../pool/units.ts';
import type { PricePoint } from './spot-prices.ts';

/** Change points of one offering's price in order of time, at least one. */
export type PriceRecord = readonly PricePoint[];

/** The price at a time since it was first known; the first price before that. */
export function priceAt(record: PriceRecord, time: UnixSeconds): UsdPerHour {
  return record[indexAt(record, time)]!.price;
}

/** The price that counts at `now` where a pool wants this statistic. */
export function countedPrice(
  record: PriceRecord,
  { statistic, window }: Pick<PriceHistory, 'statistic' | 'window'>,
  now: UnixSeconds,
): UsdPerHour {
  if (statistic === 'latest' || window <= 0) return priceAt(record, now);
  if (statistic === 'max') return maxPrice(record, now - window, now);
  return meanPrice(record, now - window, now);
}

/** Weighted by how long each price held between the two times, of which `from` is the earlier. */
export function meanPrice(record: PriceRecord, from: UnixSeconds, to: UnixSeconds): UsdPerHour {
  let sum = 0;
  let since = from;
  let index = indexAt(record, from);
  for (; index + 1 < record.length && record[index + 1]!.at < to; index++) {
    const until = record[index + 1]!.at;
    sum += record[index]!.price * (until - since);
    since = until;
  }
  return (sum + record[index]!.price * (to - since)) / (to - from);
}

function maxPrice(record: PriceRecord, from: UnixSeconds, to: UnixSeconds): UsdPerHour {
  let index = indexAt(record, from);
  let most = record[index]!.price;
  for (index++; index < record.length && record[index]!.at <= to; index++) {
    most = Math.max(most, record[index]!.price);
  }
  return most;
}

/** Of the price that holds at a time; found by halving. */
function indexAt(record: PriceRecord, time: UnixSeconds): number {
  let low = 0;
  let high = record.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (record[middle]!.at <= time) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
