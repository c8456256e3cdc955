/** Where a build starts: an image of the distribution, or a base image of the fleet's own. */
import { DescribeImagesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { imageTagKeys } from '../pool/image-tags.ts';
import { tagKeys } from '../pool/names.ts';
import type { Architecture, Fleet } from '../pool/pool.ts';
import type { ImageBase } from '../pool/worker-kind.ts';
import type { BuildablePool } from './build-image-variables.ts';

/**
 * Public parameters that name each distribution's newest image.
 *
 * Sources: "Calling AMI public parameters", Systems Manager user guide; "Finding images with SSM",
 * Ubuntu on AWS documentation.
 */
const parameters: Readonly<Record<ImageBase, (architecture: Architecture) => string>> = {
  al2023: (architecture) =>
    `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`,
  'ubuntu-24.04': (architecture) =>
    '/aws/service/canonical/ubuntu/server/24.04/stable/current/' +
    `${architecture === 'x86_64' ? 'amd64' : 'arm64'}/hvm/ebs-gp3/ami-id`,
};

/** @throws Error when there is no such image, or it has another architecture. */
export async function distributionImage(
  { ec2, ssm }: { readonly ec2: EC2Client; readonly ssm: SSMClient },
  { pool, options }: BuildablePool,
  architecture: Architecture,
): Promise<string> {
  const declared = options.from[architecture];
  const parameter = parameters[options.base](architecture);
  const where = `pools.${pool.name}.image.build.${declared === undefined ? 'base' : `from.${architecture}`}`;
  const id = declared ?? (await readParameter(ssm, parameter));
  if (id === null) {
    throw new Error(`${where}: ${parameter} names no image; name one in image.build.from`);
  }
  const { Images = [] } = await ec2
    .send(new DescribeImagesCommand({ ImageIds: [id] }))
    .catch((error: Error) => {
      if (error.name.startsWith('InvalidAMIID')) return { Images: [] };
      throw error;
    });
  const [image] = Images;
  if (image === undefined) {
    throw new Error(`${where}: there is no image ${id} in this region; name one that is there`);
  }
  if (image.Architecture !== architecture) {
    throw new Error(`${where}: ${id} is for ${image.Architecture}; name one for ${architecture}`);
  }
  return id;
}

/** The newest base image that the fleet has; null: none. */
export async function baseImage(
  ec2: EC2Client,
  fleet: Fleet,
  { options }: BuildablePool,
  architecture: Architecture,
): Promise<{ readonly id: string; readonly at: Date } | null> {
  const wanted = {
    [tagKeys.fleet]: fleet.name,
    [imageTagKeys.layer]: 'base',
    [imageTagKeys.base]: options.base,
    [imageTagKeys.architecture]: architecture,
  };
  const { Images = [] } = await ec2.send(
    new DescribeImagesCommand({
      Owners: ['self'],
      Filters: [
        { Name: 'state', Values: ['available'] },
        ...Object.entries(wanted).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
      ],
    }),
  );
  const found = Images.flatMap(({ ImageId, Tags = [] }) => {
    const built = Tags.find(({ Key }) => Key === imageTagKeys.builtAt)?.Value;
    return ImageId === undefined || built === undefined
      ? []
      : [{ id: ImageId, at: new Date(built) }];
  });
  return found.sort((a, b) => b.at.getTime() - a.at.getTime())[0] ?? null;
}

async function readParameter(ssm: SSMClient, Name: string): Promise<string | null> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    return Parameter?.Value ?? null;
  } catch (error) {
    if ((error as Error).name === 'ParameterNotFound') return null;
    throw error;
  }
}
