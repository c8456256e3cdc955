import type { MarketName } from '../pool/names.ts';
import type { Slots, UnixSeconds, UsdPerHour } from '../pool/units.ts';
import type { Offering } from '../scaler/decide/observation.ts';
import type { PricePort } from '../scaler/ports.ts';
import { drawBucket, interruptionsPerHour } from './interruptions.ts';
import type { OfferingCapacity, SimulationParameters } from './parameters.ts';
import { randomStream } from './random.ts';
import type { PricePoint, PriceSeries } from './spot-prices.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** An offering as the cloud knows it: the scaler sees only {@link SimulatedOffering.seen}. */
export interface SimulatedOffering {
  readonly instanceType: string;
  readonly region: string;
  readonly zone: string;
  readonly market: MarketName;
  /** Whether any of it can be had now. */
  available: boolean;
  /** Instances it can give at once, and those it gives now. */
  readonly depth: number;
  running: number;
  readonly interruptionsPerHour: number;
  /** In order of time; the last one holds now. */
  readonly prices: PricePoint[];
  /** What the scaler may know of it; replaced when the price changes. */
  seen: Offering;
}

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

/** Every offering of the simulated regions: its price and whether it can be had, over time. */
export class Market implements PricePort {
  private readonly byRegion = new Map<string, SimulatedOffering[]>();
  private readonly byKey = new Map<string, SimulatedOffering>();
  private readonly asked = new Map<string, readonly Offering[]>();
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
        for (const zone of zones) this.addType(region, zone, instanceType, prices);
      }
    }
  }

  offerings(region: string, instanceTypes: readonly string[]): Promise<readonly Offering[]> {
    const key = `${region} ${instanceTypes.join(' ')}`;
    let answer = this.asked.get(key);
    if (answer === undefined) {
      const wanted = new Set(instanceTypes);
      answer = (this.byRegion.get(region) ?? [])
        .filter(({ instanceType }) => wanted.has(instanceType))
        .map(({ seen }) => seen);
      this.asked.set(key, answer);
    }
    return Promise.resolve(answer);
  }

  find(zone: string, instanceType: string, market: MarketName): SimulatedOffering | undefined {
    return this.byKey.get(offeringKey(zone, instanceType, market));
  }

  private addType(region: string, zone: string, instanceType: string, prices: PriceSource): void {
    const onDemand = prices.onDemand(instanceType, region);
    if (onDemand !== null) {
      const fixed = [{ at: this.clock.now(), price: onDemand }];
      this.add({ instanceType, region, zone }, 'on-demand', fixed.values());
    }
    const spot = prices.spot({ instanceType, region, zone });
    if (spot !== null) this.add({ instanceType, region, zone }, 'spot', spot);
  }

  private add(
    place: Pick<Offering, 'instanceType' | 'region' | 'zone'>,
    market: MarketName,
    series: PriceSeries,
  ): void {
    const first = series.next();
    if (first.done) return;
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
      interruptionsPerHour: market === 'spot' ? interruptionsPerHour(bucket, interruptions) : 0,
      prices: [first.value],
      seen: { ...place, market, price: first.value.price, priceSource: 'live' },
    };
    this.byRegion.get(place.region)!.push(offering);
    this.byKey.set(offeringKey(place.zone, place.instanceType, market), offering);
    this.followPrice(offering, series);
    this.comeAndGo(offering, market === 'spot' ? capacity.spot : capacity.onDemand);
  }

  private followPrice(offering: SimulatedOffering, series: PriceSeries): void {
    const next = series.next();
    if (next.done) return;
    const point = next.value;
    this.clock.at(point.at, () => {
      offering.prices.push(point);
      offering.seen = { ...offering.seen, price: point.price };
      this.asked.clear();
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

/** The price of an offering at a time since it was first known; its first price before that. */
export function priceAt({ prices }: SimulatedOffering, time: UnixSeconds): UsdPerHour {
  let low = 0;
  let high = prices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (prices[middle]!.at <= time) low = middle + 1;
    else high = middle;
  }
  return prices[Math.max(0, low - 1)]!.price;
}

/** How many more instances an offering gives now. */
export function remaining({ available, depth, running }: SimulatedOffering): Slots {
  return available ? Math.max(0, depth - running) : 0;
}

function offeringKey(zone: string, instanceType: string, market: MarketName): string {
  return `${zone} ${instanceType} ${market}`;
}
