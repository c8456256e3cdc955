import { DataAwsSecurityGroup } from '@cdktf/provider-aws/lib/data-aws-security-group/index.js';
import type { Pool } from '../pool/pool.ts';
import { literal } from './literal.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { shortHash } from './short-hash.ts';

export function isSecurityGroupId(idOrName: string): boolean {
  return idOrName.startsWith('sg-');
}

/** Ids of the existing security groups that a pool's workers are in; a name is looked up in its VPC. */
export function existingSecurityGroups({ stack, network, pool }: PoolPlace): string[] {
  return pool.access.securityGroups.map((idOrName) =>
    isSecurityGroupId(idOrName)
      ? idOrName
      : new DataAwsSecurityGroup(stack, `${pool.id}-group-${shortHash(idOrName)}`, {
          name: literal(idOrName),
          vpcId: network.vpcId,
        }).id,
  );
}

/** Whether any of the pool's groups is known by its name alone. */
export function namesSecurityGroups({ access }: Pool): boolean {
  return !access.securityGroups.every(isSecurityGroupId);
}
