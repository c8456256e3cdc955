/**
 * The declaration, parsed: what `muster.yaml` says, in types in which a bad state cannot be written.
 * Only the loader makes these; the stacks and the scaler read them and nothing else.
 */
import type { Infrastructure } from './infrastructure.ts';
import type { QueueDeclaration } from './queues/declaration.ts';
import type { Gibibytes, Seconds, Slots, UsdPerHour, Utility } from './units.ts';
import type { ImageBuildOptions, WorkerSoftware } from './worker-kind.ts';
import type { WorkerTypeSettings } from './worker-type-settings.ts';

export type Architecture = 'x86_64' | 'arm64';

/** How to reach AWS. `default` is the SDK's standard chain (environment, shared files, role). */
export type Credentials =
  | { readonly kind: 'default' }
  | { readonly kind: 'profile'; readonly profile: string }
  | {
      readonly kind: 'assume-role';
      readonly roleArn: string;
      readonly externalId: string | null;
      readonly sessionName: string;
    };

/** A deployment: all pools that share a name, and so the tag that marks every resource they own. */
export interface Fleet {
  readonly name: string;
  /** Time between the starts of two iterations of the scaler. Default 10 s. */
  readonly interval: Seconds;
  readonly credentials: Credentials;
  /** Where workers send heartbeats, as they see it; null: workers send none. */
  readonly heartbeat: HeartbeatEndpoint | null;
  /** Most slots launched in one region in a minute, all pools together; null: no limit. */
  readonly launchesPerMinute: Slots | null;
  /** Of all pools together; null: none. */
  readonly budget: Budget | null;
  /** Nothing is launched, drained or ended in any pool while true. */
  readonly paused: boolean;
  readonly infrastructure: Infrastructure;
  /** Of pools that are made over the API; absent: such pools are kept and do nothing. */
  readonly workerTypes?: WorkerTypeSettings | undefined;
  /** In the file's order, at least one. */
  readonly regions: readonly Region[];
  /** Sorted by id, so that the order in the file changes nothing. */
  readonly pools: readonly Pool[];
}

export interface HeartbeatEndpoint {
  readonly url: string;
  /** SSM parameter (SecureString) that holds the bearer token; null: the endpoint asks for none. */
  readonly tokenParameter: string | null;
}

export interface Region {
  readonly name: string;
  readonly network: Network;
  readonly credentials: Credentials;
}

/** Where a region's workers stand. */
export type Network =
  | { readonly kind: 'existing'; readonly vpcId: string; readonly subnetIds: readonly string[] }
  /** A VPC of the fleet's own with a public subnet in every zone; `cidr` is its IPv4 range. */
  | { readonly kind: 'created'; readonly cidr: string };

/** A named group of interchangeable workers serving one queue. */
export interface Pool {
  /** Names the pool's resources and never changes; the pool's first name unless declared. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** E-mail address of whoever answers for the pool. */
  readonly owner: string;
  readonly queue: QueueDeclaration;
  /** Region names, a subset of the fleet's, in the fleet's order. */
  readonly regions: readonly string[];
  /** Whether its workers send heartbeats: the fleet declares where to. */
  readonly heartbeats: boolean;
  /** Limits in slots: `0 <= min <= max`. */
  readonly capacity: { readonly min: Slots; readonly max: Slots };
  /** The oldest task should start within this. */
  readonly wait: Seconds;
  /** Distinct types, at least one, sorted by type. */
  readonly instances: readonly InstanceChoice[];
  readonly market: MarketPolicy;
  /** Default: `wait`. */
  readonly scaling: ScalingRule;
  /** Free slots kept ready beyond what the queue calls for. Default 0. */
  readonly buffer: Slots;
  readonly schedule: readonly ScheduledMinimum[];
  /** Work that a fresh worker loses to cold caches, as time. Default 0. */
  readonly coldStart: Seconds;
  readonly placement: Placement;
  readonly breakers: {
    /** Interruptions of one type in one region that stop it there. Default 3 in 15 min, for 30 min. */
    readonly interruptions: BreakerRule;
    /** Boots that failed, with none between that did not. Default 3 in 30 min, for 30 min. */
    readonly boots: BreakerRule;
  };
  /** null: none. */
  readonly budget: Budget | null;
  /** Nothing is launched, drained or ended while true. */
  readonly paused: boolean;
  /** Whether utilities are corrected by how long finished tasks took on each type. */
  readonly learnUtility: boolean;
  readonly image: ImageSource;
  /** Absent: its image is made elsewhere. */
  readonly imageBuild?: ImageBuildOptions | undefined;
  /** Absent: the image brings whatever it brings. */
  readonly worker?: WorkerSoftware | undefined;
  readonly disk: { readonly root: Gibibytes; readonly data: Gibibytes | null };
  readonly storage: Storage;
  readonly network: WorkerNetwork;
  readonly access: Access;
  /** Name of an existing instance profile; null: the pool has its own. */
  readonly instanceProfile: string | null;
  readonly lifecycle: Lifecycle;
  /** Distinct e-mail addresses, ARNs of SNS topics and https webhooks; `noticeTarget` tells which. */
  readonly notifyOnMissing: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** One instance type a pool may use. */
export interface InstanceChoice {
  readonly type: string;
  readonly architecture: Architecture;
  /** Tasks at once, 1 to 999 (the range of an ASG override's weight). */
  readonly capacity: Slots;
  /** Greater than 0; declared, or the catalogue's score where the file names none. */
  readonly utility: Utility;
  /** The type's own cap on the price of spot; null: none. */
  readonly maxPrice: UsdPerHour | null;
  /** Off the on-demand price, 0 to below 1, as Savings Plans and reservations give. Default 0. */
  readonly onDemandDiscount: number;
}

export type MarketPolicy =
  | { readonly kind: 'on-demand' }
  | {
      readonly kind: 'spot';
      readonly price: SpotPriceRule;
      readonly priceHistory: PriceHistory;
      /** Spot may fail to deliver for this long before on-demand takes over; null: never. */
      readonly onDemandAfter: Seconds | null;
      /** The first so many slots are on-demand. Default 0. */
      readonly onDemandBase: Slots;
      /** Share of the slots above the base that are on-demand, 0 to 1. Default 0. */
      readonly onDemandShare: number;
    };

/** What a pool declares about the price of spot. All parts absent: no cap. */
export type SpotPriceRule =
  | {
      readonly kind: 'cap';
      /** USD per instance-hour; null: no fixed cap. */
      readonly maxPrice: UsdPerHour | null;
      /** Of the mean price of the last 24 hours; null: no price history is read. */
      readonly priceMultiplier: number | null;
      /** USD per hour and utility; null: none. */
      readonly maxPricePerUtility: number | null;
      /** Whether spot may cost more than on-demand. Default false. */
      readonly aboveOnDemand: boolean;
    }
  | {
      /** The Taskcluster provisioner's bid; both limits are USD per hour and utility. */
      readonly kind: 'bid';
      readonly minPrice: number;
      readonly maxPrice: number;
    };

/** Which price of a zone counts. Default: the latest. */
export interface PriceHistory {
  readonly statistic: 'latest' | 'mean' | 'max';
  /** What mean and max are taken over. Default 30 min. */
  readonly window: Seconds;
  /** What EC2 calls the product. Default `Linux/UNIX`. */
  readonly product: string;
}

/** How capacity follows the queue. */
export type ScalingRule =
  /** The least capacity with which the oldest task starts within the wait target. */
  | { readonly kind: 'wait' }
  /** pending - booting - round(ratio x running), as the Taskcluster provisioner had it. */
  | { readonly kind: 'ratio'; readonly ratio: number }
  /** One slot for each task, waiting or running. */
  | { readonly kind: 'task' }
  | { readonly kind: 'fixed'; readonly slots: Slots }
  /** The minimum and its schedule alone; the queue is not asked. */
  | { readonly kind: 'schedule' };

/** A minimum that holds from each time that `cron` names for as long as `duration`. */
export interface ScheduledMinimum {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** IANA name. Default `UTC`. */
  readonly timeZone: string;
  readonly duration: Seconds;
  readonly min: Slots;
}

/** Where new capacity may go. */
export interface Placement {
  /** `group`: a group spreads over its zones by itself. `cheapest`: each launch names a zone. */
  readonly zones: 'group' | 'cheapest';
  /** The most of a pool's slots in one region, 0 to 1. Default 1. */
  readonly regionShare: number;
  /** With `cheapest`: the most of a region's slots in one zone, 0 to 1. Default 0.7. */
  readonly zoneShare: number;
}

/** So many events in so much time stop something for so long. */
export interface BreakerRule {
  readonly count: number;
  readonly within: Seconds;
  readonly pause: Seconds;
}

/** How much may be spent in a calendar day or month (UTC). */
export interface Budget {
  readonly usd: number;
  readonly per: 'day' | 'month';
  /** A notice is sent when this share is spent. Default 0.8. */
  readonly alertAt: number;
  /** Whether nothing is launched above the minimum once all is spent. Default true. */
  readonly cap: boolean;
}

export type ImageSource =
  /** The same image id in every region makes no sense, so ids are by region and architecture. */
  | {
      readonly kind: 'id';
      readonly ids: Readonly<Record<string, Partial<Record<Architecture, string>>>>;
    }
  /** An SSM parameter that holds an image id; `{arch}` in the name is replaced by the architecture. */
  | { readonly kind: 'ssm'; readonly parameter: string }
  /** An AMI set of the API; `{arch}` in the name is replaced by the architecture. */
  | { readonly kind: 'ami-set'; readonly name: string }
  /** The newest match of what these owners publish. */
  | {
      readonly kind: 'lookup';
      readonly owners: readonly string[];
      readonly locationRegex: string | null;
    };

export interface Access {
  /** Security group that may reach port 22; null: nobody. */
  readonly sshSecurityGroupId: string | null;
  /** Security group that may reach port 9100; null: nobody. */
  readonly metricsSecurityGroupId: string | null;
  readonly keyPair: string | null;
  /** Ids or names of existing groups that workers are in beside the pool's own, sorted. */
  readonly securityGroups: readonly string[];
}

/** What is asked of a worker's volumes beside their size. */
export interface Storage {
  readonly root: VolumePerformance;
  readonly data: VolumePerformance;
  /** null: as the instance type has it. */
  readonly ebsOptimized: boolean | null;
  /** Encrypts every volume; null: the account's own key for EBS does. */
  readonly kmsKeyArn: string | null;
  /** Made with each worker, sorted by device. */
  readonly volumes: readonly NewVolume[];
  /** Existing ones, sorted by id; the pool then has one worker at a time. */
  readonly attached: readonly AttachedVolume[];
}

/** Of a gp3 volume; null: what it has unless asked for more. */
export interface VolumePerformance {
  /** Operations a second. */
  readonly iops: number | null;
  /** MiB/s. */
  readonly throughput: number | null;
}

export interface NewVolume extends VolumePerformance {
  readonly device: string;
  /** null: the snapshot's. */
  readonly size: Gibibytes | null;
  readonly snapshotId: string | null;
  readonly type: string;
  readonly deleteOnTermination: boolean;
}

export interface AttachedVolume {
  readonly id: string;
  readonly mountPoint: string;
}

/** Where a pool's workers stand. */
export interface WorkerNetwork {
  /** By each of the pool's regions. */
  readonly subnets: Readonly<Record<string, WorkerSubnets>>;
  /** By each of the pool's regions: names of the zones that its subnets must be in; none: any. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  /** null: none. */
  readonly elasticIps: ElasticIps | null;
  /** All that workers may reach; null: anything. */
  readonly egress: readonly EgressRule[] | null;
}

export interface EgressRule {
  /** An IPv4 range, or the id of a security group or prefix list. */
  readonly to: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface WorkerSubnets {
  /** Sorted; null: all of a network that the fleet makes. */
  readonly ids: readonly string[] | null;
  /** null: as the subnet says. */
  readonly publicIp: boolean | null;
}

/** One for each worker, which takes a free one when it starts. */
export type ElasticIps =
  /** So many are made in each of the pool's regions. */
  | { readonly kind: 'created'; readonly count: number }
  /** Allocation ids or IPv4 addresses, sorted, all of the pool's one region. */
  | { readonly kind: 'given'; readonly ids: readonly string[] };

export interface Lifecycle {
  /** How long a worker may be idle before it is let go. `auto`: as long as a fresh boot would cost. */
  readonly idle: 'auto' | Seconds;
  /** A draining worker may take this long to finish its tasks. Default 15 min. */
  readonly drain: Seconds;
  /** A launch that has not attached within this has failed. Default 20 min. */
  readonly missingAfter: Seconds;
  /** Workers older than this are replaced once idle. Default 96 h. */
  readonly maxLifetime: Seconds;
  /**
   * A worker that reaches neither its master or queue nor the scaler for this long finishes its tasks and
   * ends. Absent: 30 min, which its agent knows.
   */
  readonly orphanAfter?: Seconds | undefined;
  /** AWS holds a launched worker for so long, or until it says that it is ready. Absent: it does not. */
  readonly launchHook?: Seconds | undefined;
}
