import { imageBuildLockName } from '../pool/image-tags.ts';
import { imageBuilderName } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, parameterArn, partitionOf } from './arns.ts';
import type { Statement } from './policy-document.ts';
import { arn, hasFleetTag, inAccount, unique } from './policy-limits.ts';

/**
 * What `muster image build` calls beyond Packer, and Packer for Session Manager and keys; nothing for a
 * fleet whose pools do not declare how their images are built.
 *
 * Sources: "Session Manager" of the Amazon plugin of Packer; "Share KMS keys with EBS", EBS user guide.
 */
export function poolBuildStatements(fleet: Fleet): Statement[] {
  const building = fleet.pools.filter(({ imageBuild }) => imageBuild !== undefined);
  const [first] = building;
  if (first === undefined) return [];
  const regions = unique(building.flatMap((pool) => pool.regions));
  const partition = partitionOf(regions[0] ?? '');
  const keys = unique(
    building.flatMap(({ imageBuild }) => Object.values(imageBuild?.kmsKeys ?? {})),
  );
  return [
    {
      Sid: 'Lock',
      Effect: 'Allow',
      Action: ['ssm:DeleteParameter', 'ssm:GetParameter', 'ssm:PutParameter'],
      Resource: building.flatMap(({ id, regions: own }) =>
        own.map((region) => parameterArn(region, imageBuildLockName(fleet.name, id))),
      ),
    },
    {
      Sid: 'Distributions',
      Effect: 'Allow',
      Action: ['ssm:GetParameter'],
      Resource: regions.map((region) => `arn:${partition}:ssm:${region}::parameter/aws/service/*`),
    },
    {
      Sid: 'Profile',
      Effect: 'Allow',
      Action: ['iam:GetInstanceProfile'],
      Resource: [
        `arn:${partition}:iam::${accountIdReference}:instance-profile/${imageBuilderName(fleet.name)}`,
      ],
    },
    {
      Sid: 'Reach',
      Effect: 'Allow',
      Action: ['ssm:DescribeInstanceInformation'],
      Resource: ['*'],
    },
    {
      Sid: 'Session',
      Effect: 'Allow',
      Action: ['ssm:StartSession'],
      Resource: [inAccount(fleet, 'instance')],
      Condition: hasFleetTag(fleet),
    },
    {
      Sid: 'SessionDocument',
      Effect: 'Allow',
      Action: ['ssm:StartSession'],
      Resource: regions.map(
        (region) => `arn:${partition}:ssm:${region}::document/AWS-StartPortForwardingSession`,
      ),
    },
    {
      Sid: 'EndSession',
      Effect: 'Allow',
      Action: ['ssm:TerminateSession'],
      Resource: [`${arn(fleet, 'ssm')}:${accountIdReference}:session/*`],
      Condition: {
        StringLike: { 'ssm:resourceTag/aws:ssmmessages:session-id': ['$${aws:userid}'] },
      },
    },
    ...(keys.length === 0
      ? []
      : [
          {
            Sid: 'Keys',
            Effect: 'Allow' as const,
            Action: [
              ...['CreateGrant', 'Decrypt', 'DescribeKey', 'GenerateDataKeyWithoutPlaintext'],
              ...['ReEncryptFrom', 'ReEncryptTo'],
            ].map((call) => `kms:${call}`),
            Resource: keys,
          },
        ]),
  ];
}
