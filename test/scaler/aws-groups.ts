/** Makes in moto what the stacks make in AWS: templates and a pool's groups. */
import { AutoScalingClient, CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { groupName, type MarketName, tagKeys } from '../../pool/names.ts';

export interface Templates {
  readonly x86_64: string;
  readonly arm64: string;
}

/** `imageParameter`: what the templates are tagged to read their image from; moto does not resolve it. */
export async function makeTemplates(
  endpoint: string,
  fleet: string,
  imageParameter?: string,
): Promise<Templates> {
  const ec2 = new EC2Client({ endpoint });
  const images = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  const tags = [
    { Key: tagKeys.fleet, Value: fleet },
    ...(imageParameter ? [{ Key: tagKeys.imageParameter, Value: imageParameter }] : []),
  ];
  const make = async (architecture: string): Promise<string> => {
    const made = await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: `${fleet}-${architecture}`,
        TagSpecifications: [{ ResourceType: 'launch-template', Tags: tags }],
        LaunchTemplateData: {
          ImageId: images.Images?.[0]?.ImageId,
          InstanceType: 'c6i.xlarge',
          TagSpecifications: [
            { ResourceType: 'instance', Tags: [{ Key: tagKeys.fleet, Value: fleet }] },
          ],
        },
      }),
    );
    return made.LaunchTemplate?.LaunchTemplateId ?? '';
  };
  return { x86_64: await make('x86_64'), arm64: await make('arm64') };
}

export async function makeGroup(
  endpoint: string,
  made: {
    readonly fleet: string;
    readonly pool: string;
    readonly market: MarketName;
    readonly templates: Templates;
    readonly max?: number;
  },
): Promise<string> {
  const ec2 = new EC2Client({ endpoint });
  const subnets = await ec2.send(new DescribeSubnetsCommand({}));
  const name = groupName(made.fleet, made.pool, made.market);
  const tags = {
    [tagKeys.fleet]: made.fleet,
    [tagKeys.pool]: made.pool,
    [tagKeys.market]: made.market,
    [`${tagKeys.launchTemplate}x86_64`]: made.templates.x86_64,
    [`${tagKeys.launchTemplate}arm64`]: made.templates.arm64,
  };
  await new AutoScalingClient({ endpoint }).send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      MinSize: 0,
      MaxSize: made.max ?? 20,
      DesiredCapacity: 0,
      VPCZoneIdentifier: subnets.Subnets?.slice(0, 1)
        .map((it) => it.SubnetId)
        .join(','),
      NewInstancesProtectedFromScaleIn: true,
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: {
            LaunchTemplateId: made.templates.x86_64,
            Version: '$Default',
          },
          Overrides: [{ InstanceType: 'c6i.xlarge', WeightedCapacity: '1' }],
        },
        InstancesDistribution: {
          OnDemandBaseCapacity: 0,
          OnDemandPercentageAboveBaseCapacity: made.market === 'spot' ? 0 : 100,
          SpotAllocationStrategy: 'price-capacity-optimized',
        },
      },
      Tags: Object.entries(tags).map(([Key, Value]) => ({
        Key,
        Value,
        ResourceId: name,
        ResourceType: 'auto-scaling-group',
        PropagateAtLaunch: Key === tagKeys.fleet,
      })),
    }),
  );
  return name;
}
