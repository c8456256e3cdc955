import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { Credentials } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';
import { awsCall } from './aws-call.ts';
import { clientConfiguration } from './client-configuration.ts';

/** On-demand prices change a few times a year. */
const freshFor: Seconds = 24 * 3600;
/** After a failed read, one type is not asked for again before this. */
const retryAfter: Seconds = 15 * 60;
/** Calls under way at once: the Price List API allows about ten a second for an account. */
const callsAtOnce = 4;

export interface OnDemandPrice {
  readonly price: UsdPerHour;
  readonly source: 'live' | 'last-known';
}

interface Read {
  readonly price: UsdPerHour | null;
  readonly readAt: UnixSeconds;
}

/**
 * On-demand prices of one region and operating system, from the Price List API, one call per type and day. Where that
 * has not answered (yet), the built-in catalogue stands in. The caller never waits for a call.
 */
export class OnDemandPrices {
  readonly #region: string;
  readonly #operatingSystem: string;
  readonly #clock: Clock;
  readonly #client: PricingClient;
  readonly #catalogue: (instanceType: string, region: string) => UsdPerHour | null;
  readonly #onFailure: (doing: string, error: unknown) => void;
  readonly #limit = pLimit(callsAtOnce);
  readonly #reads = new Map<string, Read>();
  readonly #askedAt = new Map<string, UnixSeconds>();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: {
    region: string;
    operatingSystem: string;
    credentials: Credentials;
    clock: Clock;
    catalogue: (instanceType: string, region: string) => UsdPerHour | null;
    onFailure: (doing: string, error: unknown) => void;
  }) {
    this.#region = options.region;
    this.#operatingSystem = options.operatingSystem;
    this.#clock = options.clock;
    this.#catalogue = options.catalogue;
    this.#onFailure = options.onFailure;
    const endpointRegion = pricingRegion(options.region);
    this.#client = new PricingClient(clientConfiguration(options.credentials, endpointRegion));
  }

  /** null: no price is known from anywhere. */
  price(instanceType: string): OnDemandPrice | null {
    const read = this.#reads.get(instanceType);
    if (read?.price != null) {
      const fresh = this.#clock.now() - read.readAt < freshFor;
      return { price: read.price, source: fresh ? 'live' : 'last-known' };
    }
    const price = this.#catalogue(instanceType, this.#region);
    return price === null ? null : { price, source: 'last-known' };
  }

  /** Starts reading what is not known or a day old. Settles, without an error, when all is read. */
  async refresh(instanceTypes: readonly string[], signal: AbortSignal): Promise<void> {
    const due = instanceTypes.filter((type) => this.#isDue(type));
    const errors: unknown[] = [];
    for (const type of due) {
      this.#askedAt.set(type, this.#clock.now());
      const read = this.#limit(() => this.#read(type, signal))
        .catch((error) => void errors.push(error))
        .finally(() => this.#underWay.delete(type));
      this.#underWay.set(type, read);
    }
    // Others may have asked for some of these before.
    await Promise.all(instanceTypes.map((type) => this.#underWay.get(type)));
    // One word for all: where the API is not allowed, every type fails alike.
    if (errors.length > 0) {
      this.#onFailure('reading on-demand prices', errors[0]);
    }
  }

  #isDue(type: string): boolean {
    const now = this.#clock.now();
    const readAt = this.#reads.get(type)?.readAt;
    if (readAt !== undefined && now - readAt < freshFor) return false;
    return now - (this.#askedAt.get(type) ?? Number.NEGATIVE_INFINITY) >= retryAfter;
  }

  async #read(type: string, signal: AbortSignal): Promise<void> {
    const doing = `reading the on-demand price of ${type} in ${this.#region}`;
    const answer = await awsCall(doing, signal, (abortSignal) =>
      this.#client.send(
        new GetProductsCommand({
          ServiceCode: 'AmazonEC2',
          Filters: filtersOf(type, this.#region, this.#operatingSystem),
          MaxResults: 100,
        }),
        { abortSignal },
      ),
    );
    const entries: readonly unknown[] = answer.PriceList ?? [];
    const price = entries.map(hourlyPrice).find((found) => found !== null) ?? null;
    this.#reads.set(type, { price, readAt: this.#clock.now() });
  }
}

/** Shared tenancy, no software included, billed as used: the plain price of an instance. */
function filtersOf(instanceType: string, region: string, operatingSystem: string) {
  const fields = {
    instanceType,
    regionCode: region,
    operatingSystem,
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
  };
  return Object.entries(fields).map(([Field, Value]) => ({
    Type: 'TERM_MATCH' as const,
    Field,
    Value,
  }));
}

const product = z.object({
  terms: z.object({
    OnDemand: z.record(
      z.string(),
      z.object({
        priceDimensions: z.record(
          z.string(),
          z.object({ unit: z.string(), pricePerUnit: z.object({ USD: z.coerce.number() }) }),
        ),
      }),
    ),
  }),
});

/** USD per hour in one entry of a price list, which is JSON in text; null: it has none. */
export function hourlyPrice(entry: unknown): UsdPerHour | null {
  const parsed = product.safeParse(parseJson(String(entry)));
  if (!parsed.success) return null;
  const dimensions = Object.values(parsed.data.terms.OnDemand).flatMap((term) =>
    Object.values(term.priceDimensions),
  );
  const hourly = dimensions.find(
    ({ unit, pricePerUnit }) => unit === 'Hrs' && pricePerUnit.USD > 0,
  );
  return hourly?.pricePerUnit.USD ?? null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The Price List API answers for every region, in these only. */
function pricingRegion(region: string): string {
  if (region.startsWith('ap-')) return 'ap-south-1';
  return /^(eu|af|me|il)-/.test(region) ? 'eu-central-1' : 'us-east-1';
}
