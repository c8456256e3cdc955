import { DataAwsEbsVolume } from '@cdktf/provider-aws/lib/data-aws-ebs-volume/index.js';
import { DataAwsSubnets } from '@cdktf/provider-aws/lib/data-aws-subnets/index.js';
import { literal } from './literal.ts';
import type { PoolPlace } from './pool-in-region.ts';

/**
 * The subnets that a pool's groups start workers in: ids, or an expression that gives them. Which zone
 * a subnet is in, only AWS knows: where zones are declared, or where existing volumes set one, the
 * subnets are asked for when Terraform plans, and there being none is an error then.
 */
export function workerSubnets(place: PoolPlace): string[] {
  const { stack, network, region, pool } = place;
  const chosen = pool.network.subnets[region.name]?.ids;
  const ids = chosen === null || chosen === undefined ? network.subnetIds : [...chosen];
  const zones = zonesOf(place);
  if (zones.length === 0) return ids;
  const named = JSON.stringify(pool.network.zones[region.name]);
  const fix =
    pool.storage.attached.length > 0
      ? "in the zone of its existing volumes: choose subnets of the volumes' zone"
      : `in ${named}: choose other zones under network.zones, or subnets that are in these`;
  return new DataAwsSubnets(stack, `${pool.id}-subnets`, {
    filter: [
      { name: 'subnet-id', values: ids },
      { name: 'availability-zone', values: zones },
    ],
    lifecycle: {
      postcondition: [
        {
          condition: `\${length(self.ids) > 0}`,
          errorMessage: literal(`pool ${pool.id} has no subnet in ${region.name} ${fix}.`),
        },
      ],
    },
  }).ids;
}

/** Names of zones, or an expression for that of the existing volumes, which must all be in one. */
function zonesOf({ stack, region, pool }: PoolPlace): string[] {
  const [first, ...others] = pool.storage.attached;
  if (first === undefined) return [...(pool.network.zones[region.name] ?? [])];
  const lookUp = (id: string) => ({ filter: [{ name: 'volume-id', values: [id] }] });
  const volume = new DataAwsEbsVolume(stack, `${pool.id}-${first.id}`, lookUp(first.id));
  const { fqn } = volume;
  for (const { id } of others) {
    new DataAwsEbsVolume(stack, `${pool.id}-${id}`, {
      ...lookUp(id),
      lifecycle: {
        postcondition: [
          {
            condition: `\${self.availability_zone == ${fqn}.availability_zone}`,
            errorMessage:
              `volume ${id} of pool ${pool.id} is in another zone than ${first.id}: ` +
              'declare volumes of one zone under disk.existing.',
          },
        ],
      },
    });
  }
  return [volume.availabilityZone];
}
