import { CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import { tagKeys } from '../../pool/names.ts';
import { required, type World } from '../end-to-end/world.ts';

export function tagged(ResourceType: ec2.ResourceType, Tags: ec2.Tag[]) {
  return { TagSpecifications: [{ ResourceType, Tags }] };
}

/** One of each kind, as stacks and workers leave them. */
export async function makeFleet(world: World, name: string): Promise<void> {
  const Tags = [
    { Key: tagKeys.fleet, Value: name },
    { Key: tagKeys.pool, Value: 'linux' },
  ];
  const client = world.ec2;
  const [SubnetId = ''] = world.network.subnets;
  const ImageId = world.images.x86_64;
  const { GroupId } = await client.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName: `muster_${name}_linux`,
      Description: 'Workers',
      VpcId: world.network.vpc,
      ...tagged('security-group', Tags),
    }),
  );
  const { LaunchTemplate } = await client.send(
    new ec2.CreateLaunchTemplateCommand({
      LaunchTemplateName: `${name}_linux_x86-64`,
      LaunchTemplateData: {
        ImageId,
        InstanceType: 'm5.large',
        SecurityGroupIds: [required(GroupId, 'a security group')],
      },
      ...tagged('launch-template', Tags),
    }),
  );
  await world.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: `${name}_linux_spot`,
      MinSize: 0,
      MaxSize: 4,
      DesiredCapacity: 2,
      VPCZoneIdentifier: SubnetId,
      LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId },
      Tags: Tags.map(({ Key = '', Value = '' }) => ({ Key, Value, PropagateAtLaunch: true })),
    }),
  );
  // One that its group lost.
  const { Instances } = await client.send(
    new ec2.RunInstancesCommand({
      ImageId,
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      ...tagged('instance', Tags),
    }),
  );
  const InstanceId = required(Instances?.[0]?.InstanceId, 'an instance');
  const { ImageId: made = '' } = await client.send(
    new ec2.CreateImageCommand({ InstanceId, Name: `${name}-image`, ...tagged('image', Tags) }),
  );
  const { Images } = await client.send(new ec2.DescribeImagesCommand({ ImageIds: [made] }));
  const snapshot = Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId;
  // moto tags no snapshots as it makes them.
  const Resources = [required(snapshot, 'a snapshot')];
  await client.send(new ec2.CreateTagsCommand({ Resources, Tags }));
  await client.send(
    new ec2.RequestSpotInstancesCommand({
      LaunchSpecification: { ImageId, InstanceType: 'm5.large', SubnetId },
      ...tagged('spot-instances-request', Tags),
    }),
  );
  await client.send(
    new ec2.CreateVolumeCommand({
      AvailabilityZone: 'eu-west-1a',
      Size: 1,
      ...tagged('volume', Tags),
    }),
  );
  await client.send(
    new ec2.AllocateAddressCommand({ Domain: 'vpc', ...tagged('elastic-ip', Tags) }),
  );
  await client.send(
    new ec2.CreateKeyPairCommand({ KeyName: `${name}-key`, ...tagged('key-pair', Tags) }),
  );
  await makeNetwork(world, Tags);
  await makeRole(world, name, Tags);
}

async function makeNetwork(world: World, Tags: ec2.Tag[]): Promise<void> {
  const client = world.ec2;
  const { Vpc } = await client.send(
    new ec2.CreateVpcCommand({ CidrBlock: '10.1.0.0/16', ...tagged('vpc', Tags) }),
  );
  const VpcId = required(Vpc?.VpcId, 'a VPC');
  const { InternetGateway } = await client.send(
    new ec2.CreateInternetGatewayCommand(tagged('internet-gateway', Tags)),
  );
  const InternetGatewayId = InternetGateway?.InternetGatewayId;
  await client.send(new ec2.AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  const { RouteTable } = await client.send(
    new ec2.CreateRouteTableCommand({ VpcId, ...tagged('route-table', Tags) }),
  );
  await client.send(
    new ec2.CreateSubnetCommand({ VpcId, CidrBlock: '10.1.0.0/20', ...tagged('subnet', Tags) }),
  );
  await client.send(
    new ec2.CreateVpcEndpointCommand({
      VpcId,
      ServiceName: 'com.amazonaws.eu-west-1.s3',
      VpcEndpointType: 'Gateway',
      RouteTableIds: [required(RouteTable?.RouteTableId, 'a route table')],
      ...tagged('vpc-endpoint', Tags),
    }),
  );
}

async function makeRole({ region }: World, name: string, Tags: iam.Tag[]): Promise<void> {
  const client = new iam.IAMClient({ region });
  const RoleName = `${name}_linux_worker`;
  const Path = `/muster/${name}/`;
  await client.send(
    new iam.CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: '{}', Tags }),
  );
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' }],
  });
  const inline = { RoleName, PolicyName: 'worker', PolicyDocument };
  await client.send(new iam.PutRolePolicyCommand(inline));
  await client.send(
    new iam.CreateInstanceProfileCommand({ InstanceProfileName: RoleName, Path, Tags }),
  );
  await client.send(
    new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: RoleName, RoleName }),
  );
  await client.send(
    new iam.CreatePolicyCommand({ PolicyName: `${name}_scaler`, PolicyDocument, Tags }),
  );
  client.destroy();
}
