/**
 * Workers of pools on moto, which resolves no `resolve:ssm` of a launch template: the groups here are of
 * templates with the image itself.
 */
import {
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DescribeInstancesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { World } from '../end-to-end/world.ts';

/** Names of templates cannot be used again. */
let count = 0;

const tagsOf = (pool: string) =>
  Object.entries({ 'muster:fleet': 'ci', 'muster:pool': pool }).map(([Key, Value]) => ({
    Key,
    Value,
  }));

/** With one worker of an image. @returns its name */
export async function startGroup(
  { ec2, autoScaling, network }: World,
  of: string,
  ImageId: string,
  pool = 'linux',
): Promise<string> {
  count += 1;
  const name = `ci_${pool}_${of}-${count}`;
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: { ImageId, InstanceType: 'c7i.large' },
    }),
  );
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      ...{ AutoScalingGroupName: name, MinSize: 0, MaxSize: 4, DesiredCapacity: 1 },
      LaunchTemplate: { LaunchTemplateName: name, Version: '$Default' },
      VPCZoneIdentifier: network.subnets[0],
      Tags: tagsOf(pool).map((tag) => ({ ...tag, PropagateAtLaunch: true })),
    }),
  );
  return name;
}

export async function emptyGroup({ autoScaling }: World, name: string): Promise<void> {
  const empty = { AutoScalingGroupName: name, DesiredCapacity: 0 };
  await autoScaling.send(new SetDesiredCapacityCommand(empty));
}

/** In no group's service, as workers that do not come up. */
export async function startFailing(
  { ec2 }: World,
  ImageId: string,
  MaxCount: number,
): Promise<void> {
  const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: tagsOf('linux') }];
  await ec2.send(
    new RunInstancesCommand({ ...{ ImageId, MinCount: MaxCount, MaxCount }, TagSpecifications }),
  );
}

/** Of all pools. What has ended is listed for an hour: it is no pool's then. */
export async function endWorkers({ ec2, autoScaling }: World): Promise<void> {
  const { AutoScalingGroups = [] } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({}),
  );
  for (const { AutoScalingGroupName } of AutoScalingGroups) {
    await autoScaling.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete: true }),
    );
  }
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
  const Resources = Reservations.flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId = '' }) => InstanceId),
  );
  await ec2.send(new CreateTagsCommand({ Resources, Tags: tagsOf('gone') }));
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: Resources }));
}
