import { onDemandPrice } from '../pool/catalogue.ts';
import type { MarketName } from '../pool/names.ts';
import type { Seconds, UnixSeconds, UsdPerHour } from '../pool/units.ts';
import { Market, type Place, type PriceSource } from '../sim/market.ts';
import type { Quota, SimulatedOffering } from '../sim/simulated-offering.ts';
import { generatedSpotPrices, type PricePoint } from '../sim/spot-prices.ts';
import type { CloudAccount } from './account.ts';

/** Prices reach back so far before the cloud's start, as if it had always been. */
const pastPrices: Seconds = 24 * 3600;

/**
 * A region's market, in which a type is offered once somebody has asked for it: thousands of
 * offerings, each with its price over time, would otherwise stand for the few that anyone looks at.
 */
export class RegionMarket {
  private readonly region: string;
  private readonly zones: readonly string[];
  private readonly account: CloudAccount;
  private readonly market: Market;
  private readonly types = new Set<string>();
  private readonly start: UnixSeconds;

  constructor(region: string, zones: readonly string[], account: CloudAccount) {
    const { clock, seed, parameters, start } = account;
    this.region = region;
    this.zones = zones;
    this.account = account;
    this.start = start;
    const place = { region, zones, instanceTypes: [] };
    const none: PriceSource = { onDemand: () => null, spot: () => null };
    this.market = new Market(clock, seed, [place], none, parameters);
    this.market.listen((offering) => account.host.reclaim(offering));
  }

  /** undefined: it is not offered there. */
  find(zone: string, instanceType: string, market: MarketName): SimulatedOffering | undefined {
    if (!this.types.has(instanceType)) this.offer(instanceType);
    return this.market.find(zone, instanceType, market);
  }

  /** Those that somebody has asked for. */
  list(): readonly SimulatedOffering[] {
    return this.market.list(this.region);
  }

  /** What the account may run at once; its limit may be changed. */
  quota(market: MarketName): Quota {
    return this.market.quotaOf(this.region, market);
  }

  private offer(instanceType: string): void {
    if (priceIn(instanceType, this.region) === null) return;
    this.types.add(instanceType);
    this.account.offeredTypes++;
    for (const zone of this.zones) this.offerIn({ region: this.region, zone, instanceType });
  }

  private offerIn(place: Place): void {
    const { seed, clock, parameters } = this.account;
    const price = priceIn(place.instanceType, place.region)!;
    const past: PricePoint[] = [];
    const from = this.start - pastPrices;
    const series = generatedSpotPrices(seed, place, price, from, parameters.spotPrices);
    const source: PriceSource = {
      onDemand: () => price,
      spot: () => fromNow(series, clock.now(), past),
    };
    this.market.addType(place, source);
    this.market.find(place.zone, place.instanceType, 'spot')?.prices.unshift(...past);
  }
}

/** The point that holds now, and all later ones; those before it go to `past`. */
function* fromNow(
  series: Generator<PricePoint, void>,
  now: UnixSeconds,
  past: PricePoint[],
): Generator<PricePoint, void> {
  let holds = series.next();
  while (!holds.done) {
    const next = series.next();
    if (next.done || next.value.at > now) {
      yield holds.value;
      if (!next.done) yield next.value;
      break;
    }
    past.push(holds.value);
    holds = next;
  }
  yield* series;
}

const regionWithAllPrices = 'us-east-1';

/**
 * USD per hour: as built in; of a region for which none is, what us-east-1 has. null: the type is not
 * offered.
 */
export function priceIn(type: string, region: string): UsdPerHour | null {
  return onDemandPrice(type, region) ?? onDemandPrice(type, regionWithAllPrices);
}
