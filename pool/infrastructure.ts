/** What stands in AWS beside the pools. The stacks make it; no decision of the scaler reads it. */
import type { RemoteState } from './remote-state.ts';
import type { Seconds } from './units.ts';

export interface Infrastructure {
  /** null: in files beside the output. */
  readonly remoteState: RemoteState | null;
  /** Whether events of groups and instances go to a queue in each region. Default false. */
  readonly events: boolean;
  /** How long log groups keep what they hold. Default 30. */
  readonly logRetentionDays: number;
  /** null: no alarms and no dashboard. */
  readonly monitoring: Monitoring | null;
  /** null: the scaler runs elsewhere. */
  readonly scaler: ScalerHost | null;
  /** null: images are built elsewhere. */
  readonly imageBuild: ImageBuild | null;
}

export interface Monitoring {
  /** E-mail addresses and ARNs of SNS topics of the home region, sorted, each once. */
  readonly notify: readonly string[];
}

/** The instances that run the scaler. */
export interface ScalerHost {
  /** With an Arm processor. */
  readonly instanceType: string;
  /** IPv4 ranges that may reach its API beside its own VPC, sorted. */
  readonly apiFrom: readonly string[];
  /** Encrypts its table, bucket and log; null: a key of its own does. */
  readonly kmsKeyArn: string | null;
  /** Id of the private hosted zone with the name of the API; null: someone else sees to the name. */
  readonly addressZone: string | null;
}

export interface ImageBuild {
  /** How often CodeBuild builds; null: only on demand, outside CodeBuild. */
  readonly every: Seconds | null;
  /** ARNs of roles that may take on the build role, sorted. */
  readonly builders: readonly string[];
}

/** Where nothing is declared. */
export const plainInfrastructure: Infrastructure = {
  remoteState: null,
  events: false,
  logRetentionDays: 30,
  monitoring: null,
  scaler: null,
  imageBuild: null,
};
