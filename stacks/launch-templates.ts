import {
  LaunchTemplate,
  type LaunchTemplateConfig,
} from '@cdktf/provider-aws/lib/launch-template/index.js';
import { launchTemplateName, tagKeys, workerRoleName } from '../pool/names.ts';
import type { Architecture, Pool } from '../pool/pool.ts';
import { existingSecurityGroups } from './existing-security-groups.ts';
import { architecturesOf, type Image, imageOf } from './image.ts';
import { literal } from './literal.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { poolTags, type Tags } from './tags.ts';
import { userData } from './user-data.ts';
import { volumeMappings } from './volumes.ts';

/** Ids of a pool's launch templates, one for each architecture that its instance types have. */
export type LaunchTemplateIds = ReadonlyMap<Architecture, string>;

/**
 * Adds a pool's launch templates. They name no market, because a mixed instances policy sets it and
 * refuses a template that does too, and no instance type, because overrides name those.
 */
export function addLaunchTemplates(place: PoolPlace, securityGroupId: string): LaunchTemplateIds {
  const securityGroupIds = [securityGroupId, ...existingSecurityGroups(place)];
  return new Map(
    architecturesOf(place.pool).map((architecture) => [
      architecture,
      addLaunchTemplate(place, architecture, securityGroupIds).id,
    ]),
  );
}

function addLaunchTemplate(
  place: PoolPlace,
  architecture: Architecture,
  securityGroupIds: string[],
): LaunchTemplate {
  const { stack, fleet, pool } = place;
  const tags = poolTags(fleet, pool);
  const image = imageOf(place, architecture);
  return new LaunchTemplate(stack, `${pool.id}-${architecture}`, {
    name: launchTemplateName(fleet.name, pool.id, architecture),
    // Groups use `$Default`, so that a new version needs no change of a group.
    updateDefaultVersion: true,
    imageId: image.imageId,
    iamInstanceProfile: {
      name: pool.instanceProfile ?? workerRoleName(fleet.name, pool.id),
    },
    ...networkOf(place, securityGroupIds),
    blockDeviceMappings: volumeMappings(pool, image.rootDevice),
    ...(pool.storage.ebsOptimized === null
      ? {}
      : { ebsOptimized: String(pool.storage.ebsOptimized) }),
    metadataOptions: {
      httpEndpoint: 'enabled',
      httpTokens: 'required',
      // One hop: what a worker runs in a container or behind a proxy gets no credentials.
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: 'disabled',
    },
    tagSpecifications: taggedAtLaunch(pool).map((resourceType) => ({ resourceType, tags })),
    // Base64 as EC2 wants it, which also keeps Terraform from reading `${` in the script.
    userData: Buffer.from(userData(place)).toString('base64'),
    ...(pool.access.keyPair === null ? {} : { keyName: literal(pool.access.keyPair) }),
    tags: { ...tags, ...imageTag(image) },
  });
}

/** AWS allows 256 characters in a tag's value. */
const mostTagCharacters = 256;

/** Tells the scaler where to look for the image of new workers. Without it, it goes by the newest worker. */
function imageTag({ parameter }: Image): Tags {
  if (parameter === null || parameter.length > mostTagCharacters) return {};
  return { [tagKeys.imageParameter]: parameter };
}

/** Whether there is a public IP is said of a network interface, which then has the groups too. */
function networkOf(
  { region, pool }: PoolPlace,
  securityGroupIds: string[],
): Pick<LaunchTemplateConfig, 'vpcSecurityGroupIds' | 'networkInterfaces'> {
  const publicIp = pool.network.subnets[region.name]?.publicIp ?? null;
  if (publicIp === null) return { vpcSecurityGroupIds: securityGroupIds };
  return {
    networkInterfaces: [
      {
        deviceIndex: 0,
        associatePublicIpAddress: String(publicIp),
        deleteOnTermination: 'true',
        securityGroups: securityGroupIds,
      },
    ],
  };
}

/** A worker may bind an Elastic IP only to what carries its pool's tags. */
function taggedAtLaunch({ network }: Pool): string[] {
  return ['instance', 'volume', ...(network.elasticIps === null ? [] : ['network-interface'])];
}
