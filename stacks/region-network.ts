import { DataAwsSubnets } from '@cdktf/provider-aws/lib/data-aws-subnets/index.js';
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc/index.js';
import type { TerraformStack } from 'cdktf';
import { tagKeys } from '../pool/names.ts';
import type { Fleet, Region } from '../pool/pool.ts';

/** Where a stack's resources stand in their region: ids, or expressions that give them. */
export interface RegionNetwork {
  readonly vpcId: string;
  readonly subnetIds: string[];
}

/**
 * The network of a region. One that the fleet made for itself is found by its tag, as it stands in a
 * stack of its own, which is applied before.
 */
export function regionNetwork(stack: TerraformStack, fleet: Fleet, region: Region): RegionNetwork {
  const { network } = region;
  if (network.kind === 'existing') {
    return { vpcId: network.vpcId, subnetIds: [...network.subnetIds].sort() };
  }
  const vpc = new DataAwsVpc(stack, 'network', { tags: { [tagKeys.fleet]: fleet.name } });
  const subnets = new DataAwsSubnets(stack, 'network-subnets', {
    filter: [
      { name: 'vpc-id', values: [vpc.id] },
      { name: `tag:${tagKeys.fleet}`, values: [fleet.name] },
    ],
  });
  return { vpcId: vpc.id, subnetIds: subnets.ids };
}
