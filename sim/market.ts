import { findInstanceType } from '../pool/catalogue.ts';
import type { MarketName } from '../pool/names.ts';
import type { UsdPerHour } from '../pool/units.ts';
import type { Offering } from '../scaler/decide/observation.ts';
import type { PricePort, PriceRequest } from '../scaler/ports.ts';
import { type AvailabilityRun, replayAvailability } from './availability.ts';
import { drawBucket, interruptionsPerHour } from './interruptions.ts';
import type { OfferingCapacity, SimulationParameters } from './parameters.ts';
import { countedPrice, meanPrice } from './price-window.ts';
import { randomStream } from './random.ts';
import type { Quota, SimulatedOffering } from './simulated-offering.ts';
import type { PricePoint, PriceSeries } from './spot-prices.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface MarketRegion {
  readonly region: string;
  readonly zones: readonly string[];
  readonly instanceTypes: readonly string[];
}

/** Where prices come from: generated ones, or a replay. */
export interface PriceSource {
  /** null: the type is not offered there. */
  onDemand(instanceType: string, region: string): UsdPerHour | null;
  spot(offering: Pick<Offering, 'instanceType' | 'region' | 'zone'>): PriceSeries | null;
}

export type Place = Pick<Offering, 'instanceType' | 'region' | 'zone'>;

const day = 86_400;

/** Every offering of the simulated regions: its price and whether it can be had, over time. */
export class Market implements PricePort {
  private readonly byRegion = new Map<string, SimulatedOffering[]>();
  private readonly byKey = new Map<string, SimulatedOffering>();
  private readonly quotas = new Map<string, Quota>();
  private readonly asked = new Map<string, readonly SimulatedOffering[]>();
  private readonly latest = new Map<string, readonly Offering[]>();
  /** Hears that EC2 takes back all that runs of an offering. */
  private onReclaim: (offering: SimulatedOffering) => void = () => {};
  private readonly clock: VirtualClock;
  private readonly seed: number;
  private readonly parameters: SimulationParameters;

  constructor(
    clock: VirtualClock,
    seed: number,
    regions: readonly MarketRegion[],
    prices: PriceSource,
    parameters: SimulationParameters,
  ) {
    this.clock = clock;
    this.seed = seed;
    this.parameters = parameters;
    for (const { region, zones, instanceTypes } of regions) {
      this.byRegion.set(region, []);
      for (const instanceType of instanceTypes) {
        for (const zone of zones) this.addType({ region, zone, instanceType }, prices);
      }
    }
  }

  /** The same list until a price changes, unless a mean or a maximum was asked for. */
  offerings(request: PriceRequest): Promise<readonly Offering[]> {
    const { region, instanceTypes, history, mean } = request;
    const key = `${region} ${instanceTypes.join(' ')}`;
    const known = this.latest.get(key);
    const asIs = history.statistic === 'latest' && !mean;
    if (asIs && known !== undefined) return Promise.resolve(known);
    const offerings = this.asked.get(key) ?? this.select(region, instanceTypes);
    this.asked.set(key, offerings);
    const answer = offerings.map((one) => (asIs ? one.seen : this.look(one, request)));
    if (asIs) this.latest.set(key, answer);
    return Promise.resolve(answer);
  }

  /** `listener` hears of an offering that its availability trace ends. */
  listen(listener: (offering: SimulatedOffering) => void): void {
    this.onReclaim = listener;
  }

  find(zone: string, instanceType: string, market: MarketName): SimulatedOffering | undefined {
    return this.byKey.get(offeringKey(zone, instanceType, market));
  }

  /** All of a region, in the order in which they were added. */
  list(region: string): readonly SimulatedOffering[] {
    return this.byRegion.get(region) ?? [];
  }

  private select(region: string, instanceTypes: readonly string[]): readonly SimulatedOffering[] {
    const wanted = new Set(instanceTypes);
    const inRegion = this.byRegion.get(region) ?? [];
    return inRegion.filter(({ instanceType }) => wanted.has(instanceType));
  }

  /** What on-demand costs does not change, and has no history; nor has what is gone. */
  private look({ market, prices, seen }: SimulatedOffering, request: PriceRequest): Offering {
    if (market === 'on-demand' || seen.price === null) return seen;
    const now = this.clock.now();
    return {
      ...seen,
      price: countedPrice(prices, request.history, now),
      meanPrice: request.mean ? meanPrice(prices, now - day, now) : null,
    };
  }

  /** Offers a type in one more place, from now on. */
  addType(place: Place, prices: PriceSource): void {
    const onDemandPrice = prices.onDemand(place.instanceType, place.region);
    if (onDemandPrice !== null) {
      const fixed = [{ at: this.clock.now(), price: onDemandPrice }];
      this.add(place, 'on-demand', fixed.values(), onDemandPrice);
    }
    const spot = prices.spot(place);
    if (spot !== null) this.add(place, 'spot', spot, onDemandPrice);
  }

  private add(
    place: Place,
    market: MarketName,
    series: PriceSeries,
    onDemandPrice: UsdPerHour | null,
  ): void {
    const first = series.next();
    if (first.done) return;
    const spot = market === 'spot';
    const { source } = this.parameters.interruptions;
    const traces = spot && source.kind === 'traces' ? source.traces : null;
    const name = `${market} ${place.zone} ${place.instanceType}`;
    const { capacity, interruptions } = this.parameters;
    const random = randomStream(this.seed, `offering ${name}`);
    const bucket = drawBucket(random, interruptions);
    const { from, to } = capacity.depth;
    const offering: SimulatedOffering = {
      ...place,
      market,
      available: true,
      depth: Math.round(from * (to / from) ** random.uniform()),
      running: 0,
      virtualCpus: findInstanceType(place.instanceType)?.virtualCpus ?? 0,
      quota: this.quotaOf(place.region, market),
      interruptionsPerHour:
        spot && traces === null ? interruptionsPerHour(bucket, interruptions) : 0,
      prices: [first.value],
      seen: {
        ...place,
        market,
        ...seenPrice(first.value),
        meanPrice: null,
        onDemandPrice,
        interruptionBucket: spot ? bucket : null,
      },
    };
    this.byRegion.get(place.region)!.push(offering);
    this.byKey.set(offeringKey(place.zone, place.instanceType, market), offering);
    this.followPrice(offering, series);
    if (traces === null) {
      this.comeAndGo(offering, spot ? capacity.spot : capacity.onDemand);
    } else {
      const runs = replayAvailability(traces, randomStream(this.seed, `availability ${name}`));
      this.followTrace(offering, runs);
    }
  }

  /** While the trace has nothing, the offering has nothing, and what ran of it is taken back. */
  private followTrace(offering: SimulatedOffering, runs: Iterator<AvailabilityRun, void>): void {
    const run = runs.next();
    if (run.done) return;
    const { available, duration } = run.value;
    offering.available = available;
    if (!available) this.onReclaim(offering);
    this.clock.after(duration, () => this.followTrace(offering, runs));
  }

  /** Of all offerings of a market and region together. */
  quotaOf(region: string, market: MarketName): Quota {
    const key = `${region} ${market}`;
    const { spot, onDemand } = this.parameters.quotas;
    const quota = this.quotas.get(key) ?? { limit: market === 'spot' ? spot : onDemand, used: 0 };
    this.quotas.set(key, quota);
    return quota;
  }

  private followPrice(offering: SimulatedOffering, series: PriceSeries): void {
    const next = series.next();
    if (next.done) return;
    const point = next.value;
    this.clock.at(point.at, () => {
      offering.prices.push(point);
      offering.seen = { ...offering.seen, ...seenPrice(point) };
      this.latest.clear();
      this.followPrice(offering, series);
    });
  }

  private comeAndGo(offering: SimulatedOffering, times: OfferingCapacity): void {
    if (times.meanMissing <= 0) return;
    const name = `${offering.market} ${offering.zone} ${offering.instanceType}`;
    const random = randomStream(this.seed, `capacity ${name}`);
    const missingShare = times.meanMissing / (times.meanAvailable + times.meanMissing);
    offering.available = random.uniform() >= missingShare;
    const toggleLater = () => {
      const mean = offering.available ? times.meanAvailable : times.meanMissing;
      this.clock.after(random.exponential(mean), () => {
        offering.available = !offering.available;
        toggleLater();
      });
    };
    toggleLater();
  }
}

function seenPrice({ price, gone }: PricePoint): Pick<Offering, 'price' | 'priceSource'> {
  return gone ? { price: null, priceSource: 'none' } : { price, priceSource: 'live' };
}

function offeringKey(zone: string, instanceType: string, market: MarketName): string {
  return `${zone} ${instanceType} ${market}`;
}
