import {
  AutoScalingClient,
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupType,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { groupName, tagKeys } from '../../pool/names.ts';

export const region = 'eu-west-1';

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  destroy(): void;
}

/** One try a call: a refusal is to be seen. */
export function clientsFor(endpoint: string): Clients {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const options = { region, endpoint, credentials, maxAttempts: 1 };
  const autoScaling = new AutoScalingClient(options);
  const ec2 = new EC2Client(options);
  return {
    autoScaling,
    ec2,
    destroy() {
      autoScaling.destroy();
      ec2.destroy();
    },
  };
}

/**
 * A launch template, with an image or with a parameter that holds one; returns its id. `holds`: the image
 * itself, where nobody resolves the parameter.
 */
export async function makeTemplate(
  { ec2 }: Clients,
  name: string,
  fleet = 'ci',
  image: string | { readonly parameter: string; readonly holds?: string } = 'ami-0123456789abcdef0',
): Promise<string> {
  const { parameter = null, holds } = typeof image === 'string' ? { holds: image } : image;
  const tags = {
    [tagKeys.fleet]: fleet,
    ...(parameter === null ? {} : { [tagKeys.imageParameter]: parameter }),
  };
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: {
        ImageId: holds ?? `resolve:ssm:${parameter}`,
      },
      TagSpecifications: [
        {
          ResourceType: 'launch-template',
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        },
      ],
    }),
  );
  return LaunchTemplate!.LaunchTemplateId!;
}

/** The spot group of a pool, as the stacks declare one; returns its name. */
export async function makeSpotGroup(
  { autoScaling }: Clients,
  templateId: string,
  change: Partial<CreateAutoScalingGroupType> = {},
  weights: Readonly<Record<string, number>> = { 'c6i.2xlarge': 2, 'm6a.4xlarge': 4 },
  onDemandShare: 0 | 100 = 0,
): Promise<string> {
  const name = change.AutoScalingGroupName ?? groupName('ci', 'linux', 'spot');
  const specification = { LaunchTemplateId: templateId, Version: '$Default' };
  const tags = {
    [tagKeys.fleet]: 'ci',
    [tagKeys.pool]: 'linux',
    [tagKeys.market]: 'spot',
    [`${tagKeys.launchTemplate}x86_64`]: templateId,
  };
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      MinSize: 0,
      MaxSize: 20,
      AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
      NewInstancesProtectedFromScaleIn: true,
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: specification,
          Overrides: Object.entries(weights).map(([InstanceType, weight]) => ({
            InstanceType,
            WeightedCapacity: String(weight),
            LaunchTemplateSpecification: specification,
          })),
        },
        InstancesDistribution: {
          OnDemandBaseCapacity: 0,
          OnDemandPercentageAboveBaseCapacity: onDemandShare,
          SpotAllocationStrategy: 'price-capacity-optimized',
        },
      },
      Tags: Object.entries(tags).map(([Key, Value]) => ({
        Key,
        Value,
        PropagateAtLaunch: !Key.startsWith(tagKeys.launchTemplate),
      })),
      ...change,
    }),
  );
  return name;
}

export async function describeGroup(
  { autoScaling }: Clients,
  name: string,
): Promise<AutoScalingGroup> {
  const { AutoScalingGroups: [group] = [] } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  if (group === undefined) throw new Error(`there is no group ${name}`);
  return group;
}

/**
 * The declaration of a fleet `ci` with a pool `linux` on the local AWS, whose tasks the local AWS itself tells.
 * @param ofFleet,ofPool what is the test's own
 */
export function declarationOnCloud(endpoint: string, ofFleet: object, ofPool: object): object {
  const { hostname: host, port } = new URL(endpoint);
  return {
    fleet: 'ci',
    regions: {
      [region]: {
        vpc: 'vpc-0123456789abcdef0',
        subnets: ['subnet-0a', 'subnet-0b'].map((id) => `${id}123456789abcdef`),
      },
    },
    ...ofFleet,
    pools: {
      linux: {
        description: 'Linux builds',
        owner: 'build@example.com',
        queue: { http: { host, port: Number(port), version: '_muster', provisionerId: 'ci' } },
        image: { ids: { [region]: { x86_64: 'ami-0123456789abcdef0' } } },
        disk: { root: '20GiB' },
        ...ofPool,
      },
    },
  };
}
