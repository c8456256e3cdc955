/** What carries the fleet's tag and is of no kind that a cleanup removes. */
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { tagKeys } from '../pool/names.ts';
import type { Region } from '../pool/pool.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';

/** Parts of ARNs of what is listed by its own service, or goes with what is. */
const listedElsewhere = /^arn:[^:]+:(ec2|autoscaling|iam):/;

/** ARNs, sorted. @throws what the SDK throws */
export async function otherOwned(
  fleet: string,
  { name, credentials }: Region,
  abortSignal: AbortSignal,
): Promise<string[]> {
  const client = new ResourceGroupsTaggingAPIClient(clientConfiguration(credentials, name));
  try {
    const pages = paginateGetResources(
      { client, pageSize: 100 },
      { TagFilters: [{ Key: tagKeys.fleet, Values: [fleet] }] },
      { abortSignal },
    );
    const resources = await collect(pages, ({ ResourceTagMappingList }) => ResourceTagMappingList);
    return resources
      .map(({ ResourceARN = '' }) => ResourceARN)
      .filter((arn) => !listedElsewhere.test(arn))
      .sort();
  } finally {
    client.destroy();
  }
}
