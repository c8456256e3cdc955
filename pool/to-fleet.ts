/** From what the file says, checked, to the types that the rest reads. Nothing can go wrong here. */
import { findInstanceType } from './catalogue.ts';
import type {
  Architecture,
  Credentials,
  Fleet,
  ImageSource,
  InstanceChoice,
  MarketPolicy,
  Pool,
  QueueDeclaration,
} from './pool.ts';
import type { FleetOutput } from './schema.ts';
import { defaultOnDemandAfter } from './schema-market.ts';
import { readSqsUrl } from './sqs-url.ts';

type PoolOutput = FleetOutput['pools'][string];

export function toFleet(output: FleetOutput): Fleet {
  const credentials = toCredentials(output) ?? { kind: 'default' };
  const regionNames = Object.keys(output.regions);
  return {
    name: output.fleet,
    interval: output.interval,
    credentials,
    heartbeat: output.heartbeat
      ? { url: output.heartbeat.url, tokenParameter: output.heartbeat.tokenParameter ?? null }
      : null,
    regions: Object.entries(output.regions).map(([name, region]) => ({
      name,
      vpcId: region.vpc,
      subnetIds: region.subnets,
      credentials: toCredentials(region) ?? credentials,
    })),
    pools: Object.entries(output.pools)
      .map(([name, pool]) => toPool(name, pool, regionNames, output.heartbeat !== undefined))
      .sort((a, b) => compareText(a.id, b.id)),
  };
}

/** Order by code unit: the same on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toCredentials({
  profile,
  assumeRole,
}: Pick<FleetOutput, 'profile' | 'assumeRole'>): Credentials | null {
  if (profile !== undefined) return { kind: 'profile', profile };
  if (assumeRole === undefined) return null;
  const { arn, externalId = null, sessionName } = assumeRole;
  return { kind: 'assume-role', roleArn: arn, externalId, sessionName };
}

function toPool(
  name: string,
  pool: PoolOutput,
  fleetRegions: readonly string[],
  heartbeats: boolean,
): Pool {
  const own = pool.regions;
  const regions = own ? fleetRegions.filter((region) => own.includes(region)) : fleetRegions;
  const instances = toInstances(pool.instances);
  return {
    id: pool.id ?? name,
    name,
    description: pool.description,
    owner: pool.owner,
    queue: toQueue(pool.queue, name, fleetRegions[0] ?? ''),
    regions,
    heartbeats,
    capacity: pool.capacity,
    wait: pool.wait,
    instances,
    market: toMarket(pool.market),
    image: toImage(pool.image, regions, instances),
    disk: { root: pool.disk.root, data: pool.disk.data ?? null },
    access: {
      sshSecurityGroupId: pool.access.ssh ?? null,
      metricsSecurityGroupId: pool.access.metrics ?? null,
      keyPair: pool.access.keyPair ?? null,
    },
    lifecycle: pool.lifecycle,
    notifyOnMissing: pool.notifyOnMissing ?? [pool.owner],
    tags: pool.tags,
  };
}

function toInstances(instances: PoolOutput['instances']): InstanceChoice[] {
  return instances
    .map(({ type, capacity, utility, architecture }): InstanceChoice => {
      // Either is known: the rules refuse a type that the catalogue lacks and that declares none.
      const known = architecture ?? findInstanceType(type)?.architecture ?? 'x86_64';
      return { type, architecture: known, capacity, utility };
    })
    .sort((a, b) => compareText(a.type, b.type));
}

function toQueue(
  { sqs, http, region }: PoolOutput['queue'],
  poolName: string,
  firstRegion: string,
): QueueDeclaration {
  if (http) return { kind: 'http', ...http, workerType: http.workerType ?? poolName };
  const url = sqs ?? '';
  const read = readSqsUrl(url);
  const urlRegion = read.ok ? read.region : null;
  return { kind: 'sqs', url, region: urlRegion ?? region ?? firstRegion };
}

function toMarket(market: PoolOutput['market']): MarketPolicy {
  if (market === 'on-demand' || market === 'ondemand') return { kind: 'on-demand' };
  const { spot, onDemandAfter } =
    market === 'spot' ? { spot: {}, onDemandAfter: defaultOnDemandAfter } : market;
  return {
    kind: 'spot',
    maxPrice: spot.maxPrice ?? null,
    priceMultiplier: spot.priceMultiplier ?? null,
    onDemandAfter: onDemandAfter === 'never' ? null : onDemandAfter,
  };
}

function toImage(
  { id, ids, ssm, owners, locationRegex }: PoolOutput['image'],
  regions: readonly string[],
  instances: readonly InstanceChoice[],
): ImageSource {
  const architectures = [...new Set(instances.map(({ architecture }) => architecture))];
  if (owners) return { kind: 'lookup', owners, locationRegex: locationRegex ?? null };
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
