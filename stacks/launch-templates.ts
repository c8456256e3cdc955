import {
  LaunchTemplate,
  type LaunchTemplateBlockDeviceMappings,
} from '@cdktf/provider-aws/lib/launch-template/index.js';
import { launchTemplateName, workerRoleName } from '../pool/names.ts';
import type { Architecture } from '../pool/pool.ts';
import { architecturesOf, imageOf } from './image.ts';
import { literal } from './literal.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { poolTags } from './tags.ts';
import { dataDevice, userData } from './user-data.ts';

/** Ids of a pool's launch templates, one for each architecture that its instance types have. */
export type LaunchTemplateIds = ReadonlyMap<Architecture, string>;

/**
 * Adds a pool's launch templates. They name no market, because a mixed instances policy sets it and
 * refuses a template that does too, and no instance type, because overrides name those.
 */
export function addLaunchTemplates(place: PoolPlace, securityGroupId: string): LaunchTemplateIds {
  return new Map(
    architecturesOf(place.pool).map((architecture) => [
      architecture,
      addLaunchTemplate(place, architecture, securityGroupId).id,
    ]),
  );
}

function addLaunchTemplate(
  place: PoolPlace,
  architecture: Architecture,
  securityGroupId: string,
): LaunchTemplate {
  const { stack, fleet, pool } = place;
  const tags = poolTags(fleet, pool);
  const image = imageOf(place, architecture);
  return new LaunchTemplate(stack, `${pool.id}-${architecture}`, {
    name: launchTemplateName(fleet.name, pool.id, architecture),
    // Groups use `$Default`, so that a new version needs no change of a group.
    updateDefaultVersion: true,
    imageId: image.imageId,
    iamInstanceProfile: { name: workerRoleName(fleet.name, pool.id) },
    vpcSecurityGroupIds: [securityGroupId],
    blockDeviceMappings: volumes(place, image.rootDevice),
    metadataOptions: {
      httpEndpoint: 'enabled',
      httpTokens: 'required',
      // One hop: what a worker runs in a container or behind a proxy gets no credentials.
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: 'disabled',
    },
    tagSpecifications: ['instance', 'volume'].map((resourceType) => ({ resourceType, tags })),
    // Base64 as EC2 wants it, which also keeps Terraform from reading `${` in the script.
    userData: Buffer.from(userData(place)).toString('base64'),
    ...(pool.access.keyPair === null ? {} : { keyName: literal(pool.access.keyPair) }),
    tags,
  });
}

function volumes({ pool }: PoolPlace, rootDevice: string): LaunchTemplateBlockDeviceMappings[] {
  const volume = (deviceName: string, size: number): LaunchTemplateBlockDeviceMappings => ({
    deviceName,
    ebs: { volumeType: 'gp3', volumeSize: size, encrypted: 'true', deleteOnTermination: 'true' },
  });
  const root = volume(rootDevice, pool.disk.root);
  return pool.disk.data === null ? [root] : [root, volume(dataDevice, pool.disk.data)];
}
