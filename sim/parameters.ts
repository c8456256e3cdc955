/**
 * Every parameter of the simulated cloud, with its source. "Assumption" means that no public data
 * says it. `sim/fit/` holds the scripts that made the fits and prints them again.
 */
import type { Seconds, Slots } from '../pool/units.ts';
import type { AvailabilityTrace } from './availability.ts';

export interface SimulationParameters {
  readonly group: GroupParameters;
  readonly boot: BootParameters;
  readonly worker: WorkerParameters;
  readonly spotPrices: SpotPriceParameters;
  readonly interruptions: InterruptionParameters;
  readonly capacity: CapacityParameters;
  readonly quotas: QuotaParameters;
  readonly api: ApiParameters | null;
  readonly billing: BillingParameters;
}

export interface GroupParameters {
  /** From a change of desired capacity, or of the group's instances, to the group acting on it. */
  readonly activityDelay: Seconds;
  /** From an attempt that could not launch all that is missing to the next. */
  readonly launchRetry: Seconds;
  /** From the end of an instance that EC2 ended to the group's noticing. */
  readonly healthCheckDelay: Seconds;
  /** From an instance's being told to stop, when billing ends, until the group no longer lists it. */
  readonly shutdown: Seconds;
  /** Describing groups tells of them as they were so long ago. */
  readonly staleness: Seconds;
  /**
   * Whether a group that finds no spot capacity in a zone tells of each type that it tried. AWS's
   * activities name no type then, so the zone as a whole counts as refused; LaunchInstances names them always.
   */
  readonly spotFailuresNameTypes: boolean;
  /** Of each group; heeded by calls that honour it alone, which are none of the scaler's. */
  readonly defaultCooldown: Seconds;
}

export interface BootParameters {
  /** From launch to the group's counting the instance as in service. */
  readonly inService: Seconds;
  /** From launch to the worker's first heartbeat, log-normal. */
  readonly readyMedian: Seconds;
  readonly readySigma: number;
  /** No instance is ready sooner. */
  readonly readyMinimum: Seconds;
  /** Share of instances whose worker never says a word. */
  readonly failureShare: number;
}

export interface WorkerParameters {
  readonly heartbeatInterval: Seconds;
  /** Whether it also speaks as soon as anything about it changes. */
  readonly speaksOnChange: boolean;
  /** Share of workers that boot and say that they take tasks, and never take one. */
  readonly neverTakesShare: number;
  /** Utility per slot of the machine on which a task takes its stated duration. */
  readonly referenceUtilityPerSlot: number;
  /** From the end of the last task of a worker that is to end to its completing the group's hook. */
  readonly completesHookAfter: Seconds;
}

export interface SpotPriceParameters {
  /** Median of spot / on-demand over offerings. */
  readonly medianShareOfOnDemand: number;
  /** Standard deviations of the logarithm: between types, and between zones of a type. */
  readonly typeSigma: number;
  readonly zoneSigma: number;
  /** Mean time between two changes of an offering's price. */
  readonly changeInterval: Seconds;
  /** Standard deviation of the logarithm after one hour; it grows with the root of time. */
  readonly hourlyVolatility: number;
  /** Time in which a deviation from an offering's own level falls to 1/e. */
  readonly reversion: Seconds;
}

export interface InterruptionParameters {
  readonly source: InterruptionSource;
  /** Share of instances interrupted in a month, for each bucket of the Spot Advisor. */
  readonly monthlyShareByBucket: readonly number[];
  /** Share of offerings in each bucket. */
  readonly bucketShares: readonly number[];
  /** On all rates. */
  readonly multiplier: number;
  readonly notice: Seconds;
  readonly rebalance: RebalanceParameters;
}

/**
 * Where interruptions come from. Rates: each instance has a hazard of its own. Traces: each spot
 * offering replays one of them; while it has nothing, no launch succeeds, and all that ran of the
 * offering gets its notice at once. Then neither the rates nor `capacity.spot` count.
 */
export type InterruptionSource =
  | { readonly kind: 'rates' }
  | { readonly kind: 'traces'; readonly traces: readonly AvailabilityTrace[] };

/** EC2's advice to replace a spot instance. What is not advised before is advised with the notice. */
export interface RebalanceParameters {
  /** Share of interruptions by rates that are advised before their notice. */
  readonly earlyShare: number;
  /** Mean time by which it is early; exponential. */
  readonly meanLead: Seconds;
}

export interface CapacityParameters {
  readonly spot: OfferingCapacity;
  readonly onDemand: OfferingCapacity;
  /** Instances that one offering can give at once, log-uniform between the two. */
  readonly depth: { readonly from: Slots; readonly to: Slots };
}

/** An offering has capacity, then has none, then has some again; both times are exponential. */
export interface OfferingCapacity {
  readonly meanAvailable: Seconds;
  readonly meanMissing: Seconds;
}

/** vCPUs that the account may run at once in each region; null: no limit. */
export interface QuotaParameters {
  readonly spot: number | null;
  readonly onDemand: number | null;
}

/**
 * The token bucket that all calls of a region share; each call takes one token, and without one it
 * is throttled. null in {@link SimulationParameters}: no call ever is.
 */
export interface ApiParameters {
  readonly burst: number;
  readonly perSecond: number;
}

export interface BillingParameters {
  readonly minimum: Seconds;
  /** A spot instance that EC2 ends within this is free. */
  readonly freeIfInterruptedWithin: Seconds;
  readonly ebsUsdPerGibibyteMonth: number;
}

const hour = 3600;
const day = 24 * hour;
/** The month that AWS bills storage by. */
export const hoursPerMonth = 730;

export const defaultParameters: SimulationParameters = {
  group: {
    // Assumption: a group acts within seconds; failed launches are tried again about each minute.
    activityDelay: 4,
    launchRetry: 60,
    // EC2 reports an ended instance to its group within a minute or so; assumption.
    healthCheckDelay: 45,
    // EC2 bills nothing from `shutting-down` on ("Amazon EC2 instance state changes"); how long that
    // lasts is an assumption.
    shutdown: 30,
    // EC2 developer guide, "Eventual consistency": wait a couple of seconds before describing again.
    staleness: 2,
    // Optimistic: "There is no Spot capacity available that matches your request" is all that the
    // activities which users quote in public threads say.
    spotFailuresNameTypes: true,
    // CreateAutoScalingGroup, DefaultCooldown.
    defaultCooldown: 300,
  },
  boot: {
    // Two things were measured in 73 starts (Spare Cores inspector data; `fit-boot`): when user data
    // runs (median 31 s, p90 44 s) and when a container runs that was pulled first (median 159 s, p90
    // 295 s; sigma 0.48). A baked image starts its worker in between: median 75 s, p90 150 s, and
    // so sigma = ln(150 / 75) / 1.2816. The least is the p10 of user data.
    inService: 20,
    readyMedian: 75,
    readySigma: 0.541,
    readyMinimum: 18,
    // Assumption; 3 of the 73 starts have no figure.
    failureShare: 0.005,
  },
  // As `examples/worker` does it, which says changes within 0.2 s.
  worker: {
    heartbeatInterval: 10,
    speaksOnChange: true,
    // Happens, and nobody says how often: none unless a test asks for it.
    neverTakesShare: 0,
    referenceUtilityPerSlot: 1,
    // The example worker looks at its target lifecycle state every 5 s.
    completesHookAfter: 5,
  },
  spotPrices: {
    // `fit-prices` on families c, m and r, 5th to 7th generation, large to 8xlarge, 2022-11-28 to
    // 2023-08-31 (SkyPilot catalogue): 685 offerings in us-east-1, 426 in eu-west-1. Here and below
    // the middle of the two regions. Median share 0.60 and 0.50; p5 0.34 and 0.31, p95 0.94 and 0.80.
    medianShareOfOnDemand: 0.55,
    // Types 0.19 and 0.19, zones 0.07 and 0.04.
    typeSigma: 0.19,
    zoneSigma: 0.055,
    // 68 % and 64 % of the samples, 6 h apart, differ from the one before.
    changeInterval: 5.5 * hour,
    // Change over 24 h: sigma 0.0119 and 0.0094. Over two weeks it is 0.0945 and 0.0752, twice
    // what this walk gives: prices trend, and the model does not.
    hourlyVolatility: 0.0022,
    // Assumption: nine months are too short to tell.
    reversion: 60 * day,
  },
  interruptions: {
    source: { kind: 'rates' },
    // Spot Advisor's ranges are <5, 5-10, 10-15, 15-20 and >20 %: the middle of each, 25 % for the open one.
    monthlyShareByBucket: [0.025, 0.075, 0.125, 0.175, 0.25],
    // 1,505 Linux offerings of c, m, r from the 5th generation on in five regions, 2025-06 (spotinfo).
    bucketShares: [0.17, 0.2, 0.12, 0.13, 0.38],
    multiplier: 1,
    // EC2 user guide, "Spot Instance interruption notices".
    notice: 120,
    // EC2 user guide, "EC2 instance rebalance recommendations": it can come before the notice or with
    // it. How often and how early AWS does not say: assumption.
    rebalance: { earlyShare: 0.5, meanLead: 600 },
  },
  capacity: {
    // GPU nodes are missing for 0.8 to 3.6 h at a time ("Can't Be Late", NSDI 2024: mean by zone); no
    // such trace exists for general types, which are missing far less often: assumption.
    spot: { meanAvailable: 2 * day, meanMissing: 1.5 * hour },
    onDemand: { meanAvailable: 20 * day, meanMissing: 0.5 * hour },
    // Assumption.
    depth: { from: 20, to: 400 },
  },
  // An account's own; AWS raises them on request, so none unless a test or a user states one.
  quotas: { spot: null, onDemand: null },
  // AWS does not publish the size of Auto Scaling's bucket; `ec2Buckets` has EC2's.
  api: null,
  billing: {
    // EC2 pricing pages: per second, at least 60 s; and "Billing for interrupted Spot Instances".
    minimum: 60,
    freeIfInterruptedWithin: hour,
    // EBS pricing page, gp3 in us-east-1.
    ebsUsdPerGibibyteMonth: 0.08,
  },
};

/**
 * The token buckets that AWS documents for EC2's API, for {@link SimulationParameters.api} (EC2 developer
 * guide, "Request throttling for the Amazon EC2 API"). Auto Scaling has one bucket for reads and
 * writes, whose size is not published; that of EC2's mutating actions is the nearest that is.
 */
export const ec2Buckets = {
  describe: { burst: 100, perSecond: 20 },
  mutating: { burst: 50, perSecond: 5 },
  runInstances: { burst: 5, perSecond: 2 },
} as const satisfies Readonly<Record<string, ApiParameters>>;
