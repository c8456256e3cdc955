import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import type { TerraformStack } from 'cdktf';
import { homeRegion } from '../pool/home-region.ts';
import type { ImageBuild } from '../pool/infrastructure.ts';
import { fleetWideName, imageBuilderName, ownLogGroupName, tagKeys } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, ec2ServicePrincipal, parameterArn, partitionOf } from './arns.ts';
import { poolBuildStatements } from './image-build-pools.ts';
import { ownImageParameters } from './image-parameters.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import { arn, hasFleetTag, inAccount } from './policy-limits.ts';
import { fleetTags } from './tags.ts';

/** Adds the role that builds images, and the one of the instances that it builds on. */
export function addBuildRoles(
  stack: TerraformStack,
  fleet: Fleet,
  { builders }: ImageBuild,
  bucketArn: string,
): { readonly roleArn: string; readonly profileName: string } {
  const tags = fleetTags(fleet);
  const add = (id: string, name: string, principal: object, statements: readonly Statement[]) => {
    const role = new IamRole(stack, id, {
      name,
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }],
      }),
      tags,
    });
    new IamRolePolicy(stack, `${id}-policy`, {
      name: 'build',
      role: role.name,
      policy: JSON.stringify(policyDocument(statements)),
    });
    return role;
  };
  const instanceName = imageBuilderName(fleet.name);
  const instance = add(
    'builder',
    instanceName,
    { Service: ec2ServicePrincipal(homeRegion(fleet).name) },
    builderStatements(bucketArn),
  );
  const profile = new IamInstanceProfile(stack, 'builder-profile', {
    name: instanceName,
    role: instance.name,
    tags,
  });
  const principal = {
    Service: 'codebuild.amazonaws.com',
    ...(builders.length === 0 ? {} : { AWS: [...builders] }),
  };
  const role = add(
    'build',
    fleetWideName(fleet.name, 'image-build'),
    principal,
    buildStatements(fleet, bucketArn, instance.arn),
  );
  return { roleArn: role.arn, profileName: profile.name };
}

/**
 * What Packer's EBS builder calls, on what carries the fleet's tag as far as IAM can tell.
 *
 * Source: "IAM Task or Instance Role" of the Amazon plugin of Packer, HashiCorp developer site.
 */
export function buildStatements(
  fleet: Fleet,
  bucketArn: string,
  builderArn: string,
): readonly Statement[] {
  const regions = fleet.regions.map(({ name }) => name);
  const inRegions = { StringEquals: { 'aws:RequestedRegion': regions } };
  const withTag = { [`aws:RequestTag/${tagKeys.fleet}`]: fleet.name };
  const home = homeRegion(fleet).name;
  const images = ['image', 'snapshot'].map((type) => `${arn(fleet, 'ec2')}::${type}/*`);
  return [
    {
      Sid: 'Look',
      Effect: 'Allow',
      Action: [
        ...['Images', 'ImageAttribute', 'Instances', 'InstanceStatus', 'InstanceTypeOfferings'],
        ...['KeyPairs', 'Regions', 'SecurityGroups', 'Snapshots', 'Subnets', 'Tags', 'Volumes'],
        'Vpcs',
      ].map((what) => `ec2:Describe${what}`),
      Resource: ['*'],
    },
    {
      Sid: 'Make',
      Effect: 'Allow',
      Action: [
        ...['CopyImage', 'CreateImage', 'CreateKeyPair', 'CreateSecurityGroup', 'CreateSnapshot'],
        'RunInstances',
      ].map((call) => `ec2:${call}`),
      Resource: [`${arn(fleet, 'ec2')}:${accountIdReference}:*/*`, ...images],
      Condition: inRegions,
    },
    {
      Sid: 'Tag',
      Effect: 'Allow',
      Action: ['ec2:CreateTags'],
      Resource: [`${arn(fleet, 'ec2')}:${accountIdReference}:*/*`, ...images],
      Condition: { StringEquals: { ...inRegions.StringEquals, ...withTag } },
    },
    {
      Sid: 'Own',
      Effect: 'Allow',
      Action: [
        ...['AuthorizeSecurityGroupIngress', 'DeleteSecurityGroup', 'DeleteSnapshot'],
        ...['DeregisterImage', 'ModifyImageAttribute', 'ModifyInstanceAttribute'],
        ...['RevokeSecurityGroupIngress', 'StopInstances', 'TerminateInstances'],
      ].map((call) => `ec2:${call}`),
      Resource: [
        ...['instance', 'security-group'].map((type) => inAccount(fleet, type)),
        ...images,
      ],
      Condition: hasFleetTag(fleet),
    },
    {
      Sid: 'KeyPairs',
      Effect: 'Allow',
      Action: ['ec2:DeleteKeyPair'],
      Resource: [`${arn(fleet, 'ec2')}:${accountIdReference}:key-pair/packer_*`],
    },
    {
      Sid: 'Builder',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: [builderArn],
      Condition: { StringEquals: { 'iam:PassedToService': ec2ServicePrincipal(home) } },
    },
    ...parameterStatements(fleet),
    ...poolBuildStatements(fleet),
    {
      Sid: 'Artifacts',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
      Resource: [`${bucketArn}/*`],
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [
        `arn:${partitionOf(home)}:logs:${home}:${accountIdReference}:log-group:` +
          `${ownLogGroupName(fleet.name, 'ImageBuild')}:*`,
      ],
    },
  ];
}

function parameterStatements(fleet: Fleet): Statement[] {
  const own = fleet.regions.flatMap(({ name: region }) =>
    ownImageParameters(fleet, region).map(({ name }) => parameterArn(region, name)),
  );
  if (own.length === 0) return [];
  return [
    {
      Sid: 'Parameters',
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:PutParameter'],
      Resource: own,
    },
  ];
}

/**
 * An instance that an image is built on: reached over Session Manager, which knows no resources, and
 * given what the build needs.
 *
 * Source: "Create a custom IAM role for Session Manager", AWS Systems Manager user guide.
 */
function builderStatements(bucketArn: string): Statement[] {
  return [
    {
      Sid: 'SessionManager',
      Effect: 'Allow',
      Action: [
        'ssm:UpdateInstanceInformation',
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      Resource: ['*'],
    },
    {
      Sid: 'Artifacts',
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: [`${bucketArn}/provision/*`],
    },
  ];
}
