import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { tagKeys } from '../../pool/names.ts';
import type { Architecture } from '../../pool/pool.ts';
import { tagOf } from './group-observation.ts';

export interface LaunchTemplateVersion {
  readonly LaunchTemplateId: string;
  /** `$Default`, or the number that the tag names. */
  readonly Version: string;
}

/**
 * What a group's workers of an architecture are launched from, as its tag says: `ID`, or `ID:VERSION`
 * where what made the group cannot set a template's default version, as CloudFormation cannot. null:
 * there is no such tag.
 */
export function launchTemplateOf(
  group: AutoScalingGroup,
  architecture: Architecture,
): LaunchTemplateVersion | null {
  const tag = tagOf(group, `${tagKeys.launchTemplate}${architecture}`);
  if (tag === null) return null;
  const [LaunchTemplateId = '', Version = '$Default'] = tag.split(':');
  return { LaunchTemplateId, Version };
}
