import type { Credentials, Fleet } from '../../pool/pool.ts';
import type { Seconds, UsdPerHour } from '../../pool/units.ts';
import type { Offering } from '../decide/observation.ts';
import type { Clock, PricePort } from '../ports.ts';
import { type OnDemandPrice, OnDemandPrices } from './on-demand-prices.ts';
import { SpotPrices, type ZonePrice } from './spot-prices.ts';

/** The longest that an iteration waits for prices; then it goes on with what is known. */
const patience: Seconds = 8;

export interface PricesOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Zones in which the fleet's groups of a region launch; empty while not known. */
  readonly zonesOf: (region: string) => Promise<readonly string[]>;
  /** The built-in on-demand price; null: none. */
  readonly catalogue: (instanceType: string, region: string) => UsdPerHour | null;
  /** Hears of reads that failed; prices degrade and nothing is thrown. */
  readonly onFailure: (region: string, doing: string, error: unknown) => void;
  /** Default 8 s. */
  readonly patience?: Seconds;
}

/** Spot and on-demand prices, by region, from EC2 and the Price List API. */
export class Prices implements PricePort {
  readonly #options: PricesOptions;
  readonly #regions = new Map<string, RegionPrices>();
  readonly #closing = new AbortController();

  constructor(options: PricesOptions) {
    this.#options = options;
  }

  /** Ends the reads under way, so that the process can end. */
  close(): void {
    this.#closing.abort();
  }

  async offerings(
    region: string,
    instanceTypes: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Offering[]> {
    const prices =
      this.#regions.get(region) ?? new RegionPrices(region, this.#options, this.#closing.signal);
    this.#regions.set(region, prices);
    const types = [...new Set(instanceTypes)].sort();
    const [zones] = await Promise.all([
      this.#options.zonesOf(region),
      prices.refresh(types, signal),
    ]);
    return types.flatMap((instanceType) =>
      offeringsOf({ region, instanceType, zones, ...prices.of(instanceType) }),
    );
  }
}

class RegionPrices {
  readonly #spot: SpotPrices;
  readonly #onDemand: OnDemandPrices;
  readonly #patience: Seconds;
  readonly #onFailure: (doing: string, error: unknown) => void;
  /** Not an iteration's signal: a slow read may outlast the iteration that began it. */
  readonly #closing: AbortSignal;
  /** The read under way; null: none. A slow one is left to finish and is not started twice. */
  #reading: Promise<void> | null = null;

  constructor(region: string, options: PricesOptions, closing: AbortSignal) {
    const credentials = credentialsOf(options.fleet, region);
    const { clock, catalogue } = options;
    this.#closing = closing;
    this.#patience = options.patience ?? patience;
    this.#onFailure = (doing, error) => {
      if (!closing.aborted) options.onFailure(region, doing, error);
    };
    this.#spot = new SpotPrices({ region, credentials, clock });
    this.#onDemand = new OnDemandPrices({
      region,
      credentials,
      clock,
      catalogue,
      onFailure: this.#onFailure,
    });
  }

  of(instanceType: string) {
    return { spot: this.#spot.prices(instanceType), onDemand: this.#onDemand.price(instanceType) };
  }

  /** Waits for reads that are due, but not past `patience`, and for on-demand only if none is known. */
  async refresh(types: readonly string[], signal: AbortSignal): Promise<void> {
    this.#reading ??= this.#read(types).finally(() => {
      this.#reading = null;
    });
    await settledWithin(this.#patience, signal, this.#reading);
  }

  async #read(types: readonly string[]): Promise<void> {
    const onDemand = this.#onDemand.refresh(types, this.#closing);
    const spot = this.#spot.refresh(types, this.#closing).catch((error) => {
      this.#onFailure('reading spot prices', error);
    });
    const unpriced = types.some((type) => this.#onDemand.price(type) === null);
    await Promise.all(unpriced ? [spot, onDemand] : [spot]);
  }
}

function credentialsOf(fleet: Fleet, region: string): Credentials {
  return fleet.regions.find(({ name }) => name === region)?.credentials ?? fleet.credentials;
}

/** Waits for the work, which must not reject, the time limit or the signal, whichever is first. */
async function settledWithin(limit: Seconds, signal: AbortSignal, work: Promise<void>) {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, limit * 1000);
    signal.addEventListener('abort', go, { once: true });
    work.then(go);
  });
}

/**
 * Offerings of one type. Where the zones of the groups are known, only these can be launched in;
 * else those with a spot price stand in. A spot price degrades from live to last known to the
 * on-demand price (its practical ceiling since 2017) to none.
 */
export function offeringsOf(known: {
  readonly region: string;
  readonly instanceType: string;
  readonly zones: readonly string[];
  readonly spot: readonly ZonePrice[] | null;
  readonly onDemand: OnDemandPrice | null;
}): Offering[] {
  const { region, instanceType, spot, onDemand } = known;
  const zones = known.zones.length > 0 ? known.zones : (spot ?? []).map(({ zone }) => zone);
  return zones.flatMap((zone): Offering[] => {
    const place = { instanceType, region, zone };
    const zonePrice = spot?.find((candidate) => candidate.zone === zone);
    const spotOffering: Offering = zonePrice
      ? { ...place, market: 'spot', price: zonePrice.price, priceSource: zonePrice.source }
      : spot === null && onDemand !== null
        ? { ...place, market: 'spot', price: onDemand.price, priceSource: 'on-demand' }
        : // Asked for and not listed: this zone does not offer the type.
          { ...place, market: 'spot', price: null, priceSource: 'none' };
    // A zone that is left out while others have a spot price is taken not to have the type at all.
    const offered = spot === null || spot.length === 0 || zonePrice !== undefined;
    const onDemandOffering: Offering =
      offered && onDemand !== null
        ? { ...place, market: 'on-demand', price: onDemand.price, priceSource: onDemand.source }
        : { ...place, market: 'on-demand', price: null, priceSource: 'none' };
    return [spotOffering, onDemandOffering];
  });
}
