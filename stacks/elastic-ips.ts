import { DataAwsEip } from '@cdktf/provider-aws/lib/data-aws-eip/index.js';
import { Ec2Tag } from '@cdktf/provider-aws/lib/ec2-tag/index.js';
import { Eip } from '@cdktf/provider-aws/lib/eip/index.js';
import type { ITerraformDependable } from 'cdktf';
import { elasticIpUser, tagKeys } from '../pool/names.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { shortHash } from './short-hash.ts';
import { poolTags } from './tags.ts';

export interface PoolAddresses {
  /** Public IPv4 addresses, as expressions. */
  readonly publicIps: readonly string[];
  /** What must stand before a worker starts, and until the last is gone. */
  readonly resources: readonly ITerraformDependable[];
}

/**
 * Adds a pool's Elastic IPs, or marks the given ones as the pool's. A worker finds a free one by that
 * tag when it starts, and may take no other. Given ones get no other tag: they are not the fleet's,
 * and when the pool goes they stay.
 */
export function addElasticIps({ stack, fleet, pool }: PoolPlace): PoolAddresses {
  const { elasticIps } = pool.network;
  if (elasticIps === null) return { publicIps: [], resources: [] };
  const user = elasticIpUser(fleet.name, pool.id);
  if (elasticIps.kind === 'created') {
    const created = Array.from({ length: elasticIps.count }, (_, index) => {
      return new Eip(stack, `${pool.id}-address-${index + 1}`, {
        domain: 'vpc',
        tags: { ...poolTags(fleet, pool), [tagKeys.usedBy]: user },
      });
    });
    return { publicIps: created.map(({ publicIp }) => publicIp), resources: created };
  }
  const given = elasticIps.ids.map((id) => {
    const name = `${pool.id}-address-${shortHash(id)}`;
    const by = id.startsWith('eipalloc-') ? { id } : { publicIp: id };
    const address = new DataAwsEip(stack, `${name}-given`, by);
    const mark = new Ec2Tag(stack, name, {
      resourceId: address.id,
      key: tagKeys.usedBy,
      value: user,
    });
    return { publicIp: address.publicIp, mark };
  });
  return {
    publicIps: given.map(({ publicIp }) => publicIp),
    resources: given.map(({ mark }) => mark),
  };
}
