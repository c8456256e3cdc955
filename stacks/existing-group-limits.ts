import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, partitionOf } from './arns.ts';
import { isSecurityGroupId, namesSecurityGroups } from './existing-security-groups.ts';
import { type Limit, unique } from './policy-limits.ts';

/**
 * Launches into security groups that are not the fleet's own: those that pools declare by id and, where
 * one is declared by name, those of the region's VPC, as IAM knows no name of a group.
 */
export function existingGroupLimits(fleet: Fleet, sidPrefix: 'Fleet' | 'Launch'): Limit[] {
  const groupArn = (region: string, id: string) =>
    `arn:${partitionOf(region)}:ec2:${region}:${accountIdReference}:security-group/${id}`;
  const byId = fleet.pools.flatMap(({ regions, access }) =>
    access.securityGroups
      .filter(isSecurityGroupId)
      .flatMap((id) => regions.map((region) => groupArn(region, id))),
  );
  const withNames = fleet.pools.filter(namesSecurityGroups).flatMap(({ regions }) => regions);
  const vpcs = fleet.regions.flatMap(({ name, network }) =>
    withNames.includes(name) && network.kind === 'existing'
      ? [{ region: name, vpcId: network.vpcId }]
      : [],
  );
  return [
    ...(byId.length === 0 ? [] : [{ Sid: `${sidPrefix}Groups`, Resource: unique(byId) }]),
    ...(vpcs.length === 0
      ? []
      : [
          {
            Sid: `${sidPrefix}NamedGroups`,
            Resource: unique(vpcs.map(({ region }) => groupArn(region, '*'))),
            Condition: {
              ArnEquals: {
                'ec2:Vpc': vpcs
                  .map(
                    ({ region, vpcId }) =>
                      `arn:${partitionOf(region)}:ec2:${region}:${accountIdReference}:vpc/${vpcId}`,
                  )
                  .sort(),
              },
            },
          },
        ]),
  ];
}
