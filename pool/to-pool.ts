/** One pool, from what the file says to the types that the rest reads. */
import { findInstanceType } from './catalogue.ts';
import { compareText } from './compare-text.ts';
import type { Architecture, ImageSource, InstanceChoice, Pool } from './pool.ts';
import type { FleetOutput } from './schema.ts';
import { defaultZoneShare } from './schema-scaling.ts';
import { toMarket, toScaling, toSchedule } from './to-market.ts';
import { toQueue } from './to-queue.ts';
import { toDisk, toStorage, toWorkerNetwork } from './to-worker.ts';
import { toImageBuild, toWorkerSoftware } from './to-worker-kind.ts';

type PoolOutput = FleetOutput['pools'][string];

export function toPool(name: string, pool: PoolOutput, fleet: FleetOutput): Pool {
  const own = pool.regions;
  const fleetRegions = Object.keys(fleet.regions);
  const regions = own ? fleetRegions.filter((region) => own.includes(region)) : fleetRegions;
  const instances = toInstances(pool.instances, pool.onDemandDiscount ?? fleet.onDemandDiscount);
  return {
    id: pool.id ?? name,
    name,
    description: pool.description,
    owner: pool.owner,
    queue: toQueue(pool.queue, { poolName: name, firstRegion: fleetRegions[0] ?? '' }),
    regions,
    heartbeats: fleet.heartbeat !== undefined,
    capacity: pool.capacity,
    wait: pool.wait,
    instances,
    market: toMarket(pool.market),
    scaling: toScaling(pool.scaling),
    buffer: pool.buffer,
    schedule: toSchedule(pool.schedule),
    coldStart: pool.coldStart,
    placement: { ...pool.placement, zoneShare: pool.placement.zoneShare ?? defaultZoneShare },
    breakers: pool.breakers,
    budget: pool.budget ?? null,
    paused: pool.paused,
    learnUtility: pool.learnUtility,
    image: toImage(pool.image, regions, instances),
    imageBuild: pool.image.build && toImageBuild(pool.image.build),
    worker: pool.worker && toWorkerSoftware(pool.worker),
    disk: toDisk(pool.disk),
    storage: toStorage(pool.disk),
    network: toWorkerNetwork(pool.network, regions, fleet.regions),
    access: {
      sshSecurityGroupId: pool.access.ssh ?? null,
      metricsSecurityGroupId: pool.access.metrics ?? null,
      keyPair: pool.access.keyPair ?? null,
      securityGroups: [...(pool.access.securityGroups ?? [])].sort(compareText),
    },
    instanceProfile: pool.instanceProfile ?? null,
    lifecycle: pool.lifecycle,
    notifyOnMissing: [...new Set(pool.notifyOnMissing ?? [pool.owner])],
    tags: pool.tags,
  };
}

/** The catalogue's Clang scores are divided by this, so that utilities are small numbers. */
const scorePerUtility = 1_000;

/**
 * Either everything is declared or the catalogue knows it: the rules refuse the rest, and so the
 * numbers after the last `??` are never taken.
 */
function toInstances(instances: PoolOutput['instances'], poolDiscount: number): InstanceChoice[] {
  return instances
    .map(({ type, capacity, utility, architecture, maxPrice, onDemandDiscount }) => {
      const facts = findInstanceType(type);
      return {
        type,
        architecture: architecture ?? facts?.architecture ?? 'x86_64',
        capacity,
        utility: utility ?? (facts?.clangMultiScore ?? 0) / scorePerUtility,
        maxPrice: maxPrice ?? null,
        onDemandDiscount: onDemandDiscount ?? poolDiscount,
      };
    })
    .sort((a, b) => compareText(a.type, b.type));
}

function toImage(
  { id, ids, ssm, amiSet, owners, locationRegex }: PoolOutput['image'],
  regions: readonly string[],
  instances: readonly InstanceChoice[],
): ImageSource {
  const architectures = [...new Set(instances.map(({ architecture }) => architecture))];
  if (owners) return { kind: 'lookup', owners, locationRegex: locationRegex ?? null };
  if (amiSet !== undefined) return { kind: 'ami-set', name: amiSet };
  if (ssm !== undefined) {
    const both = architectures.length > 1 && !ssm.includes('{arch}');
    return { kind: 'ssm', parameter: both ? `${ssm}/{arch}` : ssm };
  }
  const given = new Map(
    ids
      ? Object.entries(ids)
      : regions.map((region): [string, Partial<Record<Architecture, string | undefined>>] => [
          region,
          Object.fromEntries(architectures.map((architecture) => [architecture, id])),
        ]),
  );
  const byRegion = [...given].map(([region, byArchitecture]) => [
    region,
    Object.fromEntries(Object.entries(byArchitecture).filter(([, image]) => image !== undefined)),
  ]);
  return { kind: 'id', ids: Object.fromEntries(byRegion) };
}
