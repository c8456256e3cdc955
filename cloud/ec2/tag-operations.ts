import type { CreateTagsRequest, DeleteTagsRequest } from '@aws-sdk/client-ec2';
import { nothing, type PassOn, passOn } from '../operation.ts';
import { AwsError } from '../protocol/aws-error.ts';
import type { CloudRegion } from '../region.ts';

/** Tags of instances and launch templates; those of all else are whoever's the resource is. */
export const tagOperations = {
  CreateTags(region: CloudRegion, { Resources, Tags = [] }: CreateTagsRequest): object | PassOn {
    const tagged = tagsOf(region, Resources!);
    if (tagged === passOn) return passOn;
    for (const { Key = '' } of Tags) {
      if (Key.startsWith('aws:')) {
        throw new AwsError(
          'InvalidParameterValue',
          'Tag keys starting with "aws:" are reserved for internal use',
        );
      }
    }
    for (const tags of tagged) for (const { Key = '', Value = '' } of Tags) tags.set(Key, Value);
    return nothing;
  },

  /** Without tags, all go; with a value, only a tag of that value goes. */
  DeleteTags(region: CloudRegion, { Resources, Tags }: DeleteTagsRequest): object | PassOn {
    const tagged = tagsOf(region, Resources!);
    if (tagged === passOn) return passOn;
    for (const tags of tagged) {
      const wanted =
        Tags ?? [...tags.keys()].filter((key) => !key.startsWith('aws:')).map((Key) => ({ Key }));
      for (const tag of wanted) {
        const { Key = '' } = tag;
        const value = 'Value' in tag ? tag.Value : undefined;
        if (value === undefined || tags.get(Key) === value) tags.delete(Key);
      }
    }
    return nothing;
  },
};

function tagsOf(region: CloudRegion, ids: readonly string[]): Map<string, string>[] | PassOn {
  const found = ids.map(
    (id) => region.instances().get(id)?.tags ?? region.templates.byId.get(id)?.tags,
  );
  const ours = found.filter((tags) => tags !== undefined);
  if (ours.length === 0) return passOn;
  if (ours.length === ids.length) return ours;
  throw new AwsError(
    'InvalidParameterCombination',
    'instances and launch templates are tagged by calls of their own: name no other resource with them',
  );
}
