import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import type { TerraformStack } from 'cdktf';
import {
  elasticIpUser,
  logGroupName,
  tagKeys,
  workerRoleName,
  workerRolePath,
} from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import { sourcesOf } from '../pool/queues/declaration.ts';
import { secretsOf } from '../pool/worker-kind.ts';
import {
  accountIdReference,
  ec2ServicePrincipal,
  parameterArn,
  partitionOf,
  queueArn,
  secretArn,
} from './arns.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import { unique } from './policy-limits.ts';
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

/** What a worker needs, and no more: its own queue, log group, end, heartbeat token, secrets and volumes. */
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
      Action: ['autoscaling:CompleteLifecycleAction', 'autoscaling:RecordLifecycleActionHeartbeat'],
      Resource: pool.regions.map(
        (region) => `${regionArn(region, 'autoscaling')}:autoScalingGroup:*:autoScalingGroupName/*`,
      ),
      Condition: ofPool(fleet, pool),
    },
    ...tokenStatements(fleet, pool),
    ...secretStatements(pool),
    ...addressStatements(fleet, pool),
    ...volumeStatements(fleet, pool),
  ];
}

function queueStatements({ queue }: Pool): Statement[] {
  const queues = sourcesOf(queue).flatMap((source) => (source.kind === 'sqs' ? [source] : []));
  if (queues.length === 0) return [];
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
      Resource: unique(queues.map(queueArn)),
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

/**
 * What its kind of worker reads at boot, by the names that the image has them under. AWS's own keys for SSM and
 * Secrets Manager ask for no right of their own; a secret under another key is declared nowhere, and so not granted.
 */
function secretStatements({ worker, regions }: Pool): Statement[] {
  if (worker === undefined) return [];
  const references = Object.values(secretsOf(worker.software)).map(placeOf);
  const named = (place: string) => references.filter(({ from }) => from === place);
  const [parameters, secrets] = [named('ssm'), named('secretsmanager')];
  return [
    ...(parameters.length === 0
      ? []
      : [
          {
            Sid: 'SecretParameters',
            Effect: 'Allow' as const,
            Action: ['ssm:GetParameter'],
            Resource: unique(
              regions.flatMap((region) => parameters.map(({ name }) => parameterArn(region, name))),
            ),
          },
        ]),
    ...(secrets.length === 0
      ? []
      : [
          {
            Sid: 'Secrets',
            Effect: 'Allow' as const,
            Action: ['secretsmanager:GetSecretValue'],
            Resource: unique(
              regions.flatMap((region) => secrets.map(({ name }) => secretArn(region, name))),
            ),
          },
        ]),
  ];
}

function placeOf(reference: string): { readonly from: string; readonly name: string } {
  const [from = ''] = reference.split(':', 1);
  return { from, name: reference.slice(from.length + 1) };
}

/**
 * A worker takes an Elastic IP of its pool only, and for an instance of its pool only; it may take none
 * from another worker. Its instance and network interface bear the pool's tags from the launch on.
 */
function addressStatements(fleet: Fleet, pool: Pool): Statement[] {
  if (pool.network.elasticIps === null) return [];
  return [
    // IAM knows no resource and no tag for this read.
    { Sid: 'FindAddress', Effect: 'Allow', Action: ['ec2:DescribeAddresses'], Resource: ['*'] },
    {
      Sid: 'TakeAddress',
      Effect: 'Allow',
      Action: ['ec2:AssociateAddress'],
      Resource: pool.regions.map((region) => `${regionArn(region, 'ec2')}:elastic-ip/*`),
      Condition: {
        StringEquals: {
          [`aws:ResourceTag/${tagKeys.usedBy}`]: elasticIpUser(fleet.name, pool.id),
        },
      },
    },
    {
      Sid: 'OwnAddress',
      Effect: 'Allow',
      Action: ['ec2:AssociateAddress'],
      Resource: pool.regions.flatMap((region) =>
        ['instance', 'network-interface'].map((type) => `${regionArn(region, 'ec2')}:${type}/*`),
      ),
      Condition: ofPool(fleet, pool),
    },
  ];
}

function volumeStatements(fleet: Fleet, pool: Pool): Statement[] {
  const { attached } = pool.storage;
  if (attached.length === 0) return [];
  return [
    {
      Sid: 'TakeVolumes',
      Effect: 'Allow',
      Action: ['ec2:AttachVolume'],
      Resource: pool.regions.flatMap((region) =>
        attached.map(({ id }) => `${regionArn(region, 'ec2')}:volume/${id}`),
      ),
    },
    {
      Sid: 'OwnVolumes',
      Effect: 'Allow',
      Action: ['ec2:AttachVolume'],
      Resource: pool.regions.map((region) => `${regionArn(region, 'ec2')}:instance/*`),
      Condition: ofPool(fleet, pool),
    },
  ];
}

function ofPool(fleet: Fleet, pool: Pool) {
  return {
    StringEquals: {
      [`aws:ResourceTag/${tagKeys.fleet}`]: fleet.name,
      [`aws:ResourceTag/${tagKeys.pool}`]: pool.id,
    },
  };
}

function regionArn(region: string, service: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${accountIdReference}`;
}
