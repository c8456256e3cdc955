import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import type { TerraformStack } from 'cdktf';
import { logGroupName, tagKeys, workerRoleName, workerRolePath } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import {
  accountIdReference,
  ec2ServicePrincipal,
  parameterArn,
  partitionOf,
  queueArn,
} from './arns.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import { poolTags } from './tags.ts';

/** Adds the role and instance profile of a pool's workers; returns the role's ARN. */
export function addWorkerRole(stack: TerraformStack, fleet: Fleet, pool: Pool): string {
  const name = workerRoleName(fleet.name, pool.id);
  const tags = poolTags(fleet, pool);
  const role = new IamRole(stack, `${pool.id}-worker`, {
    name,
    path: workerRolePath(fleet.name),
    assumeRolePolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: ec2ServicePrincipal(pool.regions[0] ?? '') },
        },
      ],
    }),
    tags,
  });
  new IamRolePolicy(stack, `${pool.id}-worker-policy`, {
    name: 'worker',
    role: role.name,
    policy: JSON.stringify(policyDocument(workerStatements(fleet, pool))),
  });
  new IamInstanceProfile(stack, `${pool.id}-worker-profile`, {
    name,
    path: workerRolePath(fleet.name),
    role: role.name,
    tags,
  });
  return role.arn;
}

/** What a worker needs, and no more: its own queue, log group, end and heartbeat token. */
export function workerStatements(fleet: Fleet, pool: Pool): Statement[] {
  return [
    ...queueStatements(pool),
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: pool.regions.map((region) => {
        const logGroup = logGroupName(fleet.name, pool.id);
        return `${regionArn(region, 'logs')}:log-group:${logGroup}:*`;
      }),
    },
    {
      Sid: 'OwnEnd',
      Effect: 'Allow',
      Action: ['autoscaling:CompleteLifecycleAction'],
      Resource: pool.regions.map(
        (region) => `${regionArn(region, 'autoscaling')}:autoScalingGroup:*:autoScalingGroupName/*`,
      ),
      Condition: {
        StringEquals: {
          [`aws:ResourceTag/${tagKeys.fleet}`]: fleet.name,
          [`aws:ResourceTag/${tagKeys.pool}`]: pool.id,
        },
      },
    },
    ...tokenStatements(fleet, pool),
  ];
}

function queueStatements({ queue }: Pool): Statement[] {
  if (queue.kind !== 'sqs') return [];
  return [
    {
      Sid: 'Queue',
      Effect: 'Allow',
      Action: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ],
      Resource: [queueArn(queue)],
    },
  ];
}

function tokenStatements({ heartbeat }: Fleet, pool: Pool): Statement[] {
  const name = heartbeat?.tokenParameter ?? null;
  if (name === null) return [];
  return [
    {
      Sid: 'HeartbeatToken',
      Effect: 'Allow',
      Action: ['ssm:GetParameter'],
      Resource: pool.regions.map((region) => parameterArn(region, name)),
    },
  ];
}

function regionArn(region: string, service: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${accountIdReference}`;
}
