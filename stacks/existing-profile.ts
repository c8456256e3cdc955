import { DataAwsIamInstanceProfile } from '@cdktf/provider-aws/lib/data-aws-iam-instance-profile/index.js';
import type { TerraformStack } from 'cdktf';
import { shortHash } from './short-hash.ts';

const idOf = (name: string) => `profile-${shortHash(name)}`;

/** ARN of the role of an existing instance profile, as the shared stack gives it. */
export function existingRoleReference(profileName: string): string {
  return `\${data.aws_iam_instance_profile.${idOf(profileName)}.role_arn}`;
}

/** Looks up an existing instance profile, which {@link existingRoleReference} refers to. */
export function lookUpProfile(stack: TerraformStack, profileName: string): void {
  const id = idOf(profileName);
  if (stack.node.tryFindChild(id) !== undefined) return;
  new DataAwsIamInstanceProfile(stack, id, { name: profileName });
}
