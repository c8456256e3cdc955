/** All groups and instances of a fleet in one region: pages of calls that grow with neither's pools. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { type EC2Client, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { tagKeys } from '../../pool/names.ts';
import { awsCall, collect } from './aws-call.ts';
import type { Caller } from './errors.ts';

/** The most that AWS gives in one page. */
const pageSize = { groups: 100, instances: 1000 } as const;

export interface FleetInRegion {
  readonly fleet: string;
  readonly region: string;
  /** Default: the scaler. */
  readonly caller?: Caller;
}

/** @throws CloudError */
export function describeGroups(
  client: AutoScalingClient,
  of: FleetInRegion,
  signal: AbortSignal,
): Promise<AutoScalingGroup[]> {
  return awsCall(
    `listing groups in ${of.region}`,
    signal,
    (abortSignal) =>
      collect(
        paginateDescribeAutoScalingGroups(
          { client, pageSize: pageSize.groups },
          { Filters: filtersOf(of) },
          { abortSignal },
        ),
        (page) => page.AutoScalingGroups,
      ),
    of.caller,
  );
}

/** @throws CloudError */
export function describeInstances(
  client: EC2Client,
  of: FleetInRegion,
  signal: AbortSignal,
): Promise<Instance[]> {
  return awsCall(`listing instances in ${of.region}`, signal, (abortSignal) =>
    collect(
      paginateDescribeInstances(
        { client, pageSize: pageSize.instances },
        { Filters: filtersOf(of) },
        { abortSignal },
      ),
      (page) => page.Reservations?.flatMap((reservation) => reservation.Instances ?? []),
    ),
  );
}

function filtersOf({ fleet }: FleetInRegion) {
  return [{ Name: `tag:${tagKeys.fleet}`, Values: [fleet] }];
}
