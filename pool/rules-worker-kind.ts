/** What must hold of what a pool's workers run. */
import type { PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { workerKinds } from './schema-worker-kind.ts';

type WorkerDraft = NonNullable<PoolDraft['worker']>;
type KindName = (typeof workerKinds)[number];

export function workerKindFindings(pool: PoolDraft, path: Path): Finding[] {
  const { worker, image } = pool;
  if (worker === undefined) {
    // One of the wrong form is there, and has its own fault.
    if (image?.build === undefined || Object.hasOwn(pool, 'worker')) return [];
    const message = 'got it without worker; allowed: with worker, which says what the image brings';
    return [{ path: [...path, 'image', 'build'], at: 'key', message }];
  }
  const at = [...path, 'worker'];
  const given = workerKinds.filter((kind) => worker[kind] !== undefined);
  if (given.length > 1) {
    const message = `got ${given.join(' and ')}; allowed: one of ${workerKinds.join(', ')}`;
    return [{ path: [...at, given[1] ?? ''], at: 'key', message }];
  }
  const [kind] = given;
  if (kind === undefined) return [];
  return [
    ...versionFindings(worker, kind, at),
    ...singleUseFindings(worker, kind, at),
    ...volumeFindings(pool, worker, at),
  ];
}

/** A worker must be of the version that its scheduler works with: there is no default for it. */
function versionFindings(
  { version, versionFrom }: WorkerDraft,
  kind: KindName,
  at: Path,
): Finding[] {
  const given = (['version', 'versionFrom'] as const).filter(
    (key) => ({ version, versionFrom })[key] !== undefined,
  );
  if (kind === 'command') {
    return given.map((key): Finding => {
      const message =
        'got it with command; allowed: with another worker, of which muster installs a version';
      return { path: [...at, key], at: 'key', message };
    });
  }
  if (given.length === 2) {
    const message = 'got version and versionFrom; allowed: one of them';
    return [{ path: [...at, 'versionFrom'], at: 'key', message }];
  }
  if (given.length === 1) return [];
  const message = `no version of ${kind}; allowed: version, or versionFrom to ask the scheduler`;
  return [{ path: at, at: 'value', message }];
}

/** GitHub makes a runner that is registered just in time for one job. */
function singleUseFindings({ singleUse }: WorkerDraft, kind: KindName, at: Path): Finding[] {
  if (kind !== 'github' || singleUse !== false) return [];
  const message =
    'got false for github, whose runners are for one job; allowed: true, or leave it out';
  return [{ path: [...at, 'singleUse'], at: 'value', message }];
}

/** Amazon Linux 2023 has no package with the tools of btrfs. */
function volumeFindings({ image, disk }: PoolDraft, worker: WorkerDraft, at: Path): Finding[] {
  const base = image?.build?.base;
  const has =
    worker.localDevice === true ||
    (worker.device ?? 'nodevice') !== 'nodevice' ||
    disk?.data !== undefined ||
    (disk?.existing ?? []).length > 0;
  if (!has || base !== 'al2023' || (worker.filesystem ?? 'btrfs') !== 'btrfs') return [];
  const message =
    'btrfs, for which al2023 has no tools; allowed: filesystem: ext4, or base: ubuntu-24.04';
  return [{ path: at, at: 'value', message }];
}
