/** What Packer is told: the variables of `packer/`, from the declaration. Nothing here is a secret. */
import { type ImageLayer, imageTagKeys } from '../pool/image-tags.ts';
import { tagKeys } from '../pool/names.ts';
import type { Architecture, Fleet, Pool } from '../pool/pool.ts';
import {
  type ImageBase,
  type ImageBuildOptions,
  secretsOf,
  type WorkerKind,
  type WorkerSoftware,
} from '../pool/worker-kind.ts';

/** A pool that declares how its image is built and what its workers run. */
export interface BuildablePool {
  readonly pool: Pool;
  readonly options: ImageBuildOptions;
  readonly worker: WorkerSoftware;
}

export interface ImageBuild {
  readonly id: string;
  readonly layer: ImageLayer;
  readonly architecture: Architecture;
  /** Region to build in; the image is copied to the pool's others. */
  readonly region: string;
  readonly sourceImage: string;
  readonly gitCommit: string;
  /** null: the kind has none. */
  readonly workerVersion: string | null;
  readonly at: Date;
  readonly manifest: string;
  /** Instance profile for Session Manager; null: ssh. */
  readonly instanceProfile: string | null;
  /** null: the region's own. */
  readonly ec2Endpoint: string | null;
}

/** Facts of the distributions' images. */
const distributions: Readonly<
  Record<ImageBase, { readonly rootDevice: string; readonly user: string }>
> = {
  'ubuntu-24.04': { rootDevice: '/dev/sda1', user: 'ubuntu' },
  al2023: { rootDevice: '/dev/xvda', user: 'ec2-user' },
};

/** AWS allows 128 characters. No two builds have the same, as each has an id. */
export function imageName(
  fleet: Fleet,
  { pool, options }: BuildablePool,
  build: ImageBuild,
): string {
  const what = build.layer === 'base' ? options.base : pool.id;
  const time = build.at.toISOString().replace(/[-:]|\..*/g, '');
  return `muster-${fleet.name}-${what}-${build.architecture}-${time}-${build.id}`;
}

export function imageTags(
  fleet: Fleet,
  { pool, options, worker }: BuildablePool,
  build: ImageBuild,
): Readonly<Record<string, string>> {
  return {
    ...(build.layer === 'worker' ? pool.tags : {}),
    Name: imageName(fleet, { pool, options, worker }, build),
    [tagKeys.fleet]: fleet.name,
    ...(build.layer === 'worker' ? { [tagKeys.pool]: pool.id } : {}),
    [imageTagKeys.layer]: build.layer,
    [imageTagKeys.build]: build.id,
    [imageTagKeys.base]: options.base,
    [imageTagKeys.architecture]: build.architecture,
    [imageTagKeys.gitCommit]: build.gitCommit,
    [imageTagKeys.builtAt]: build.at.toISOString(),
    ...(build.layer === 'worker'
      ? {
          [imageTagKeys.workerKind]: worker.software.kind,
          [imageTagKeys.workerVersion]: build.workerVersion ?? 'none',
        }
      : {}),
  };
}

/** A `*.pkrvars.json` for `packer/`. */
export function packerVariables(fleet: Fleet, buildable: BuildablePool, build: ImageBuild) {
  const { pool, options } = buildable;
  const { rootDevice, user } = distributions[options.base];
  // A base image serves one region: worker images are built there, and copied from there.
  const regions = build.layer === 'base' ? [build.region] : pool.regions;
  const keys = Object.entries(options.kmsKeys).filter(([region]) => regions.includes(region));
  return {
    layer: build.layer,
    region: build.region,
    regions: [...regions].sort(),
    source_ami: build.sourceImage,
    architecture: build.architecture,
    instance_type: options.instanceTypes[build.architecture],
    image_name: imageName(fleet, buildable, build),
    description: `Muster ${build.layer} layer, ${options.base}, ${build.architecture}`,
    root_device: rootDevice,
    root_gibibytes: options.root,
    kms_key_ids: Object.fromEntries(keys),
    tags: imageTags(fleet, buildable, build),
    connect: build.instanceProfile === null ? 'ssh' : 'session-manager',
    ssh_from: options.sshFrom,
    ssh_username: user,
    instance_profile: build.instanceProfile,
    subnet_id: options.subnetId,
    ec2_endpoint: build.ec2Endpoint,
    ansible_version: options.ansibleVersion,
    ansible_variables: JSON.stringify(
      build.layer === 'base' ? {} : ansibleVariables(buildable, build.workerVersion),
    ),
    manifest: build.manifest,
  };
}

/** Variables of the role `muster_worker`. */
export function ansibleVariables(
  { options, worker }: Pick<BuildablePool, 'options' | 'worker'>,
  workerVersion: string | null,
) {
  const { software, singleUse, dataVolume } = worker;
  return {
    muster_worker_kind: software.kind,
    muster_worker_version: workerVersion ?? '',
    muster_worker_single_use: singleUse,
    muster_worker_filesystem: dataVolume.filesystem,
    muster_worker_local_device: dataVolume.localDevice,
    muster_worker_device: dataVolume.device ?? 'nodevice',
    muster_worker_environment: environmentOf(software),
    muster_worker_secrets: secretsOf(software),
    muster_worker_debug_public_key: options.debugPublicKey ?? '',
  };
}

/** What the scripts in `packer/ansible/roles/muster_worker/files` read. */
function environmentOf(software: WorkerKind): Readonly<Record<string, string>> {
  switch (software.kind) {
    case 'concourse':
      return {
        CONCOURSE_TSA_HOST: `${software.host}:${software.port}`,
        ...(software.tag === null ? {} : { CONCOURSE_TAG: software.tag }),
        ...(software.team === null ? {} : { CONCOURSE_TEAM: software.team }),
      };
    case 'buildbot':
      return { MUSTER_BUILDBOT_MASTER: software.master, MUSTER_BUILDBOT_NAME: software.name };
    case 'github':
      return {
        MUSTER_GITHUB_URL: software.url,
        MUSTER_RUNNER_LABELS: software.labels.join(','),
        MUSTER_RUNNER_GROUP_ID: String(software.runnerGroup),
      };
    case 'gitea':
      return {
        MUSTER_GITEA_URL: software.url,
        MUSTER_RUNNER_LABELS: software.labels.join(','),
      };
    case 'command':
      return {
        MUSTER_COMMAND: software.run,
        ...(software.busy === null ? {} : { MUSTER_BUSY_COMMAND: software.busy }),
      };
  }
}
