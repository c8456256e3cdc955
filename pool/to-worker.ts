/** What a pool's workers are made of, from what the file says to the types that the rest reads. */
import { compareText } from './compare-text.ts';
import type {
  AttachedVolume,
  EgressRule,
  ElasticIps,
  NewVolume,
  Pool,
  VolumePerformance,
  WorkerNetwork,
  WorkerSubnets,
} from './pool.ts';
import type { FleetOutput } from './schema.ts';

type PoolOutput = FleetOutput['pools'][string];
type RegionOutput = FleetOutput['regions'][string];
type OwnVolumeOutput = PoolOutput['disk']['root'];

export function toDisk({ root, data }: PoolOutput['disk']): Pool['disk'] {
  return { root: sizeOf(root), data: data === undefined ? null : sizeOf(data) };
}

export function toStorage({ root, data, ...disk }: PoolOutput['disk']): Pool['storage'] {
  return {
    root: performanceOf(root),
    data: performanceOf(data ?? 0),
    ebsOptimized: disk.ebsOptimized ?? null,
    kmsKeyArn: disk.kmsKey ?? null,
    volumes: (disk.volumes ?? [])
      .map(
        (volume): NewVolume => ({
          device: volume.device,
          size: volume.size ?? null,
          snapshotId: volume.snapshot ?? null,
          type: volume.type,
          iops: volume.iops ?? null,
          throughput: volume.throughput ?? null,
          deleteOnTermination: volume.deleteOnTermination,
        }),
      )
      .sort((a, b) => compareText(a.device, b.device)),
    attached: (disk.existing ?? [])
      .map(({ id, mount }): AttachedVolume => ({ id, mountPoint: mount }))
      .sort((a, b) => compareText(a.id, b.id)),
  };
}

function sizeOf(volume: OwnVolumeOutput): number {
  return typeof volume === 'number' ? volume : volume.size;
}

function performanceOf(volume: OwnVolumeOutput): VolumePerformance {
  if (typeof volume === 'number') return { iops: null, throughput: null };
  return { iops: volume.iops ?? null, throughput: volume.throughput ?? null };
}

export function toWorkerNetwork(
  network: PoolOutput['network'],
  poolRegions: readonly string[],
  regions: FleetOutput['regions'],
): WorkerNetwork {
  return {
    subnets: Object.fromEntries(
      poolRegions.map((name) => [name, subnetsIn(network, regions[name] as RegionOutput)]),
    ),
    zones: Object.fromEntries(poolRegions.map((name) => [name, zonesIn(network, name)])),
    elasticIps: toElasticIps(network.elasticIps),
    egress: toEgress(network.egress),
  };
}

/** The rules have seen to it that what the pool chooses is there. */
function subnetsIn(
  { subnets, publicIp }: PoolOutput['network'],
  region: RegionOutput,
): WorkerSubnets {
  const open = region.publicSubnets ?? [];
  const closed = region.subnets ?? [];
  if (region.network !== undefined) return { ids: null, publicIp: publicIp ?? null };
  const chosen = Array.isArray(subnets)
    ? subnets.filter((id) => open.includes(id) || closed.includes(id))
    : (subnets ?? (closed.length > 0 ? 'private' : 'public')) === 'public'
      ? open
      : closed;
  const allPublic = chosen.length > 0 && chosen.every((id) => open.includes(id));
  return { ids: [...chosen].sort(compareText), publicIp: publicIp ?? (allPublic ? true : null) };
}

/** Whole names of those zones that are in the region, sorted. */
function zonesIn({ zones }: PoolOutput['network'], region: string): string[] {
  const whole = (zones ?? []).map((zone) => (zone.length === 1 ? `${region}${zone}` : zone));
  return [...new Set(whole.filter((zone) => zone.slice(0, -1) === region))].sort(compareText);
}

/** In an order of its own, so that the order in the file changes nothing. */
function toEgress(written: PoolOutput['network']['egress']): EgressRule[] | null {
  if (written === undefined) return null;
  const key = ({ to, port, protocol }: EgressRule) => `${to} ${port} ${protocol}`;
  const distinct = new Map(written.map((rule) => [key(rule), rule]));
  return [...distinct.values()].sort((left, right) => compareText(key(left), key(right)));
}

function toElasticIps(written: PoolOutput['network']['elasticIps']): ElasticIps | null {
  if (written === undefined) return null;
  if (typeof written === 'number') return { kind: 'created', count: written };
  return { kind: 'given', ids: [...written].sort(compareText) };
}
