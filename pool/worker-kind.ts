/** What a pool's workers run, and how the image that brings it is built. No decision of the scaler reads it. */
import type { Architecture } from './pool.ts';
import type { Gibibytes } from './units.ts';

/** Where a secret is kept: `ssm:PARAMETER` or `secretsmanager:SECRET`. Resolved on the worker, at boot. */
export type SecretReference = string;

export interface WorkerSoftware {
  readonly software: WorkerKind;
  readonly version: WorkerVersion;
  /** Whether a worker ends after one task. Default: GitHub and Gitea runners do. */
  readonly singleUse: boolean;
  readonly dataVolume: DataVolume;
}

export type WorkerVersion =
  | { readonly kind: 'none' }
  | { readonly kind: 'pinned'; readonly version: string }
  /** Asked of the scheduler at `URL/api/v1/info` when an image is built. */
  | { readonly kind: 'scheduler'; readonly url: string };

/** Defaults are those of Cycloid's stack-external-worker: btrfs, no local device, no device. */
export interface DataVolume {
  readonly filesystem: 'btrfs' | 'ext4';
  /** Whether to take /dev/xvdg, then /dev/local0, before `device`. */
  readonly localDevice: boolean;
  /** null: that of the pool's `disk.data`, else no dedicated volume. */
  readonly device: string | null;
}

export type WorkerKind =
  | {
      readonly kind: 'concourse';
      readonly host: string;
      /** Default 2222. */
      readonly port: number;
      /** Only tasks with this tag run on it; null: those without. */
      readonly tag: string | null;
      /** null: every team's. */
      readonly team: string | null;
      readonly hostKey: SecretReference;
      readonly workerKey: SecretReference;
    }
  | {
      readonly kind: 'buildbot';
      /** HOST:PORT of the master's worker port. */
      readonly master: string;
      /** `{instance}` stands for the instance's id. */
      readonly name: string;
      readonly password: SecretReference;
    }
  | {
      readonly kind: 'github';
      /** Of an organization or a repository. */
      readonly url: string;
      readonly labels: readonly string[];
      /** Default 1. */
      readonly runnerGroup: number;
      readonly token: SecretReference;
    }
  | {
      readonly kind: 'gitea';
      readonly url: string;
      readonly labels: readonly string[];
      readonly token: SecretReference;
    }
  | {
      readonly kind: 'command';
      readonly run: string;
      /** Prints how many task slots are busy; null: 1 as long as it runs. */
      readonly busy: string | null;
      /** By name of the file that the command finds in CREDENTIALS_DIRECTORY. */
      readonly secrets: Readonly<Record<string, SecretReference>>;
    };

export const imageBases = ['ubuntu-24.04', 'al2023'] as const;
export type ImageBase = (typeof imageBases)[number];

export interface ImageBuildOptions {
  /** Distribution of the base layer. Default Ubuntu 24.04, which has btrfs and which Concourse supports. */
  readonly base: ImageBase;
  /** Images of one's own to make the base layer from, by architecture; absent: the distribution's newest. */
  readonly from: Readonly<Partial<Record<Architecture, string>>>;
  /** null: Session Manager where the fleet declares `imageBuild`, else ssh. */
  readonly connect: 'session-manager' | 'ssh' | null;
  /** IPv4 ranges that may reach the machine over ssh while it is built; none: the address of whoever builds. */
  readonly sshFrom: readonly string[];
  readonly instanceTypes: Readonly<Record<Architecture, string>>;
  /** null: one of the default VPC. */
  readonly subnetId: string | null;
  /** Key of the snapshots by region; absent: the account's own for EBS. */
  readonly kmsKeys: Readonly<Record<string, string>>;
  readonly root: Gibibytes;
  /** Lets its owner in on every worker, to debug; null: nobody. */
  readonly debugPublicKey: string | null;
  readonly ansibleVersion: string;
}

/** Names under which the agent writes a kind's secrets below /run/muster/secrets. */
export function secretsOf(software: WorkerKind): Readonly<Record<string, SecretReference>> {
  switch (software.kind) {
    case 'concourse':
      return { 'tsa-host-key': software.hostKey, 'worker-key': software.workerKey };
    case 'buildbot':
      return { 'buildbot-password': software.password };
    case 'github':
      return { 'github-token': software.token };
    case 'gitea':
      return { 'gitea-token': software.token };
    case 'command':
      return software.secrets;
  }
}
