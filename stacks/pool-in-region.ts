import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import type { TerraformStack } from 'cdktf';
import { logGroupName } from '../pool/names.ts';
import type { Fleet, Pool, Region } from '../pool/pool.ts';
import { addElasticIps } from './elastic-ips.ts';
import { addGroups } from './groups.ts';
import { addLaunchTemplates } from './launch-templates.ts';
import { addNoticeTopic } from './notice-topic.ts';
import type { RegionNetwork } from './region-network.ts';
import { addSecurityGroup } from './security-group.ts';
import { poolTags } from './tags.ts';
import { workerSubnets } from './worker-subnets.ts';

/** One pool in one region, as the functions that add its parts see it. */
export interface PoolPlace {
  readonly stack: TerraformStack;
  readonly fleet: Fleet;
  readonly region: Region;
  readonly network: RegionNetwork;
  readonly pool: Pool;
}

export interface PoolOutputs {
  readonly securityGroupId: string;
  /** null: the pool's topic stands in another region, or it has none. */
  readonly noticeTopicArn: string | null;
  /** Of the pool's Elastic IPs. */
  readonly publicIps: readonly string[];
}

/**
 * Adds what stands in AWS for a pool in one region. Each part is a direct child of the stack, so that
 * its address is what is written here, such as `aws_autoscaling_group.linux-spot`.
 */
export function addPool(place: PoolPlace): PoolOutputs {
  const { stack, fleet, pool } = place;
  new CloudwatchLogGroup(stack, `${pool.id}-logs`, {
    name: logGroupName(fleet.name, pool.id),
    retentionInDays: fleet.infrastructure.logRetentionDays,
    tags: poolTags(fleet, pool),
  });
  const securityGroupId = addSecurityGroup(place);
  const templates = addLaunchTemplates(place, securityGroupId);
  const noticeTopicArn = addNoticeTopic(place);
  const addresses = addElasticIps(place);
  addGroups(place, {
    templates,
    noticeTopicArn,
    subnetIds: workerSubnets(place),
    addresses: addresses.resources,
  });
  return { securityGroupId, noticeTopicArn, publicIps: addresses.publicIps };
}
