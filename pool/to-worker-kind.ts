/** What a pool's workers run, from what the file says to the types that the rest reads. */
import { compareText } from './compare-text.ts';
import type { FleetOutput } from './schema.ts';
import type {
  ImageBuildOptions,
  WorkerKind,
  WorkerSoftware,
  WorkerVersion,
} from './worker-kind.ts';

type WorkerOutput = NonNullable<FleetOutput['pools'][string]['worker']>;
type BuildOutput = NonNullable<FleetOutput['pools'][string]['image']['build']>;

export function toWorkerSoftware(worker: WorkerOutput): WorkerSoftware {
  const software = toKind(worker);
  return {
    software,
    version: toVersion(worker),
    singleUse: worker.singleUse ?? (software.kind === 'github' || software.kind === 'gitea'),
    dataVolume: {
      filesystem: worker.filesystem,
      localDevice: worker.localDevice,
      device: worker.device === 'nodevice' ? null : worker.device,
    },
  };
}

export function toImageBuild(build: BuildOutput): ImageBuildOptions {
  return {
    base: build.base,
    from: Object.fromEntries(
      Object.entries(build.from ?? {}).filter(([, image]) => image !== undefined),
    ),
    connect: build.connect ?? null,
    sshFrom: [...(build.sshFrom ?? [])].sort(compareText),
    instanceTypes: build.instanceTypes,
    subnetId: build.subnet ?? null,
    kmsKeys: build.kmsKeys ?? {},
    root: build.root,
    debugPublicKey: build.debugPublicKey ?? null,
    ansibleVersion: build.ansibleVersion,
  };
}

function toVersion({ version, versionFrom }: WorkerOutput): WorkerVersion {
  if (version !== undefined) return { kind: 'pinned', version };
  return versionFrom === undefined ? { kind: 'none' } : { kind: 'scheduler', url: versionFrom };
}

/** The rules refuse a worker of no kind, so the command at the end is always there. */
function toKind({ concourse, buildbot, github, gitea, command }: WorkerOutput): WorkerKind {
  if (concourse) {
    const { tag = null, team = null } = concourse;
    return { kind: 'concourse', ...concourse, tag, team };
  }
  if (buildbot) return { kind: 'buildbot', ...buildbot };
  if (github) return { kind: 'github', ...github };
  if (gitea) return { kind: 'gitea', ...gitea };
  return {
    kind: 'command',
    run: command?.run ?? '',
    busy: command?.busy ?? null,
    secrets: command?.secrets ?? {},
  };
}
