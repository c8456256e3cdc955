import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import type { TerraformStack } from 'cdktf';
import { fleetWideName, ownLogGroupName, scalerPolicyName } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, ec2ServicePrincipal, parameterArn, partitionOf } from './arns.ts';
import { policyDocument, policyParts, type Statement } from './policy-document.ts';
import { scalerAddress } from './scaler-address.ts';
import { scalerStatements } from './scaler-policy.ts';
import { fleetTags } from './tags.ts';

/** What the instance reads and writes beside the scaler's own calls. */
interface InstanceNeeds {
  readonly region: string;
  readonly bucketArn: string;
}

/**
 * Adds the role and instance profile of the scaler's instance and returns the profile's name. The
 * calls of the scaler itself are allowed by the policies of the shared stack, which are made from the
 * list of those calls.
 */
export function addScalerRole(stack: TerraformStack, fleet: Fleet, needs: InstanceNeeds): string {
  const name = fleetWideName(fleet.name, 'scaler');
  const tags = fleetTags(fleet);
  const role = new IamRole(stack, 'role', {
    name,
    assumeRolePolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: ec2ServicePrincipal(needs.region) },
        },
      ],
    }),
    tags,
  });
  new IamRolePolicy(stack, 'role-policy', {
    name: 'instance',
    role: role.name,
    policy: JSON.stringify(policyDocument(instanceStatements(fleet, needs))),
  });
  policyParts(scalerStatements(fleet)).forEach((_, index) => {
    const part = index + 1;
    const policy = scalerPolicyName(fleet.name, part);
    new IamRolePolicyAttachment(stack, `role-scaler-${part}`, {
      role: role.name,
      policyArn: `arn:${partitionOf(needs.region)}:iam::${accountIdReference}:policy/${policy}`,
    });
  });
  return new IamInstanceProfile(stack, 'profile', { name, role: role.name, tags }).name;
}

/**
 * Its program and declaration, its log, the name of its API, and the token that heartbeats bear. The key that the
 * files are encrypted with is that of the state, which the scaler's own calls may use.
 */
export function instanceStatements(
  fleet: Fleet,
  { region, bucketArn }: InstanceNeeds,
): Statement[] {
  const { name, heartbeat } = fleet;
  const logGroup = ownLogGroupName(name, 'Scaler');
  const token = heartbeat?.tokenParameter ?? null;
  const address = scalerAddress(fleet);
  return [
    {
      Sid: 'Program',
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['muster.mjs', 'muster.yaml'].map((object) => `${bucketArn}/${object}`),
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      Resource: [
        `arn:${partitionOf(region)}:logs:${region}:${accountIdReference}:log-group:${logGroup}:*`,
      ],
    },
    ...(address === null
      ? []
      : [
          {
            Sid: 'Address',
            Effect: 'Allow' as const,
            Action: ['route53:ChangeResourceRecordSets'],
            Resource: [`arn:${partitionOf(region)}:route53:::hostedzone/${address.zoneId}`],
            // "Using IAM policy conditions for fine-grained access control", Route 53 developer guide.
            Condition: {
              'ForAllValues:StringEquals': {
                'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
                'route53:ChangeResourceRecordSetsNormalizedRecordNames': [address.name],
                'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
              },
            },
          },
        ]),
    ...(token === null
      ? []
      : [
          {
            Sid: 'HeartbeatToken',
            Effect: 'Allow' as const,
            Action: ['ssm:GetParameter'],
            Resource: [parameterArn(region, token)],
          },
        ]),
  ];
}
