import type {
  ActivityType,
  AutoScalingInstancesType,
  DescribeAutoScalingInstancesType,
  SetInstanceHealthQuery,
  SetInstanceProtectionQuery,
  TerminateInstanceInAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import { nothing } from '../operation.ts';
import { validationError } from '../protocol/aws-error.ts';
import { pageOf } from '../protocol/page.ts';
import type { CloudRegion } from '../region.ts';
import { describeActivityOf } from './activity-operations.ts';
import { describeInstanceDetails } from './describe-group.ts';
import { findGroup, findInstance, invalidToken } from './find.ts';

export const instanceOperations = {
  DescribeAutoScalingInstances(
    { groups }: CloudRegion,
    input: DescribeAutoScalingInstancesType,
  ): AutoScalingInstancesType {
    const wanted = input.InstanceIds && new Set(input.InstanceIds);
    const all = [...groups.values()].flatMap(describeInstanceDetails);
    const found = all.filter(({ InstanceId }) => wanted === undefined || wanted.has(InstanceId!));
    const page = pageOf(found, input.NextToken, input.MaxRecords ?? 50, invalidToken);
    return { AutoScalingInstances: [...page.items], NextToken: page.next };
  },

  TerminateInstanceInAutoScalingGroup(
    region: CloudRegion,
    input: TerminateInstanceInAutoScalingGroupType,
  ): ActivityType {
    const { InstanceId, InstanceIds, ShouldDecrementDesiredCapacity } = input;
    const ids = InstanceIds ?? (InstanceId === undefined ? [] : [InstanceId]);
    if (ids.length === 0 || (InstanceId !== undefined && InstanceIds !== undefined)) {
      throw validationError('Exactly one of InstanceId and InstanceIds must be specified.');
    }
    const found = ids.map((id) => findInstance(region, id));
    const Activities = found.map(({ group, instance }) => {
      group.simulated.terminate(instance, { decrement: ShouldDecrementDesiredCapacity! });
      const latest = group.simulated.activities
        .list(region.account.clock.now())
        .find((activity) => activity.instanceId === instance.id && activity.kind === 'terminate');
      return latest && describeActivityOf(group, latest);
    });
    return {
      Activity: Activities[0],
      ...(InstanceIds !== undefined && {
        Activities: Activities.filter((activity) => activity !== undefined),
      }),
    };
  },

  SetInstanceHealth(region: CloudRegion, input: SetInstanceHealthQuery) {
    const { HealthStatus = '', InstanceId } = input;
    const health = HealthStatus.toLowerCase();
    if (health !== 'healthy' && health !== 'unhealthy') {
      throw validationError(`HealthStatus ${HealthStatus} is neither Healthy nor Unhealthy`);
    }
    const { group, instance } = findInstance(region, InstanceId!);
    group.simulated.setInstanceHealth(instance, health === 'healthy');
    return nothing;
  },

  SetInstanceProtection(region: CloudRegion, input: SetInstanceProtectionQuery) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    const instances = input.InstanceIds!.map((id) => {
      const instance = group.simulated.find(id);
      if (instance !== undefined) return instance;
      throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
    });
    group.simulated.setInstanceProtection(instances, input.ProtectedFromScaleIn!);
    return nothing;
  },
};
