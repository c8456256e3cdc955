import type { MarketName } from '../../pool/names.ts';
import type { Seconds, Slots, UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { SimulationParameters } from '../parameters.ts';
import type { SimulationSummary } from '../summary.ts';

/** What one policy did with a pool's tasks. The same input and seed give the same result. */
export interface PolicyResult {
  /** As `--policy` takes it: `muster`, or a peer's name. */
  readonly policy: string;
  readonly summary: SimulationSummary;
  /** USD, disks included. */
  readonly usd: number;
  /** USD that were not billed because EC2 took spot instances back within their first hour; not in `usd`. */
  readonly refunded: number;
  /**
   * `usd` and `refunded`, over the lower bound on both; null: no bound is known, or tasks were left
   * undone.
   */
  readonly ratioToBound: number | null;
  /** Calls that read or change groups and instances. */
  readonly apiCalls: number;
  /** Launches that the cloud refused, by cause. */
  readonly launchFailures: Readonly<Record<string, number>>;
  /** How often each kind of reason was given; empty for a peer, which gives none. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The fleet over time, at even intervals. */
  readonly timeline: readonly TimelinePoint[];
  /** What was paid for, most expensive first. */
  readonly usage: readonly OfferingUsage[];
}

export interface TimelinePoint {
  readonly at: UnixSeconds;
  readonly pending: number;
  readonly busy: Slots;
  /** Slots of workers that could take a task. */
  readonly free: Slots;
  /** Slots of instances whose worker has not yet spoken. */
  readonly booting: Slots;
  /** Instances interrupted so far. */
  readonly interruptions: number;
}

/** One type in one market, over all zones. */
export interface OfferingUsage {
  readonly instanceType: string;
  readonly market: MarketName;
  readonly instances: number;
  readonly slotHours: number;
  readonly usd: number;
}

/** A comparison of policies on the same tasks, prices and cloud. */
export interface Comparison {
  readonly fleet: string;
  readonly pool: string;
  readonly seed: number;
  readonly start: UnixSeconds;
  /** From the first arrival possible to the last. */
  readonly duration: Seconds;
  readonly wait: Seconds;
  /** Where tasks and prices came from, for people. */
  readonly tasks: string;
  readonly prices: string;
  /** Instance type on which durations are taken to have been measured. */
  readonly measuredOn: string;
  /** Least that any policy that keeps the wait could have paid, refunds apart, in USD; null: not computed. */
  readonly lowerBound: number | null;
  readonly results: readonly PolicyResult[];
  /** Lowest price over the zones of the types that were used most, over time. */
  readonly priceSeries: readonly PriceOverTime[];
  /** Of the simulated cloud. */
  readonly parameters: SimulationParameters;
}

export interface PriceOverTime {
  readonly instanceType: string;
  readonly market: MarketName;
  readonly points: readonly { readonly at: UnixSeconds; readonly price: UsdPerHour }[];
}
