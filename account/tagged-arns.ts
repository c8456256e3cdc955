import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { tagKeys } from '../pool/names.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import type { Place } from './fleet-resource.ts';
import { withClient } from './with-client.ts';

/**
 * ARNs of all that carries the fleet's tag in a region, sorted. AWS tells of it within minutes, and goes
 * on for a while to tell of what has gone. @throws what the SDK throws
 */
export function taggedArns(
  place: Pick<Place, 'configuration' | 'fleet'>,
  abortSignal: AbortSignal,
): Promise<string[]> {
  return withClient(ResourceGroupsTaggingAPIClient, place, async (client) => {
    const pages = paginateGetResources(
      { client, pageSize: 100 },
      { TagFilters: [{ Key: tagKeys.fleet, Values: [place.fleet] }] },
      { abortSignal },
    );
    const resources = await collect(pages, ({ ResourceTagMappingList }) => ResourceTagMappingList);
    return resources.map(({ ResourceARN = '' }) => ResourceARN).sort();
  });
}
