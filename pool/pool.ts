/**
 * The declaration, parsed: what `muster.yaml` says, in types in which a bad state cannot be written.
 * Only the loader makes these; the stacks and the scaler read them and nothing else.
 */
import type { Gibibytes, Seconds, Slots, UsdPerHour, Utility } from './units.ts';

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
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly credentials: Credentials;
}

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
  readonly image: ImageSource;
  readonly disk: { readonly root: Gibibytes; readonly data: Gibibytes | null };
  readonly access: Access;
  readonly lifecycle: Lifecycle;
  readonly notifyOnMissing: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** One instance type a pool may use. */
export interface InstanceChoice {
  readonly type: string;
  readonly architecture: Architecture;
  /** Tasks at once, 1 to 999 (the range of an ASG override's weight). */
  readonly capacity: Slots;
  /** Greater than 0. */
  readonly utility: Utility;
}

export type QueueDeclaration =
  | { readonly kind: 'sqs'; readonly url: string; readonly region: string }
  | {
      /** Lists tasks as JSON at `http://HOST:PORT/VERSION/jobs?state=PENDING`. */
      readonly kind: 'http';
      readonly host: string;
      /** Default 80. */
      readonly port: number;
      /** Default `v1`. */
      readonly version: string;
      /** Only tasks of this provisioner id count. */
      readonly provisionerId: string;
      /** Only tasks of this worker type count. Default: the pool's name. */
      readonly workerType: string;
    };

export type MarketPolicy =
  | { readonly kind: 'on-demand' }
  | {
      readonly kind: 'spot';
      /** Cap in USD per instance-hour; null: none. */
      readonly maxPrice: UsdPerHour | null;
      /** Cap as a multiple of the mean spot price of the last 24 hours; null: no price history is read. */
      readonly priceMultiplier: number | null;
      /** Spot may fail to deliver for this long before on-demand takes over; null: never. */
      readonly onDemandAfter: Seconds | null;
    };

export type ImageSource =
  /** The same image id in every region makes no sense, so ids are by region and architecture. */
  | {
      readonly kind: 'id';
      readonly ids: Readonly<Record<string, Partial<Record<Architecture, string>>>>;
    }
  /** An SSM parameter that holds an image id; `{arch}` in the name is replaced by the architecture. */
  | { readonly kind: 'ssm'; readonly parameter: string }
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
}

export interface Lifecycle {
  /** How long a worker may be idle before it is let go. `auto`: as long as a fresh boot would cost. */
  readonly idle: 'auto' | Seconds;
  /** A draining worker may take this long to finish its tasks. Default 15 min. */
  readonly drain: Seconds;
  /** A launch that has not attached within this has failed. Default 20 min. */
  readonly missingAfter: Seconds;
  /** Workers older than this are replaced once idle. Default 96 h. */
  readonly maxLifetime: Seconds;
}
