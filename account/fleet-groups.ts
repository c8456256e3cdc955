/** The auto scaling groups of a fleet's pools in one region, as a person's commands see them. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { tagKeys } from '../pool/names.ts';
import { awsCall, collect } from '../scaler/aws/aws-call.ts';

/** The most that AWS gives in one page. Source: DescribeAutoScalingGroups, Auto Scaling API reference. */
const pageSize = 100;

/**
 * Groups that carry the fleet's tag, those of the scaler itself too.
 * @throws CloudError
 */
export function fleetGroups(
  client: AutoScalingClient,
  of: { readonly fleet: string; readonly region: string },
  signal: AbortSignal,
): Promise<AutoScalingGroup[]> {
  const Filters = [{ Name: `tag:${tagKeys.fleet}`, Values: [of.fleet] }];
  return awsCall(`listing groups in ${of.region}`, signal, (abortSignal) =>
    collect(
      paginateDescribeAutoScalingGroups({ client, pageSize }, { Filters }, { abortSignal }),
      (page) => page.AutoScalingGroups,
    ),
  );
}

/** Id of the pool that a group belongs to; null: of none, as the scaler's own. */
export function poolIdOf({ Tags = [] }: AutoScalingGroup): string | null {
  return Tags.find(({ Key }) => Key === tagKeys.pool)?.Value ?? null;
}
