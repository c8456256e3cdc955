import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { Fleet, Region } from '../pool/pool.ts';
import { FleetStack } from './fleet-stack.ts';
import { addPool } from './pool-in-region.ts';

/**
 * Everything that the fleet's pools have in one region.
 *
 * Outputs: `asg_workers_sec_group_ids`, the id of each pool's security group by pool id; and, where
 * the region has one pool only, that one's id as `asg_workers_sec_group_id`. Where a pool has its
 * notice topic here, `notice_topic_arns`, by pool id.
 */
export class RegionStack extends FleetStack {
  constructor(scope: Construct, fleet: Fleet, region: Region) {
    super(scope, `${fleet.name}-${region.name}`, {
      region: region.name,
      credentials: region.credentials,
    });
    const securityGroupIds: Record<string, string> = {};
    const noticeTopicArns: Record<string, string> = {};
    for (const pool of fleet.pools.filter(({ regions }) => regions.includes(region.name))) {
      const { securityGroupId, noticeTopicArn } = addPool(this, fleet, region, pool);
      securityGroupIds[pool.id] = securityGroupId;
      if (noticeTopicArn !== null) noticeTopicArns[pool.id] = noticeTopicArn;
    }
    new TerraformOutput(this, 'asg_workers_sec_group_ids', {
      description: "Security group of each pool's workers, by pool id",
      value: securityGroupIds,
    });
    const [only, ...others] = Object.values(securityGroupIds);
    if (only !== undefined && others.length === 0) {
      new TerraformOutput(this, 'asg_workers_sec_group_id', {
        description: 'Security group of the workers',
        value: only,
      });
    }
    if (Object.keys(noticeTopicArns).length > 0) {
      new TerraformOutput(this, 'notice_topic_arns', {
        description: "Topic of each pool's notices, by pool id",
        value: noticeTopicArns,
      });
    }
  }
}
