import { compareText } from '../../pool/compare-text.ts';
import { showValue } from '../../pool/finding.ts';
import type { UnixSeconds } from '../../pool/units.ts';
import { readLines } from './read-lines.ts';
import type { ReadOptions } from './tasks.ts';
import { ProblemLog, type Repair, unusable } from './trace-error.ts';
import { regionCodeOfZone } from './zones.ts';

/** The first line of a file of spot prices. */
export const priceColumns = ['unix_time', 'zone_id', 'instance_type', 'spot_usd_per_hour'] as const;

export interface ReadPricesOptions extends ReadOptions {
  /** Only these types are kept. Default: all. */
  readonly instanceTypes?: Iterable<string>;
}

/** When the price of a type in a zone changed, and to what. */
export interface PriceChanges {
  /** UnixSeconds, ascending, at least one. */
  readonly times: Float64Array;
  /** UsdPerHour from that time on; NaN: the offer is gone. */
  readonly prices: Float64Array;
}

/** What a file tells of one zone, also of types that were not kept. */
export interface PricedZone {
  /** Short code of its region, such as `use1`. */
  readonly regionCode: string;
  readonly first: UnixSeconds;
  /** Until then prices are known: changes alone are in the file, so a price holds until the next. */
  readonly last: UnixSeconds;
}

export interface SpotPriceTable {
  /** The file's name, for messages. */
  readonly name: string;
  /** By id or name as in the file, sorted. */
  readonly zones: ReadonlyMap<string, PricedZone>;
  /** By zone, then type. */
  readonly changes: ReadonlyMap<string, ReadonlyMap<string, PriceChanges>>;
  readonly counts: PriceCounts;
}

/** What went in and what came out: `rowsIn` = `changesOut` + `ofOtherTypes` + what `repairs` left out. */
export interface PriceCounts {
  readonly rowsIn: number;
  readonly changesOut: number;
  readonly ofOtherTypes: number;
  readonly repairs: readonly Repair[];
}

const mendings = {
  'malformed row': { plural: 'malformed rows', done: 'left out' },
  'row of an unknown zone': { plural: 'rows of unknown zones', done: 'left out' },
  'row that goes back in time': { plural: 'rows that go back in time', done: 'sorted in' },
};

type Log = ProblemLog<keyof typeof mendings>;

/**
 * Reads spot prices: CSV with the header `unix_time,zone_id,instance_type,spot_usd_per_hour`, gzipped
 * or not. A row is a change: the price holds until the next one of its zone and type; an empty price
 * means that the offer is gone. Changes of a zone and type are in order of time. `zone_id` is a zone's
 * id (`use1-az4`) or name (`us-east-1a`).
 *
 * Lenient: malformed rows and rows of unknown zones are left out, rows are sorted; all of it counted.
 *
 * @throws TraceError as `readTasks` does.
 */
export async function readSpotPrices(
  file: string,
  { lenient, instanceTypes }: ReadPricesOptions,
): Promise<SpotPriceTable> {
  const log: Log = new ProblemLog(file, mendings);
  const reader = new PriceReader(log, instanceTypes ? new Set(instanceTypes) : null);
  let hasHeader = false;
  await readLines(file, (line, number) => {
    if (line === '') return;
    if (hasHeader) reader.read(line, number);
    else checkHeader(file, line, number);
    hasHeader = true;
  });
  const header = priceColumns.join(',');
  if (!hasHeader) throw unusable(file, `empty; allowed: the header ${header}, and rows`);
  if (!log.isEmpty && !lenient) throw log.error();
  const table = reader.table(file);
  if (table.zones.size > 0) return table;
  throw unusable(file, `no price in ${table.counts.rowsIn} rows; allowed: at least one`);
}

function checkHeader(file: string, line: string, number: number): void {
  const cells = line
    .replace(/^\uFEFF/, '')
    .replaceAll('"', '')
    .split(',');
  const header = priceColumns.join(',');
  if (cells.map((cell) => cell.trim()).join() === header) return;
  throw unusable(file, `line ${number}: got ${showValue(line)}; allowed: the header ${header}`);
}

interface ZoneRead {
  readonly regionCode: string;
  first: UnixSeconds;
  last: UnixSeconds;
  readonly types: Map<string, Series>;
}

/** Changes of one offering while they are read. */
interface Series {
  readonly zone: ZoneRead;
  /** False: only its times count, for the zone's. */
  readonly kept: boolean;
  readonly times: number[];
  readonly prices: number[];
  isSorted: boolean;
}

/** Most rows follow one of the same offering, so little more than two numbers of each is looked at. */
class PriceReader {
  private readonly log: Log;
  private readonly wanted: ReadonlySet<string> | null;
  private readonly zones = new Map<string, ZoneRead>();
  private rowsIn = 0;
  private ofOtherTypes = 0;
  private last: { readonly place: string; readonly series: Series } | null = null;

  constructor(log: Log, wanted: ReadonlySet<string> | null) {
    this.log = log;
    this.wanted = wanted;
  }

  read(line: string, number: number): void {
    this.rowsIn++;
    const row = line.includes('"') ? line.replaceAll('"', '') : line;
    const start = row.indexOf(',');
    const end = row.lastIndexOf(',');
    const place = row.slice(start + 1, end);
    const series =
      place === this.last?.place ? this.last.series : this.seriesOf(place, row, number);
    if (series === null) return;
    this.last = { place, series };
    const time = timeOf(row.slice(0, start));
    const price = priceOf(row.slice(end + 1));
    if (time === null || price === null) {
      this.log.add('malformed row', `line ${number}`, () => {
        if (time === null) {
          const allowed = 'allowed: seconds since 1970, such as 1700000000';
          return `unix_time: got ${showValue(row.slice(0, start))}; ${allowed}`;
        }
        const allowed = 'allowed: a price greater than 0, or empty where the offer is gone';
        return `spot_usd_per_hour: got ${showValue(row.slice(end + 1))}; ${allowed}`;
      });
      return;
    }
    this.keep(series, { time, price }, () => `line ${number}`);
  }

  private keep(
    series: Series,
    { time, price }: { time: UnixSeconds; price: number },
    place: () => string,
  ): void {
    const { zone, times, prices } = series;
    zone.first = Math.min(zone.first, time);
    zone.last = Math.max(zone.last, time);
    if (!series.kept) {
      this.ofOtherTypes++;
      return;
    }
    const before = times.at(-1);
    if (before !== undefined && time < before) {
      series.isSorted = false;
      this.log.add('row that goes back in time', place(), () => {
        const allowed = 'allowed: at least that, for the same zone and type';
        return `unix_time: got ${time} after ${before}; ${allowed}`;
      });
    }
    times.push(time);
    prices.push(price);
  }

  /** @param place `use1-az4,c6i.large`; null: the row cannot be used, and is counted. */
  private seriesOf(place: string, row: string, number: number): Series | null {
    const [zoneName = '', type = '', ...more] = place.split(',');
    const known = this.zones.get(zoneName);
    const series = more.length > 0 ? undefined : known?.types.get(type);
    if (series !== undefined) return series;
    if (more.length > 0 || !/^[a-z0-9-]+\.[a-z0-9-]+$/.test(type)) {
      this.log.add('malformed row', `line ${number}`, () => {
        const sample = '1700000000,use1-az4,c6i.large,0.0331';
        return `got ${showValue(row)}; allowed: ${priceColumns.join(',')}, such as ${sample}`;
      });
      return null;
    }
    const regionCode = known?.regionCode ?? regionCodeOfZone(zoneName);
    if (regionCode === null) {
      this.log.add('row of an unknown zone', `line ${number}`, () => {
        const allowed = "allowed: a zone's id or name, such as use1-az4 or us-east-1a";
        return `zone_id: got ${showValue(zoneName)}; ${allowed}`;
      });
      return null;
    }
    const zone = known ?? {
      regionCode,
      first: Number.POSITIVE_INFINITY,
      last: Number.NEGATIVE_INFINITY,
      types: new Map<string, Series>(),
    };
    const kept = this.wanted === null || this.wanted.has(type);
    const made: Series = { zone, kept, times: [], prices: [], isSorted: true };
    zone.types.set(unshared(type), made);
    this.zones.set(unshared(zoneName), zone);
    return made;
  }

  table(name: string): SpotPriceTable {
    const zones = new Map<string, PricedZone>();
    const changes = new Map<string, ReadonlyMap<string, PriceChanges>>();
    let changesOut = 0;
    for (const [zone, { regionCode, first, last, types }] of [...this.zones].sort(byName)) {
      if (first > last) continue;
      const kept = [...types].filter(([, { times }]) => times.length > 0).sort(byName);
      for (const [, { times }] of kept) changesOut += times.length;
      zones.set(zone, { regionCode, first, last });
      changes.set(zone, new Map(kept.map(([type, series]) => [type, changesOf(series)])));
    }
    const { rowsIn, ofOtherTypes } = this;
    const counts = { rowsIn, changesOut, ofOtherTypes, repairs: this.log.repairs() };
    return { name, zones, changes, counts };
  }
}

function changesOf({ times, prices, isSorted }: Series): PriceChanges {
  if (isSorted) return { times: Float64Array.from(times), prices: Float64Array.from(prices) };
  const order = times.map((_, index) => index).sort((a, b) => times[a]! - times[b]!);
  return {
    times: Float64Array.from(order, (index) => times[index]!),
    prices: Float64Array.from(order, (index) => prices[index]!),
  };
}

/** A copy of its own: a part of a text keeps all of it in memory, here a chunk of the file. */
function unshared(text: string): string {
  return Buffer.from(text).toString();
}

/** From 2001 on, so that a time in days, and up to 5138, so that one in milliseconds is refused. */
function timeOf(text: string): UnixSeconds | null {
  const time = text === '' ? Number.NaN : Number(text);
  return time >= 1e9 && time < 1e11 ? time : null;
}

/** NaN: the offer is gone; null: no price. */
function priceOf(text: string): number | null {
  if (text === '') return Number.NaN;
  const price = Number(text);
  return price > 0 && price < Number.POSITIVE_INFINITY ? price : null;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return compareText(a, b);
}
