import type {
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  DescribeSpotInstanceRequestsRequest,
  DescribeSpotInstanceRequestsResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { accountId } from '../account.ts';
import { filtered } from '../filters.ts';
import type { InstanceRecord } from '../instance-record.ts';
import { AwsError } from '../protocol/aws-error.ts';
import { lazily } from '../protocol/lazily.ts';
import { pageOf } from '../protocol/page.ts';
import type { CloudRegion } from '../region.ts';
import { invalidToken } from './answers.ts';
import { describeInstance, describeRequest, stateOf } from './describe-instance.ts';
import { instanceValues, requestValues } from './instance-filters.ts';

export const instanceOperations = {
  DescribeInstances(region: CloudRegion, input: DescribeInstancesRequest): DescribeInstancesResult {
    refusePagesOfNamed(input.InstanceIds, input.MaxResults);
    const found = filtered(named(region, input.InstanceIds), input.Filters, instanceValues);
    const page = pageOf(found, input.NextToken, input.MaxResults ?? 1000, invalidToken);
    return {
      Reservations: lazily(page.items, (record) => ({
        ReservationId: `r-${record.instance.id.slice(2)}`,
        OwnerId: accountId,
        Groups: [],
        Instances: [describeInstance(record)],
      })),
      NextToken: page.next,
    };
  },

  DescribeInstanceStatus(
    region: CloudRegion,
    input: DescribeInstanceStatusRequest,
  ): DescribeInstanceStatusResult {
    refusePagesOfNamed(input.InstanceIds, input.MaxResults);
    const found = filtered(named(region, input.InstanceIds), input.Filters, instanceValues).filter(
      ({ instance }) => input.IncludeAllInstances || instance.state === 'running',
    );
    const page = pageOf(found, input.NextToken, input.MaxResults ?? 1000, invalidToken);
    return {
      InstanceStatuses: page.items.map(({ instance }) => {
        const ok = instance.state === 'running' && instance.isHealthy;
        const Status = instance.state === 'running' ? (ok ? 'ok' : 'impaired') : 'not-applicable';
        return {
          InstanceId: instance.id,
          AvailabilityZone: instance.offering.zone,
          InstanceState: stateOf(instance.state),
          InstanceStatus: { Status },
          SystemStatus: { Status },
        };
      }),
      NextToken: page.next,
    };
  },

  TerminateInstances(
    region: CloudRegion,
    input: TerminateInstancesRequest,
  ): TerminateInstancesResult {
    const records = named(region, input.InstanceIds);
    return {
      TerminatingInstances: records.map(({ instance }) => {
        const PreviousState = stateOf(instance.state);
        const wasRunning = instance.endedAt === null;
        region.account.host.terminate(instance);
        // Its group learns of it as of any end that is not its own doing.
        if (wasRunning) instance.owner.reclaimed(instance);
        return { InstanceId: instance.id, PreviousState, CurrentState: stateOf(instance.state) };
      }),
    };
  },

  DescribeSpotInstanceRequests(
    region: CloudRegion,
    input: DescribeSpotInstanceRequestsRequest,
  ): DescribeSpotInstanceRequestsResult {
    const spot = [...region.instances().values()].filter(({ spotRequestId }) => spotRequestId);
    const wanted = input.SpotInstanceRequestIds;
    const missing = wanted?.find((id) => !spot.some(({ spotRequestId }) => spotRequestId === id));
    if (missing !== undefined) {
      throw new AwsError(
        'InvalidSpotInstanceRequestID.NotFound',
        `The spot instance request ID '${missing}' does not exist`,
      );
    }
    const among = spot.filter(({ spotRequestId }) => wanted?.includes(spotRequestId!) ?? true);
    const found = filtered(among, input.Filters, requestValues);
    const page = pageOf(found, input.NextToken, input.MaxResults ?? 1000, invalidToken);
    return { SpotInstanceRequests: page.items.map(describeRequest), NextToken: page.next };
  },
};

/** @throws AwsError if one does not exist */
function named(region: CloudRegion, ids: readonly string[] | undefined): InstanceRecord[] {
  const records = region.instances();
  if (ids === undefined || ids.length === 0) return [...records.values()];
  const malformed = ids.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (malformed !== undefined) {
    throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  }
  const missing = ids.filter((id) => !records.has(id));
  if (missing.length > 0) {
    const what = missing.length === 1 ? 'ID' : 'IDs';
    const verb = missing.length === 1 ? 'does' : 'do';
    throw new AwsError(
      'InvalidInstanceID.NotFound',
      `The instance ${what} '${missing.join(', ')}' ${verb} not exist`,
    );
  }
  return ids.map((id) => records.get(id)!);
}

function refusePagesOfNamed(ids: readonly string[] | undefined, size: number | undefined): void {
  if (ids === undefined || ids.length === 0 || size === undefined) return;
  throw new AwsError(
    'InvalidParameterCombination',
    'The parameter instancesSet cannot be used with the parameter maxResults',
  );
}
