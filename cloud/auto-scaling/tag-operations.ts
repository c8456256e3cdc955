import type {
  CreateOrUpdateTagsType,
  DeleteTagsType,
  DescribeTagsType,
  Tag,
  TagDescription,
  TagsType,
} from '@aws-sdk/client-auto-scaling';
import type { CloudGroup } from '../group.ts';
import { nothing } from '../operation.ts';
import { AwsError, validationError } from '../protocol/aws-error.ts';
import { pageOf } from '../protocol/page.ts';
import type { CloudRegion } from '../region.ts';
import { describeTags } from './describe-group.ts';
import { findGroup, invalidToken } from './find.ts';

/** "Tag Auto Scaling groups and instances" in the user guide. */
const mostTags = 50;

/** @throws AwsError, having changed nothing */
export function setTags(group: CloudGroup, tags: readonly Tag[]): void {
  const reserved = tags.find(({ Key }) => Key?.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) throw validationError(`Tag key ${reserved.Key} is reserved for AWS.`);
  const keys = new Set([...group.tags.keys(), ...tags.map(({ Key = '' }) => Key)]);
  if (keys.size > mostTags) {
    throw new AwsError('LimitExceeded', `A group may have ${mostTags} tags, not ${keys.size}`);
  }
  for (const { Key = '', Value = '', PropagateAtLaunch = false } of tags) {
    group.tags.set(Key, { value: Value, propagateAtLaunch: PropagateAtLaunch });
  }
}

export const tagOperations = {
  CreateOrUpdateTags(region: CloudRegion, input: CreateOrUpdateTagsType) {
    for (const [group, tags] of byGroup(region, input.Tags!)) setTags(group, tags);
    return nothing;
  },

  DeleteTags(region: CloudRegion, input: DeleteTagsType) {
    for (const [group, tags] of byGroup(region, input.Tags!)) {
      for (const { Key = '' } of tags) group.tags.delete(Key);
    }
    return nothing;
  },

  DescribeTags({ groups }: CloudRegion, input: DescribeTagsType): TagsType {
    const all = [...groups.values()].flatMap(describeTags);
    const tests = (input.Filters ?? []).map(({ Name = '', Values = [] }) => {
      const read = tagFilters[Name];
      if (read === undefined) throw validationError(`Invalid filter name: ${Name}`);
      return (tag: TagDescription) => Values.includes(read(tag) ?? '');
    });
    const found = all.filter((tag) => tests.every((test) => test(tag)));
    const page = pageOf(found, input.NextToken, input.MaxRecords ?? 50, invalidToken);
    return { Tags: [...page.items], NextToken: page.next };
  },
};

const tagFilters: Readonly<Record<string, (tag: TagDescription) => string | undefined>> = {
  'auto-scaling-group': ({ ResourceId }) => ResourceId,
  key: ({ Key }) => Key,
  value: ({ Value }) => Value,
  'propagate-at-launch': ({ PropagateAtLaunch }) => String(PropagateAtLaunch),
};

/** @throws AwsError if one names no group */
function byGroup(region: CloudRegion, tags: readonly Tag[]): ReadonlyMap<CloudGroup, Tag[]> {
  const result = new Map<CloudGroup, Tag[]>();
  for (const tag of tags) {
    if (tag.ResourceType !== undefined && tag.ResourceType !== 'auto-scaling-group') {
      throw validationError(`ResourceType ${tag.ResourceType} is not auto-scaling-group`);
    }
    const group = findGroup(region, tag.ResourceId ?? '');
    result.set(group, [...(result.get(group) ?? []), tag]);
  }
  return result;
}
