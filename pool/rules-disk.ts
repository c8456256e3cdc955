/** What must hold of a worker's volumes. */
import type { PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { parseSize } from './parse-units.ts';
import { repeated } from './repeated.ts';
import { gp3, type VolumeLimits, volumeLimits } from './schema-disk.ts';

type DiskDraft = NonNullable<PoolDraft['disk']>;
type NewVolumeDraft = NonNullable<NonNullable<DiskDraft['volumes']>[number]>;

/** Taken by the data volume. */
const dataDevices = ['/dev/sdf', '/dev/xvdf'];
/** What images call their root volume, which `root` sizes. */
const rootDevices = ['/dev/sda', '/dev/sda1', '/dev/xvda'];
/** The example worker's own folder, where the data volume is. */
const dataFolder = '/var/lib/muster';

export function diskFindings(pool: PoolDraft, path: Path, regions: readonly string[]): Finding[] {
  const { disk } = pool;
  if (disk === undefined) return [];
  const at = [...path, 'disk'];
  return [
    ...(['root', 'data'] as const).flatMap((key) => {
      const volume = disk[key];
      if (typeof volume !== 'object') return [];
      return performanceFindings(volume, volumeLimits.gp3, 'gp3', [...at, key]);
    }),
    ...volumesFindings(disk, [...at, 'volumes']),
    ...keyFindings(disk, [...at, 'kmsKey'], regions),
    ...existingFindings(pool, [...at, 'existing'], regions),
  ];
}

/** A rate that no volume of the size can have would fail at each launch. */
function performanceFindings(
  volume: Pick<NewVolumeDraft, 'size' | 'iops' | 'throughput'>,
  limits: VolumeLimits,
  type: string,
  path: Path,
): Finding[] {
  const findings: Finding[] = [];
  const parsed = volume.size === undefined ? null : parseSize(volume.size);
  const size = parsed?.ok ? parsed.value : null;
  const refuse = (key: string, message: string, at: Finding['at'] = 'value') =>
    findings.push({ path: [...path, key], at, message });
  const { iops, throughput } = volume;
  if (size !== null && (size < limits.size.least || size > limits.size.most)) {
    const range = `${limits.size.least}GiB to ${limits.size.most}GiB`;
    refuse('size', `got ${volume.size} for ${type}; allowed: ${range}`);
  }
  if (iops !== undefined) {
    if (limits.iops === null) {
      refuse('iops', `got iops for ${type}; allowed: with gp3, io1 or io2`, 'key');
    } else {
      const { least, most, perGib } = limits.iops;
      const ofSize = size === null ? most : Math.max(least, Math.min(most, size * perGib));
      if (iops < least || iops > ofSize) {
        const ofWhat = size === null ? type : `${type} of ${volume.size}`;
        refuse('iops', `got ${iops} for ${ofWhat}; allowed: ${least} to ${ofSize}`);
      }
    }
  }
  if (throughput !== undefined) {
    const fits = (iops ?? gp3.iops) * gp3.throughputPerIops;
    if (!limits.throughput) {
      refuse('throughput', `got throughput for ${type}; allowed: with gp3`, 'key');
    } else if (throughput > fits) {
      const needed = Math.ceil(throughput / gp3.throughputPerIops);
      refuse(
        'throughput',
        `got ${throughput} with ${iops ?? gp3.iops} iops; allowed: up to ${fits}, or iops: ${needed}`,
      );
    }
  }
  return findings;
}

function volumesFindings({ volumes = [], data }: DiskDraft, path: Path): Finding[] {
  const places = volumes.flatMap((volume, index) =>
    volume === undefined ? [] : [{ volume, at: [...path, index] as Path }],
  );
  const devices = places.flatMap(({ volume: { device }, at }) =>
    device === undefined ? [] : [{ path: [...at, 'device'], value: device }],
  );
  const taken = [...rootDevices, ...(data === undefined ? [] : dataDevices)];
  return [
    ...repeated(devices, 'each device once'),
    ...devices
      .filter(({ value }) => taken.includes(value))
      .map(({ path: at, value }): Finding => {
        const use = rootDevices.includes(value) ? 'the root' : 'the data';
        const message = `got ${value}, which is ${use} volume; allowed: a device of its own`;
        return { path: at, at: 'value', message };
      }),
    ...places.flatMap(({ volume, at }) => [
      ...(volume.size === undefined && volume.snapshot === undefined
        ? [
            {
              path: at,
              at: 'value' as const,
              message: 'no size; allowed: a size, a snapshot or both',
            },
          ]
        : []),
      ...neededIops(volume, at),
      ...performanceFindings(volume, volumeLimits[volume.type ?? 'gp3'], volume.type ?? 'gp3', at),
    ]),
  ];
}

function neededIops({ type, iops }: NewVolumeDraft, path: Path): Finding[] {
  if ((type !== 'io1' && type !== 'io2') || iops !== undefined) return [];
  const message = `missing for ${type}; allowed: the operations a second that it is to have`;
  return [{ path: [...path, 'iops'], at: 'value', message }];
}

/** A key encrypts in its own region only. */
function keyFindings({ kmsKey }: DiskDraft, path: Path, regions: readonly string[]): Finding[] {
  if (kmsKey === undefined) return [];
  const region = kmsKey.split(':')[3] ?? '';
  if (regions.every((own) => own === region)) return [];
  const message =
    `got a key of ${region} for a pool in ${regions.join(', ')}; ` +
    'allowed: a key of the one region that the pool is in; make a pool for each';
  return [{ path, at: 'value', message }];
}

/** A volume is in one zone and on one instance at a time, and so then is the pool. */
function existingFindings(pool: PoolDraft, path: Path, regions: readonly string[]): Finding[] {
  const existing = (pool.disk?.existing ?? []).flatMap((volume, index) =>
    volume === undefined ? [] : [{ volume, at: [...path, index] as Path }],
  );
  if (existing.length === 0) return [];
  const findings: Finding[] = repeated(
    existing.map(({ volume, at }) => ({ path: [...at, 'mount'], value: volume.mount ?? '' })),
    'each path once',
  );
  for (const { volume, at } of existing) {
    if (volume.mount !== dataFolder || pool.disk?.data === undefined) continue;
    const message = `got ${dataFolder}, where the data volume is; allowed: another path`;
    findings.push({ path: [...at, 'mount'], at: 'value', message });
  }
  if (regions.length > 1) {
    const message =
      `got volumes, which are in one region, for a pool in ${regions.join(', ')}; ` +
      'allowed: only with one region; make a pool for each';
    findings.push({ path, at: 'key', message });
  }
  const slots = (pool.instances ?? []).flatMap((instance) => instance?.capacity ?? []);
  const most = Math.min(...slots);
  const max = pool.capacity?.max;
  if (max !== undefined && slots.length > 0 && max > most) {
    const message =
      `got ${max} for a pool whose existing volumes are on one worker at a time; ` +
      `allowed: up to ${most}, which any one worker of the pool has; make a pool for each volume`;
    findings.push({ path: [...path.slice(0, -2), 'capacity', 'max'], at: 'value', message });
  }
  if (pool.network?.zones !== undefined) {
    const message =
      "got zones and existing volumes; allowed: one of them (the volumes' zone holds)";
    findings.push({ path: [...path.slice(0, -2), 'network', 'zones'], at: 'key', message });
  }
  return findings;
}
