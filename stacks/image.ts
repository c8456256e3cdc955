import { DataAwsAmi, type DataAwsAmiConfig } from '@cdktf/provider-aws/lib/data-aws-ami/index.js';
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter/index.js';
import type { TerraformStack } from 'cdktf';
import type { Architecture, ImageSource, Pool } from '../pool/pool.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { shortHash } from './short-hash.ts';
import { StackError } from './stack-error.ts';

export interface Image {
  /** For a launch template: an image id, or a parameter that EC2 resolves at each launch. */
  readonly imageId: string;
  /** The parameter's name; null: it is an image id. */
  readonly parameter: string | null;
  /** What the image calls its root volume; another name would add a volume instead. */
  readonly rootDevice: string;
}

/**
 * The image of a pool's workers for one architecture. Each is looked up when Terraform plans, so
 * that a missing image, or one of another architecture, is an error there and not at a launch.
 *
 * @throws Error when the declaration has no image for the region and architecture.
 */
export function imageOf({ stack, region, pool }: PoolPlace, architecture: Architecture): Image {
  const { image } = pool;
  switch (image.kind) {
    case 'id': {
      const id = image.ids[region.name]?.[architecture];
      if (id === undefined) {
        throw new StackError(
          `pool ${pool.id} has ${architecture} instance types but no ${architecture} image id in ` +
            `${region.name}: add one under image.ids.${region.name}, or leave those types out`,
        );
      }
      const { rootDeviceName } = lookUpById(stack, id, architecture);
      return { imageId: id, parameter: null, rootDevice: rootDeviceName };
    }
    case 'ssm': {
      const name = parameterName(pool, image, architecture);
      const parameter = once(stack, `image-${shortHash(name)}`, (id) => {
        return new DataAwsSsmParameter(stack, id, { name });
      });
      const found = lookUpById(stack, parameter.insecureValue, architecture, shortHash(name));
      const imageId = `resolve:ssm:${name}`;
      return { imageId, parameter: name, rootDevice: found.rootDeviceName };
    }
    case 'ami-set':
      throw new StackError(
        `pool ${pool.id} has the AMI set ${image.name}, which is not pinned: run npx muster synth --state`,
      );
    case 'lookup':
      throw new StackError(
        `pool ${pool.id} has an image of owners that is not pinned: run npx muster image resolve`,
      );
  }
}

/** The SSM parameters that a pool reads its image ids from; none for another kind of image. */
export function imageParameterNames(pool: Pool): string[] {
  const { image } = pool;
  if (image.kind !== 'ssm') return [];
  return architecturesOf(pool).map((architecture) => parameterName(pool, image, architecture));
}

/** The architectures of a pool's instance types, `x86_64` first. */
export function architecturesOf(pool: Pool): Architecture[] {
  const present = new Set(pool.instances.map(({ architecture }) => architecture));
  return (['x86_64', 'arm64'] as const).filter((architecture) => present.has(architecture));
}

function parameterName(
  pool: Pool,
  { parameter }: Extract<ImageSource, { kind: 'ssm' }>,
  architecture: Architecture,
): string {
  if (!parameter.includes('{arch}') && architecturesOf(pool).length > 1) {
    throw new StackError(
      `pool ${pool.id} has instance types of two architectures but one image parameter, ` +
        `${parameter}: name one for each, such as ${parameter}/{arch}`,
    );
  }
  return parameter.replaceAll('{arch}', architecture);
}

function lookUpById(
  stack: TerraformStack,
  imageId: string,
  architecture: Architecture,
  key = imageId,
): DataAwsAmi {
  return lookUp(stack, `${key}-${architecture}`, architecture, {
    filter: [{ name: 'image-id', values: [imageId] }],
  });
}

function lookUp(
  stack: TerraformStack,
  key: string,
  architecture: Architecture,
  config: DataAwsAmiConfig & { readonly filter: readonly { name: string; values: string[] }[] },
): DataAwsAmi {
  const filter = [...config.filter, { name: 'architecture', values: [architecture] }];
  return once(stack, `image-${key}`, (id) => new DataAwsAmi(stack, id, { ...config, filter }));
}

/** Pools that share an image share its lookup. */
function once<T>(stack: TerraformStack, id: string, make: (id: string) => T): T {
  return (stack.node.tryFindChild(id) as T | undefined) ?? make(id);
}
