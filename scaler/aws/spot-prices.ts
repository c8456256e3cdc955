import type { SpotPrice } from '@aws-sdk/client-ec2';
import type { Credentials, PriceHistory } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';
import {
  countingPrice,
  meanPrice,
  merged,
  type PriceChange,
  withoutOlder,
} from './price-changes.ts';
import { SpotPriceHistory } from './spot-price-history.ts';

/** Time between two reads. AWS moves spot prices gradually, in hours rather than minutes. */
const readEvery: Seconds = 5 * 60;
/** After a failed read, the next one is tried no sooner. */
const retryAfter: Seconds = 30;
/** A price is live for this long after a read: two reads in a row must fail before it is not. */
const liveFor: Seconds = 3 * readEvery;
/** Older than this, the on-demand price is the better guess. */
const knownFor: Seconds = 24 * 3600;
/** What a mean price is over: the rule of Buildbot's EC2 latent worker. */
const meanWindow: Seconds = 24 * 3600;

export interface ZonePrice {
  readonly zone: string;
  readonly price: UsdPerHour;
  readonly source: 'live' | 'last-known';
  /** Of the last 24 hours; null: not asked for, or not read. */
  readonly meanPrice: UsdPerHour | null;
}

/** What of the past is asked for. */
export interface PriceQuestion {
  readonly history: Pick<PriceHistory, 'statistic' | 'window'>;
  readonly mean: boolean;
}

/** What was read of a type: all changes up to a time and so far before it, and the one before them. */
interface Read {
  readonly reach: Seconds;
  readonly upTo: UnixSeconds;
  readonly zones: ReadonlyMap<string, readonly PriceChange[]>;
}

/**
 * Spot prices of one product in one region, read incrementally: each read asks for the changes since
 * the last. The past is read only as far as somebody asks for it, which for latest prices is not at
 * all.
 */
export class SpotPrices {
  readonly #clock: Clock;
  readonly #history: SpotPriceHistory;
  /** By type. */
  readonly #reads = new Map<string, Read>();
  #failedAt: UnixSeconds = Number.NEGATIVE_INFINITY;

  /** @param options.product as EC2 describes it, such as `Linux/UNIX` */
  constructor(options: {
    region: string;
    product: string;
    credentials: Credentials;
    clock: Clock;
  }) {
    this.#clock = options.clock;
    this.#history = new SpotPriceHistory(options);
  }

  /**
   * Prices by zone, sorted by zone. Empty: AWS was asked and offers none.
   * null: never read, or so long ago that it says nothing.
   */
  prices(instanceType: string, { history, mean }: PriceQuestion): readonly ZonePrice[] | null {
    const read = this.#reads.get(instanceType);
    const now = this.#clock.now();
    if (read === undefined || now - read.upTo >= knownFor) return null;
    const source = now - read.upTo < liveFor ? 'live' : 'last-known';
    const meanKnown = mean && read.reach >= meanWindow;
    return [...read.zones]
      .flatMap(([zone, changes]): ZonePrice[] => {
        const price = countingPrice(changes, history, now);
        if (price === null) return [];
        const average = meanKnown ? meanPrice(changes, meanWindow, now) : null;
        return [{ zone, price, source, meanPrice: average }];
      })
      .sort((one, other) => (one.zone < other.zone ? -1 : 1));
  }

  /**
   * Reads what is due; does nothing between two reads.
   * @throws CloudError; what was known stays.
   */
  async refresh(
    instanceTypes: readonly string[],
    question: PriceQuestion,
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#failedAt < retryAfter) return;
    const reach = reachOf(question);
    // A type without enough of a past starts where it is needed: AWS gives the price in force there.
    const short = instanceTypes.filter((type) => (this.#reads.get(type)?.reach ?? -1) < reach);
    const due = instanceTypes.flatMap((type) => {
      const read = this.#reads.get(type);
      const isDue = read && !short.includes(type) && now - read.upTo >= readEvery;
      return isDue ? [{ type, upTo: read.upTo }] : [];
    });
    try {
      if (short.length > 0) {
        const asked = { since: now - reach, instanceTypes: short };
        const history = await this.#history.read(asked, signal);
        for (const type of short) this.#keep(type, history, { reach, upTo: now });
      }
      if (due.length > 0) {
        const since = Math.min(...due.map(({ upTo }) => upTo));
        const types = due.map(({ type }) => type);
        const history = await this.#history.read({ since, instanceTypes: types }, signal);
        for (const type of types) {
          this.#keep(type, history, { reach: this.#reads.get(type)?.reach ?? 0, upTo: now });
        }
      }
    } catch (error) {
      this.#failedAt = this.#clock.now();
      throw error;
    }
  }

  /** Adds what was read to what is known of a type, and drops what is out of reach. */
  #keep(type: string, history: readonly SpotPrice[], read: Pick<Read, 'reach' | 'upTo'>): void {
    const before = this.#reads.get(type)?.zones ?? new Map<string, readonly PriceChange[]>();
    const news = changesOf(type, history);
    const zones = new Map<string, readonly PriceChange[]>();
    for (const zone of new Set([...before.keys(), ...news.keys()])) {
      const changes = merged(before.get(zone) ?? [], news.get(zone) ?? []);
      zones.set(zone, withoutOlder(changes, read.upTo - read.reach));
    }
    this.#reads.set(type, { ...read, zones });
  }
}

/** How far into the past a question reaches; 0: what is in force now answers it. */
function reachOf({ history, mean }: PriceQuestion): Seconds {
  const window = history.statistic === 'latest' ? 0 : history.window;
  return Math.max(window, mean ? meanWindow : 0);
}

/** By zone, of one type. */
function changesOf(
  instanceType: string,
  history: readonly SpotPrice[],
): ReadonlyMap<string, readonly PriceChange[]> {
  const zones = new Map<string, PriceChange[]>();
  for (const { InstanceType, AvailabilityZone: zone, Timestamp, SpotPrice } of history) {
    const price = Number(SpotPrice);
    if (InstanceType !== instanceType || zone === undefined || !(price > 0)) continue;
    const changes = zones.get(zone) ?? [];
    changes.push({ price, since: (Timestamp?.getTime() ?? 0) / 1000 });
    zones.set(zone, changes);
  }
  return zones;
}
