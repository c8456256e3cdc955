/** Removes what a build that failed has left: Packer cleans up after itself, unless it is killed. */
import {
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type Filter,
  type Image,
  TerminateInstancesCommand,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { type ImageLayer, imageTagKeys } from '../pool/image-tags.ts';

/** Terminating an instance takes a minute or two. */
const terminationLimitSeconds = 300;

/**
 * In one region: images of the build with their snapshots; and the machine, its security group and key.
 * A copy that never was tagged is found by its name, which no other build has.
 *
 * @returns what was removed, such as `image ami-0a1b2c3d`
 */
export async function removeLeftovers(
  ec2: EC2Client,
  own: { readonly build: string; readonly layer: ImageLayer; readonly imageName: string },
): Promise<string[]> {
  // Not the base image that the same build has made: it is whole.
  const tagged: Filter[] = [
    { Name: `tag:${imageTagKeys.build}`, Values: [own.build] },
    { Name: `tag:${imageTagKeys.layer}`, Values: [own.layer] },
  ];
  const removed: string[] = [];
  for (const image of await imagesOf(ec2, tagged, own.imageName)) {
    await ec2.send(new DeregisterImageCommand({ ImageId: image.ImageId }));
    removed.push(`image ${image.ImageId}`);
    for (const { Ebs } of image.BlockDeviceMappings ?? []) {
      if (Ebs?.SnapshotId === undefined) continue;
      await ec2.send(new DeleteSnapshotCommand({ SnapshotId: Ebs.SnapshotId }));
      removed.push(`snapshot ${Ebs.SnapshotId}`);
    }
  }
  removed.push(...(await removeMachines(ec2, tagged)));
  return removed;
}

/** The machine that an image was built on, its security group and its key. @returns as {@link removeLeftovers} */
export async function removeMachines(ec2: EC2Client, tagged: readonly Filter[]): Promise<string[]> {
  const removed: string[] = [];
  const { Reservations = [] } = await ec2.send(
    new DescribeInstancesCommand({
      Filters: [
        ...tagged,
        { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
      ],
    }),
  );
  const instances = Reservations.flatMap(({ Instances = [] }) =>
    Instances.flatMap(({ InstanceId }) => (InstanceId === undefined ? [] : [InstanceId])),
  );
  if (instances.length > 0) {
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: instances }));
    // Its security group is in use for as long as it is there.
    await waitUntilInstanceTerminated(
      { client: ec2, maxWaitTime: terminationLimitSeconds, minDelay: 1 },
      { InstanceIds: instances },
    );
    removed.push(...instances.map((id) => `instance ${id}`));
  }
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [...tagged] }),
  );
  for (const { GroupId } of SecurityGroups) {
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    removed.push(`security group ${GroupId}`);
  }
  const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({ Filters: [...tagged] }));
  for (const { KeyPairId, KeyName } of KeyPairs) {
    await ec2.send(new DeleteKeyPairCommand({ KeyName }));
    removed.push(`key pair ${KeyPairId}`);
  }
  return removed;
}

async function imagesOf(
  ec2: EC2Client,
  tagged: readonly Filter[],
  imageName: string,
): Promise<Image[]> {
  const found = new Map<string, Image>();
  for (const Filters of [[{ Name: 'name', Values: [imageName] }], [...tagged]]) {
    const { Images = [] } = await ec2.send(
      new DescribeImagesCommand({ Owners: ['self'], Filters }),
    );
    for (const image of Images) found.set(image.ImageId ?? '', image);
  }
  return [...found.values()];
}
