/** From what the file says, checked, to the types that the rest reads. Nothing can go wrong here. */
import { compareText } from './compare-text.ts';
import type { Credentials, Fleet, Network } from './pool.ts';
import type { FleetOutput } from './schema.ts';
import { toInfrastructure } from './to-infrastructure.ts';
import { toPool } from './to-pool.ts';
import type { JsonObject } from './worker-type.ts';

export function toFleet(output: FleetOutput): Fleet {
  const credentials = toCredentials(output) ?? { kind: 'default' };
  return {
    name: output.fleet,
    interval: output.interval,
    credentials,
    heartbeat: output.heartbeat
      ? { url: output.heartbeat.url, tokenParameter: output.heartbeat.tokenParameter ?? null }
      : null,
    launchesPerMinute: output.limits.launchesPerMinute ?? null,
    budget: output.budget ?? null,
    paused: output.paused,
    infrastructure: toInfrastructure(output),
    ...(output.workerTypes && {
      workerTypes: { ...output.workerTypes, queue: output.workerTypes.queue as JsonObject },
    }),
    regions: Object.entries(output.regions).map(([name, region]) => ({
      name,
      network: toNetwork(region),
      credentials: toCredentials(region) ?? credentials,
    })),
    pools: Object.entries(output.pools)
      .map(([name, pool]) => toPool(name, pool, output))
      .sort((a, b) => compareText(a.id, b.id)),
  };
}

/** A rule has seen to it that a region has either a network to create or a VPC with subnets. */
function toNetwork({
  network,
  vpc,
  subnets = [],
  publicSubnets = [],
}: FleetOutput['regions'][string]): Network {
  if (network === undefined) {
    return { kind: 'existing', vpcId: vpc ?? '', subnetIds: [...subnets, ...publicSubnets] };
  }
  return { kind: 'created', cidr: network.cidr };
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
