import type { InstanceListener, SimulatedInstance } from '../sim/instance-host.ts';
import { accountId, type CloudAccount, dateOf } from './account.ts';
import type { CloudGroup } from './group.ts';

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
  const send = (
    instance: SimulatedInstance,
    source: CloudEvent['source'],
    detailType: string,
    detail: object,
    resources: readonly string[],
  ) => {
    const { region } = instance.offering;
    emit({ source, detailType, region, time: account.now(), resources, detail });
  };
  const ofEc2 = (instance: SimulatedInstance, detailType: string, detail: object = {}) =>
    send(instance, 'aws.ec2', detailType, { 'instance-id': instance.id, ...detail }, [
      arnOf(instance),
    ]);
  const ofGroup = (instance: SimulatedInstance, group: CloudGroup, type: string, detail: object) =>
    send(instance, 'aws.autoscaling', type, detail, [group.arn, arnOf(instance)]);

  const tellState = (instance: SimulatedInstance) =>
    ofEc2(instance, 'EC2 Instance State-change Notification', { state: instance.state });
  const listener: InstanceListener = {
    launched: tellState,
    stateChanged: tellState,
    rebalanceRecommended: (instance) => ofEc2(instance, 'EC2 Instance Rebalance Recommendation'),
    noticed: (instance) =>
      ofEc2(instance, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' }),
    lifecycleChanged(instance) {
      const group = groupOf(account, instance);
      if (group === undefined) return;
      for (const [type, detail] of groupEvents(account, group, instance)) {
        ofGroup(instance, group, type, detail);
      }
    },
  };
  account.host.listen(listener);
}

function groupEvents(
  account: CloudAccount,
  group: CloudGroup,
  instance: SimulatedInstance,
): (readonly [string, object])[] {
  switch (instance.lifecycleState) {
    case 'Pending:Wait':
      return actionEvents(group, instance, 'EC2 Instance-launch Lifecycle Action');
    case 'Terminating:Wait':
      return actionEvents(group, instance, 'EC2 Instance-terminate Lifecycle Action');
    case 'InService':
      return [['EC2 Instance Launch Successful', activityDetail(account, group, instance)]];
    case 'Terminated':
      return [['EC2 Instance Terminate Successful', activityDetail(account, group, instance)]];
    default:
      return [];
  }
}

/** One for each hook that holds the instance. */
function actionEvents(group: CloudGroup, { id }: SimulatedInstance, type: string) {
  return group.simulated.hooks.actionsOf(id).map(({ hook, token }) => {
    const isLaunch = hook.transition === 'launching';
    const metadata = group.notifications.get(hook.name)?.metadata;
    const detail = {
      LifecycleActionToken: token,
      AutoScalingGroupName: group.name,
      LifecycleHookName: hook.name,
      EC2InstanceId: id,
      LifecycleTransition: `autoscaling:EC2_INSTANCE_${isLaunch ? 'LAUNCHING' : 'TERMINATING'}`,
      ...(metadata !== undefined && { NotificationMetadata: metadata }),
      Origin: isLaunch ? 'EC2' : 'AutoScalingGroup',
      Destination: isLaunch ? 'AutoScalingGroup' : 'EC2',
    };
    return [type, detail] as const;
  });
}

function activityDetail(account: CloudAccount, group: CloudGroup, instance: SimulatedInstance) {
  const { zone } = instance.offering;
  return {
    StatusCode: 'InProgress',
    AutoScalingGroupName: group.name,
    EC2InstanceId: instance.id,
    StartTime: dateOf(instance.launchedAt).toISOString(),
    EndTime: account.now().toISOString(),
    Details: { 'Availability Zone': zone, 'Subnet ID': group.places.subnetByZone.get(zone) },
    Origin: 'EC2',
    Destination: 'AutoScalingGroup',
  };
}

function groupOf(account: CloudAccount, instance: SimulatedInstance): CloudGroup | undefined {
  const region = account.regions.get(instance.offering.region);
  const record = region?.instances().get(instance.id);
  return record && region?.groups.get(record.group);
}

function arnOf({ id, offering }: SimulatedInstance): string {
  return `arn:aws:ec2:${offering.region}:${accountId}:instance/${id}`;
}
