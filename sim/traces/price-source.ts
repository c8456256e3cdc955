import type { Seconds, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { MarketRegion, PriceSource } from '../market.ts';
import type { PricePoint } from '../spot-prices.ts';
import { showDuration, showTime } from './durations.ts';
import type { PriceChanges, SpotPriceTable } from './prices.ts';
import { ProblemLog, type Repair } from './trace-error.ts';
import { regionCode } from './zones.ts';

export interface ReplayOptions {
  /** The simulated regions, with the zones and types that they are asked for. */
  readonly regions: readonly MarketRegion[];
  /** The trace's zero, as a time of the prices. */
  readonly start: UnixSeconds;
  /** When the last task has ended, at the earliest. */
  readonly end: UnixSeconds;
  /** What on-demand costs; null: not offered there. */
  readonly onDemand: (instanceType: string, region: string) => UsdPerHour | null;
  /** Whether to mend what is wrong, and count it, where strictness would be an error. */
  readonly lenient: boolean;
}

/** Prices of a file as a simulation's. */
export interface Replay {
  readonly prices: PriceSource;
  /** The file's zone by simulated zone. */
  readonly zones: ReadonlyMap<string, string>;
  /** What was mended. */
  readonly repairs: readonly Repair[];
  /** What of the file is not used, for people; no fault. */
  readonly notes: readonly string[];
}

const mendings = {
  'region without prices': {
    plural: 'regions without prices',
    done: 'given those of another region',
  },
  'zone without prices': { plural: 'zones without prices', done: 'left without spot' },
  'type without a price': { plural: 'types without a price', done: 'left without spot' },
  'price that begins after the tasks': {
    plural: 'prices that begin after the tasks',
    done: 'taken to have been the first one from the start',
  },
  'price that ends before the tasks': {
    plural: 'prices that end before the tasks',
    done: 'held at the last one',
  },
};

type Log = ProblemLog<keyof typeof mendings>;

/**
 * The first moment at which every type that the file has in a region has a price in it; null: the
 * file has none of them in any of the regions.
 */
export function firstStart(
  table: SpotPriceTable,
  regions: readonly MarketRegion[],
): UnixSeconds | null {
  const firsts = regions.flatMap(({ region, instanceTypes }) => {
    const zones = zonesOf(table, regionCode(region));
    return instanceTypes.flatMap((type) => firstOfType(table, zones, type) ?? []);
  });
  return firsts.length === 0 ? null : Math.max(...firsts);
}

/**
 * Spot prices of a file for a simulated fleet. A region's zones stand for the file's zones of that
 * region, in order of name; where the file has more, those that price most of the types are taken.
 * An offer that is gone cannot be launched, and has no price, until it is back; what runs goes on at
 * its last price. An offer whose first price is later than the start is gone until then. After the
 * file's end, prices stay as they are.
 *
 * Lenient: a region that the file does not have is given the prices of one that it has; zones and
 * types without prices have no spot; a type's first price holds before its time, and the last price
 * after the file's. All of it counted.
 *
 * @throws TraceError, if strict, for any of these; each with its fix.
 */
export function priceSourceOf(table: SpotPriceTable, options: ReplayOptions): Replay {
  const { regions, onDemand, lenient } = options;
  const log: Log = new ProblemLog(table.name, mendings);
  const zones = new Map<string, string>();
  const early = new Set<string>();
  const notes: string[] = [];
  for (const wanted of regions) {
    const ofRegion = zonesFor(table, wanted.region, log);
    if (ofRegion.length === 0) continue;
    const taken = mostPriced(table, ofRegion, wanted);
    for (const [index, zone] of wanted.zones.entries()) {
      const source = taken[index];
      if (source !== undefined) zones.set(zone, source);
      else {
        log.add('zone without prices', zone, () => {
          const fix = `declare ${ofRegion.length} subnets, or get prices of more zones`;
          return `prices are of ${listed(ofRegion)} alone; ${fix}`;
        });
      }
    }
    if (taken.length < ofRegion.length) {
      const unused = ofRegion.filter((zone) => !taken.includes(zone));
      notes.push(
        `prices of ${listed(unused)} are not used: ${wanted.region} has ${wanted.zones.length} subnet(s)`,
      );
    }
    for (const type of lateTypes(table, taken, wanted, options, log))
      early.add(`${wanted.region} ${type}`);
    checkEnd(table, ofRegion, wanted.region, options, log);
  }
  if (!log.isEmpty && !lenient) throw log.error();
  const prices: PriceSource = {
    onDemand,
    spot({ zone, instanceType, region }) {
      const source = zones.get(zone);
      const changes =
        source === undefined ? undefined : table.changes.get(source)?.get(instanceType);
      if (changes === undefined) return null;
      return pricesFrom(changes, options.start, early.has(`${region} ${instanceType}`));
    },
  };
  return { prices, zones, repairs: log.repairs(), notes };
}

/** The file's zones of a region, or if it has none, of the first that it has. */
function zonesFor(table: SpotPriceTable, region: string, log: Log): readonly string[] {
  const own = zonesOf(table, regionCode(region));
  if (own.length > 0) return own;
  const [first] = table.zones.values();
  log.add('region without prices', region, () => {
    const codes = new Set([...table.zones.values()].map((zone) => zone.regionCode));
    const zones = `${listed([...table.zones.keys()])} (${[...codes].join(', ')})`;
    const fix = 'get its prices, or declare a region that the file has';
    return `no zone of it is in the file, but ${zones}; ${fix}`;
  });
  return first === undefined ? [] : zonesOf(table, first.regionCode);
}

function zonesOf(table: SpotPriceTable, code: string): readonly string[] {
  return [...table.zones].filter(([, zone]) => zone.regionCode === code).map(([name]) => name);
}

/** As many of the file's zones as are simulated, those first that price most types; by name. */
function mostPriced(
  { changes }: SpotPriceTable,
  zones: readonly string[],
  { zones: simulated, instanceTypes }: MarketRegion,
): readonly string[] {
  const priced = (zone: string) =>
    instanceTypes.filter((type) => changes.get(zone)?.has(type)).length;
  // Sorting keeps the order of equals, which is by name.
  return [...zones]
    .sort((a, b) => priced(b) - priced(a))
    .slice(0, simulated.length)
    .sort();
}

/** Types whose first price is later than the start; they and those that have none are told. */
function lateTypes(
  table: SpotPriceTable,
  zones: readonly string[],
  { region, instanceTypes }: MarketRegion,
  { start }: ReplayOptions,
  log: Log,
): readonly string[] {
  return instanceTypes.filter((type) => {
    const first = firstOfType(table, zones, type);
    if (first === null) {
      log.add('type without a price', `${type} in ${region}`, () => {
        return `no zone of ${listed(zones)} prices it; leave it out of the pool, or get its prices`;
      });
      return false;
    }
    if (first <= start) return false;
    log.add('price that begins after the tasks', `${type} in ${region}`, () => {
      const begin = `its first price is of ${showTime(first)}, and tasks begin at ${showTime(start)}`;
      return `${begin}; use --start ${showTime(Math.ceil(first))} or later, or get earlier prices`;
    });
    return true;
  });
}

function checkEnd(
  table: SpotPriceTable,
  zones: readonly string[],
  region: string,
  { start, end }: ReplayOptions,
  log: Log,
): void {
  const last = lastOf(table, zones);
  if (last >= end) return;
  const duration: Seconds = end - start;
  log.add('price that ends before the tasks', region, () => {
    const fits = last - duration >= Math.min(...zones.map((zone) => table.zones.get(zone)!.first));
    const fix = fits
      ? `use --start ${showTime(Math.floor(last - duration))} or earlier`
      : `get prices of at least ${showDuration(duration)}`;
    const later = `${showDuration(end - last)} later`;
    return `prices end at ${showTime(last)}, and tasks at ${showTime(end)}, ${later}; ${fix}`;
  });
}

function lastOf({ zones }: SpotPriceTable, names: readonly string[]): UnixSeconds {
  return Math.max(...names.map((name) => zones.get(name)!.last));
}

function firstOfType(
  { changes }: SpotPriceTable,
  zones: readonly string[],
  type: string,
): UnixSeconds | null {
  const firsts = zones.flatMap((zone) => changes.get(zone)?.get(type)?.times[0] ?? []);
  return firsts.length === 0 ? null : Math.min(...firsts);
}

/**
 * From the start on, the price in force there first.
 * @param early whether the first price holds before its time; otherwise the offer is gone until then
 */
function* pricesFrom(
  { times, prices }: PriceChanges,
  start: UnixSeconds,
  early: boolean,
): Generator<PricePoint, void> {
  let index = times.findLastIndex((time) => time <= start);
  /** The latest price, or of an offer that was never there, the first to come. */
  let price = prices.find((one) => one > 0) ?? 0;
  for (const known of prices.subarray(0, index + 1)) if (known > 0) price = known;
  const point = (at: UnixSeconds, next: number): PricePoint => {
    if (Number.isNaN(next)) return { at, price, gone: true };
    price = next;
    return { at, price };
  };
  const before = early ? prices[0]! : Number.NaN;
  yield point(start, index < 0 ? before : prices[index]!);
  for (index++; index < times.length; index++) yield point(times[index]!, prices[index]!);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(', ');
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}
