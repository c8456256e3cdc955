import { EC2Client, paginateDescribeSpotPriceHistory, type SpotPrice } from '@aws-sdk/client-ec2';
import type { Credentials } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';
import { awsCall, collect } from './aws-call.ts';
import { clientConfiguration } from './client-configuration.ts';

/** Time between two reads. AWS moves spot prices gradually, in hours rather than minutes. */
const readEvery: Seconds = 5 * 60;
/** After a failed read, the next one is tried no sooner. */
const retryAfter: Seconds = 30;
/** A price is live for this long after a read: two reads in a row must fail before it is not. */
const liveFor: Seconds = 3 * readEvery;
/** Older than this, the on-demand price is the better guess. */
const knownFor: Seconds = 24 * 3600;

/** As EC2 names instances with Linux in a VPC, which is where all are. */
const productDescription = 'Linux/UNIX';

export interface ZonePrice {
  readonly zone: string;
  readonly price: UsdPerHour;
  readonly source: 'live' | 'last-known';
}

interface PricedZone {
  readonly price: UsdPerHour;
  /** When this price took effect. */
  readonly since: UnixSeconds;
}

/** Spot prices of one region, read incrementally: each read asks for the changes since the last. */
export class SpotPrices {
  readonly #region: string;
  readonly #clock: Clock;
  readonly #client: EC2Client;
  /** By type, then zone. */
  readonly #prices = new Map<string, Map<string, PricedZone>>();
  /** By type: the time up to which its history was read. */
  readonly #readAt = new Map<string, UnixSeconds>();
  #failedAt: UnixSeconds = Number.NEGATIVE_INFINITY;

  constructor(options: { region: string; credentials: Credentials; clock: Clock }) {
    this.#region = options.region;
    this.#clock = options.clock;
    this.#client = new EC2Client(clientConfiguration(options.credentials, options.region));
  }

  /**
   * Prices by zone, sorted by zone. Empty: AWS was asked and offers none.
   * null: never read, or so long ago that it says nothing.
   */
  prices(instanceType: string): readonly ZonePrice[] | null {
    const readAt = this.#readAt.get(instanceType);
    const age = this.#clock.now() - (readAt ?? Number.NEGATIVE_INFINITY);
    if (age >= knownFor) return null;
    const source = age < liveFor ? 'live' : 'last-known';
    return [...(this.#prices.get(instanceType) ?? [])]
      .map(([zone, { price }]) => ({ zone, price, source }) as const)
      .sort((one, other) => (one.zone < other.zone ? -1 : 1));
  }

  /**
   * Reads what is due; does nothing between two reads.
   * @throws CloudError; what was known stays.
   */
  async refresh(instanceTypes: readonly string[], signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#failedAt < retryAfter) return;
    const fresh = instanceTypes.filter((type) => !this.#readAt.has(type));
    const due = instanceTypes.filter((type) => now - (this.#readAt.get(type) ?? now) >= readEvery);
    try {
      // A type without a past starts now: AWS then gives the price in force in each zone.
      if (fresh.length > 0) await this.#read(fresh, now, now, signal);
      if (due.length > 0) {
        const since = Math.min(...due.map((type) => this.#readAt.get(type) ?? now));
        await this.#read(due, since, now, signal);
      }
    } catch (error) {
      this.#failedAt = this.#clock.now();
      throw error;
    }
  }

  async #read(
    types: readonly string[],
    since: UnixSeconds,
    now: UnixSeconds,
    signal: AbortSignal,
  ): Promise<void> {
    const history = await awsCall(`reading spot prices of ${this.#region}`, signal, (abortSignal) =>
      collect(
        paginateDescribeSpotPriceHistory(
          { client: this.#client, pageSize: 1000 },
          {
            StartTime: new Date(since * 1000),
            ProductDescriptions: [productDescription],
            // AWS takes any text for a type; the SDK's list of them is only a snapshot.
            InstanceTypes: [...types] as NonNullable<SpotPrice['InstanceType']>[],
          },
          { abortSignal },
        ),
        (page) => page.SpotPriceHistory,
      ),
    );
    for (const change of history) this.#keep(change);
    for (const type of types) this.#readAt.set(type, now);
  }

  /** The latest change of a type and zone wins, in whatever order the pages come. */
  #keep(change: SpotPrice): void {
    const { InstanceType: type, AvailabilityZone: zone, Timestamp } = change;
    const price = Number(change.SpotPrice);
    if (type === undefined || zone === undefined || !(price > 0)) return;
    const since = (Timestamp?.getTime() ?? 0) / 1000;
    const zones = this.#prices.get(type) ?? new Map<string, PricedZone>();
    if (since >= (zones.get(zone)?.since ?? Number.NEGATIVE_INFINITY))
      zones.set(zone, { price, since });
    this.#prices.set(type, zones);
  }
}
