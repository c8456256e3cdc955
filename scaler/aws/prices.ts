import type { Credentials, Fleet } from '../../pool/pool.ts';
import type { Seconds, UsdPerHour } from '../../pool/units.ts';
import type { Offering } from '../decide/observation.ts';
import type { Clock, PricePort, PriceRequest } from '../ports.ts';
import { offeringsOf } from './offerings-of.ts';
import { OnDemandPrices } from './on-demand-prices.ts';
import { ProductPrices } from './product-prices.ts';
import { operatingSystemOf } from './products.ts';
import { settledWithin } from './settled-within.ts';
import type { SpotAdvisor } from './spot-advisor.ts';
import { SpotPrices } from './spot-prices.ts';

/** The longest that an iteration waits for prices; then it goes on with what is known. */
const patience: Seconds = 8;

export interface PricesOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Zones in which the fleet's groups of a region launch; empty while not known. */
  readonly zonesOf: (region: string) => Promise<readonly string[]>;
  /** The built-in on-demand price for Linux; null: none. */
  readonly catalogue: (instanceType: string, region: string) => UsdPerHour | null;
  /** null: no interruption frequencies are known. */
  readonly spotAdvisor: SpotAdvisor | null;
  /** Hears of reads that failed; prices degrade and nothing is thrown. */
  readonly onFailure: (region: string, doing: string, error: unknown) => void;
  /** Default 8 s. */
  readonly patience?: Seconds;
}

/** Spot and on-demand prices, by region and product, from EC2 and the Price List API. */
export class Prices implements PricePort {
  readonly #options: PricesOptions;
  readonly #products = new Map<string, ProductPrices>();
  readonly #closing = new AbortController();

  constructor(options: PricesOptions) {
    this.#options = options;
  }

  /** Ends the reads under way, so that the process can end. */
  close(): void {
    this.#closing.abort();
  }

  async offerings(request: PriceRequest, signal: AbortSignal): Promise<readonly Offering[]> {
    const { region } = request;
    const { product } = request.history;
    const prices = this.#productPrices(region, product);
    const types = [...new Set(request.instanceTypes)].sort();
    const [zones] = await Promise.all([
      this.#options.zonesOf(region),
      settledWithin(
        this.#options.patience ?? patience,
        signal,
        prices.refresh(types, request, this.#closing.signal),
      ),
    ]);
    const { spotAdvisor } = this.#options;
    return types.flatMap((instanceType) => {
      const interruptionBucket = spotAdvisor?.bucket(region, instanceType, product) ?? null;
      const known = prices.of(instanceType, request);
      return offeringsOf({ region, instanceType, zones, interruptionBucket, ...known });
    });
  }

  #productPrices(region: string, product: string): ProductPrices {
    const key = `${region} ${product}`;
    const known = this.#products.get(key);
    if (known !== undefined) return known;
    const { fleet, clock, catalogue } = this.#options;
    const credentials = credentialsOf(fleet, region);
    const operatingSystem = operatingSystemOf(product);
    const onFailure = (doing: string, error: unknown) => {
      if (!this.#closing.signal.aborted) this.#options.onFailure(region, doing, error);
    };
    const made = new ProductPrices({
      spot: new SpotPrices({ region, product, credentials, clock }),
      onDemand:
        operatingSystem === null
          ? null
          : new OnDemandPrices({
              region,
              operatingSystem,
              credentials,
              clock,
              catalogue: operatingSystem === 'Linux' ? catalogue : () => null,
              onFailure,
            }),
      onFailure,
    });
    this.#products.set(key, made);
    return made;
  }
}

function credentialsOf(fleet: Fleet, region: string): Credentials {
  return fleet.regions.find(({ name }) => name === region)?.credentials ?? fleet.credentials;
}
