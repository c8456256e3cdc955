import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { AwsError } from '../protocol/aws-error.ts';

export function tagList(tags: ReadonlyMap<string, string>): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** Tags of a request for the kind of resource that it makes. */
export function tagsFor(
  specifications: readonly TagSpecification[] | undefined,
  resourceType: string,
): readonly Tag[] {
  const others = (specifications ?? []).find(({ ResourceType }) => ResourceType !== resourceType);
  if (others !== undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      `'${others.ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  }
  return (specifications ?? []).flatMap(({ Tags }) => Tags ?? []);
}

export function invalidToken(): AwsError {
  return new AwsError('InvalidNextToken', 'The token is not valid');
}
