import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { Fleet, Region } from '../pool/pool.ts';
import { addEventQueue } from './event-queue.ts';
import { FleetStack } from './fleet-stack.ts';
import { addPool } from './pool-in-region.ts';
import { regionNetwork } from './region-network.ts';

/**
 * Everything that the fleet's pools have in one region.
 *
 * Outputs: `asg_workers_sec_group_ids`, the id of each pool's security group by pool id; and, where
 * the region has one pool only, that one's id as `asg_workers_sec_group_id`. Where a pool has its
 * notice topic here, `notice_topic_arns`, by pool id; where pools have Elastic IPs, `elastic_ips`,
 * the addresses by pool id; with events, `event_queue_url`.
 */
export class RegionStack extends FleetStack {
  constructor(scope: Construct, fleet: Fleet, region: Region) {
    super(scope, `${fleet.name}-${region.name}`, {
      fleet,
      region: region.name,
      credentials: region.credentials,
    });
    const network = regionNetwork(this, fleet, region);
    const securityGroupIds: Record<string, string> = {};
    const noticeTopicArns: Record<string, string> = {};
    const elasticIps: Record<string, readonly string[]> = {};
    for (const pool of fleet.pools.filter(({ regions }) => regions.includes(region.name))) {
      const place = { stack: this, fleet, region, network, pool };
      const { securityGroupId, noticeTopicArn, publicIps } = addPool(place);
      securityGroupIds[pool.id] = securityGroupId;
      if (noticeTopicArn !== null) noticeTopicArns[pool.id] = noticeTopicArn;
      if (publicIps.length > 0) elasticIps[pool.id] = publicIps;
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
    if (fleet.infrastructure.events) {
      new TerraformOutput(this, 'event_queue_url', {
        description: 'Queue of events of groups and instances',
        value: addEventQueue(this, fleet),
      });
    }
    if (Object.keys(elasticIps).length > 0) {
      new TerraformOutput(this, 'elastic_ips', {
        description: "Addresses of each pool's workers, by pool id",
        value: elasticIps,
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
