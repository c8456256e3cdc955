import type { ScalingActivity } from '../sim/activity-log.ts';
import { describeActivity } from '../sim/describe-activity.ts';
import type { InstanceListener, SimulatedInstance } from '../sim/instance-host.ts';
import { accountId, type CloudAccount, dateOf } from './account.ts';
import type { CloudGroup } from './group.ts';
import { actionDetail } from './hook-notifications.ts';

/** An event as EventBridge has it, but for what the bus itself adds. */
export interface CloudEvent {
  readonly source: 'aws.ec2' | 'aws.autoscaling';
  readonly detailType: string;
  readonly region: string;
  readonly time: Date;
  readonly resources: readonly string[];
  readonly detail: object;
}

/**
 * Tells of what happens to an account's instances from now on. Forms: "State change events", "Spot
 * Instance interruption notices" and "EC2 instance rebalance recommendations" in the EC2 user guide;
 * "Amazon EC2 Auto Scaling event reference" in that of Auto Scaling.
 */
export function watchEvents(account: CloudAccount, emit: (event: CloudEvent) => void): void {
  const ofEc2 = (instance: SimulatedInstance, detailType: string, more: object = {}) =>
    emit({
      source: 'aws.ec2',
      detailType,
      region: instance.offering.region,
      time: account.now(),
      resources: [arnOf(instance)],
      detail: { 'instance-id': instance.id, ...more },
    });
  const ofGroup = (
    group: CloudGroup,
    detailType: string,
    detail: object,
    others: readonly string[] = [],
  ) =>
    emit({
      source: 'aws.autoscaling',
      detailType,
      region: group.region.name,
      time: account.now(),
      resources: [group.arn, ...others],
      detail,
    });
  const tellState = (instance: SimulatedInstance) =>
    ofEc2(instance, 'EC2 Instance State-change Notification', { state: instance.state });
  const tellActions = (group: CloudGroup, instance: SimulatedInstance, detailType: string) => {
    // One for each hook that holds the instance.
    for (const action of group.simulated.hooks.actionsOf(instance.id)) {
      ofGroup(group, detailType, actionDetail(group, instance, action));
    }
  };
  const tellSuccess = (group: CloudGroup, instance: SimulatedInstance, detailType: string) => {
    const activity = group.simulated.activities.find(instance.id);
    if (activity === undefined) return;
    const detail = activityDetail(account, group, { ...activity, status: 'InProgress' });
    ofGroup(group, detailType, detail, [arnOf(instance)]);
  };
  const listener: InstanceListener = {
    launched: tellState,
    stateChanged: tellState,
    rebalanceRecommended: (instance) => ofEc2(instance, 'EC2 Instance Rebalance Recommendation'),
    noticed: (instance) =>
      ofEc2(instance, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' }),
    lifecycleChanged(instance) {
      const group = account.regions.get(instance.offering.region)?.groupOf(instance);
      if (group === undefined) return;
      switch (instance.lifecycleState) {
        case 'Pending:Wait':
          tellActions(group, instance, 'EC2 Instance-launch Lifecycle Action');
          return;
        case 'Terminating:Wait':
          tellActions(group, instance, 'EC2 Instance-terminate Lifecycle Action');
          return;
        case 'InService':
          tellSuccess(group, instance, 'EC2 Instance Launch Successful');
          return;
        case 'Terminated':
          tellSuccess(group, instance, 'EC2 Instance Terminate Successful');
      }
    },
    launchFailed({ name, region }, activity) {
      const group = account.regions.get(region)?.groups.get(name);
      if (group === undefined) return;
      const detail = activityDetail(account, group, activity);
      ofGroup(group, 'EC2 Instance Launch Unsuccessful', detail);
    },
  };
  account.host.listen(listener);
}

function activityDetail(account: CloudAccount, group: CloudGroup, activity: ScalingActivity) {
  const { kind, id, status, statusMessage, startedAt, instanceId, zone } = activity;
  const isLaunch = kind === 'launch';
  const { description, cause } = describeActivity(activity);
  return {
    StatusCode: status,
    Description: description,
    AutoScalingGroupName: group.name,
    ActivityId: id,
    RequestId: id,
    // Assumption: it is empty where no instance came of it.
    EC2InstanceId: instanceId ?? '',
    StatusMessage: statusMessage ?? '',
    Cause: cause,
    StartTime: dateOf(startedAt).toISOString(),
    EndTime: account.now().toISOString(),
    Details: { 'Availability Zone': zone, 'Subnet ID': group.places.subnetByZone.get(zone) },
    Origin: isLaunch ? 'EC2' : 'AutoScalingGroup',
    Destination: isLaunch ? 'AutoScalingGroup' : 'EC2',
  };
}

function arnOf({ id, offering }: SimulatedInstance): string {
  return `arn:aws:ec2:${offering.region}:${accountId}:instance/${id}`;
}
