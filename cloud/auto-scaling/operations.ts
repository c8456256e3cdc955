import type {
  DescribeAccountLimitsAnswer,
  DescribeInstanceRefreshesAnswer,
  DescribeInstanceRefreshesType,
  DescribeLoadBalancersResponse,
  DescribeLoadBalancerTargetGroupsResponse,
  DescribeTrafficSourcesResponse,
  DescribeWarmPoolAnswer,
  DescribeWarmPoolType,
} from '@aws-sdk/client-auto-scaling';
import type { Operation } from '../operation.ts';
import type { CloudRegion } from '../region.ts';
import type { servedOperations } from '../served-operations.ts';
import { activityOperations } from './activity-operations.ts';
import { findGroup } from './find.ts';
import { groupOperations } from './group-operations.ts';
import { hookOperations } from './hook-operations.ts';
import { instanceOperations } from './instance-operations.ts';
import { launchOperations } from './launch-operations.ts';
import { processOperations } from './process-operations.ts';
import { tagOperations } from './tag-operations.ts';

type Named = { readonly AutoScalingGroupName?: string | undefined };

/** What is asked about groups and no group here can have: there is none, and that is the answer. */
const absences = {
  DescribeInstanceRefreshes(
    region: CloudRegion,
    input: DescribeInstanceRefreshesType,
  ): DescribeInstanceRefreshesAnswer {
    findGroup(region, input.AutoScalingGroupName!);
    return { InstanceRefreshes: [] };
  },
  DescribeWarmPool(region: CloudRegion, input: DescribeWarmPoolType): DescribeWarmPoolAnswer {
    findGroup(region, input.AutoScalingGroupName!);
    return { Instances: [] };
  },
  DescribeLoadBalancers(region: CloudRegion, input: Named): DescribeLoadBalancersResponse {
    findGroup(region, input.AutoScalingGroupName!);
    return { LoadBalancers: [] };
  },
  DescribeLoadBalancerTargetGroups(
    region: CloudRegion,
    input: Named,
  ): DescribeLoadBalancerTargetGroupsResponse {
    findGroup(region, input.AutoScalingGroupName!);
    return { LoadBalancerTargetGroups: [] };
  },
  DescribeTrafficSources(region: CloudRegion, input: Named): DescribeTrafficSourcesResponse {
    findGroup(region, input.AutoScalingGroupName!);
    return { TrafficSources: [] };
  },
  /** "Quotas for Amazon EC2 Auto Scaling" in the user guide: the defaults. */
  DescribeAccountLimits({ groups }: CloudRegion): DescribeAccountLimitsAnswer {
    return {
      MaxNumberOfAutoScalingGroups: 500,
      MaxNumberOfLaunchConfigurations: 200,
      NumberOfAutoScalingGroups: groups.size,
      NumberOfLaunchConfigurations: 0,
    };
  },
};

export const autoScalingOperations = {
  ...groupOperations,
  ...instanceOperations,
  ...launchOperations,
  ...activityOperations,
  ...hookOperations,
  ...processOperations,
  ...tagOperations,
  ...absences,
} satisfies Record<(typeof servedOperations)['autoscaling'][number], Operation>;
