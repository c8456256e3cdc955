import type { MarketName } from '../pool/names.ts';
import type { UsdPerHour } from '../pool/units.ts';
import type { LaunchFailure, Offering } from '../scaler/decide/observation.ts';
import type { PricePoint } from './spot-prices.ts';

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
  readonly virtualCpus: number;
  /** Shared by all offerings of its market and region. */
  readonly quota: Quota;
  readonly interruptionsPerHour: number;
  /** In order of time; the last one holds now. */
  readonly prices: PricePoint[];
  /** What the scaler may know of it at its latest price; replaced when that changes. */
  seen: Offering;
}

/** vCPUs that the account runs at once of a market in a region. */
export interface Quota {
  /** null: no limit. */
  limit: number | null;
  used: number;
}

/** How many more instances an offering has now, whatever the account's quota. */
export function remaining({ available, depth, running, prices }: SimulatedOffering): number {
  return available && !prices.at(-1)?.gone ? Math.max(0, depth - running) : 0;
}

/** Why an offering cannot give one more instance now; null: it can. */
export function refusalNow(offering: SimulatedOffering): LaunchFailure['cause'] | null {
  const { quota, virtualCpus } = offering;
  if (quota.limit !== null && quota.used + virtualCpus > quota.limit) return 'quota';
  return remaining(offering) > 0 ? null : 'no-capacity';
}

/** One more of its instances runs. */
export function occupy(offering: SimulatedOffering): void {
  offering.running++;
  offering.quota.used += offering.virtualCpus;
}

/** One of its instances has ended. */
export function vacate(offering: SimulatedOffering): void {
  offering.running--;
  offering.quota.used -= offering.virtualCpus;
}

export function currentPrice({ prices }: SimulatedOffering): UsdPerHour {
  return prices[prices.length - 1]!.price;
}
