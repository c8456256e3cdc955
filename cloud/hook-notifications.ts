import type { SimulatedInstance } from '../sim/instance-host.ts';
import type { LifecycleAction } from '../sim/lifecycle-hooks.ts';
import { accountId, type CloudAccount } from './account.ts';
import type { CloudGroup } from './group.ts';

/** What Auto Scaling sends to a lifecycle hook's target: an SQS queue or an SNS topic. */
export interface HookNotification {
  readonly targetArn: string;
  /** Of a topic. */
  readonly subject: string;
  /** JSON. */
  readonly message: string;
}

/** What an action is, in the words that its notification and its event share. */
export function actionDetail(
  group: CloudGroup,
  { id }: Pick<SimulatedInstance, 'id'>,
  { hook, token }: Pick<LifecycleAction, 'hook' | 'token'>,
) {
  const isLaunch = hook.transition === 'launching';
  const metadata = group.targets.get(hook.name)?.metadata;
  return {
    LifecycleActionToken: token,
    AutoScalingGroupName: group.name,
    LifecycleHookName: hook.name,
    EC2InstanceId: id,
    LifecycleTransition: `autoscaling:EC2_INSTANCE_${isLaunch ? 'LAUNCHING' : 'TERMINATING'}`,
    ...(metadata !== undefined && { NotificationMetadata: metadata }),
    Origin: isLaunch ? 'EC2' : 'AutoScalingGroup',
    Destination: isLaunch ? 'AutoScalingGroup' : 'EC2',
  };
}

/** Tells of what goes to the targets of an account's lifecycle hooks from now on. */
export function watchHookTargets(
  account: CloudAccount,
  emit: (notification: HookNotification) => void,
): void {
  account.onNotification = emit;
  account.host.listen({
    lifecycleChanged(instance) {
      if (!instance.lifecycleState.endsWith(':Wait')) return;
      const group = account.regions.get(instance.offering.region)?.groupOf(instance);
      if (group === undefined) return;
      for (const action of group.simulated.hooks.actionsOf(instance.id)) {
        tellOfAction(group, instance, action);
      }
    },
  });
}

/**
 * Tells the hook's target, if it has one, of an action that begins. Form: "Receive notifications" under
 * "Prepare to add a lifecycle hook" in the Auto Scaling user guide.
 */
function tellOfAction(
  group: CloudGroup,
  instance: SimulatedInstance,
  action: LifecycleAction,
): void {
  const { target } = group.targets.get(action.hook.name) ?? {};
  if (!target) return;
  const transition = action.hook.transition === 'launching' ? 'LAUNCHING' : 'TERMINATING';
  const { account } = group.region;
  account.onNotification({
    targetArn: target,
    subject: `Auto Scaling:  Lifecycle action '${transition}' for instance ${instance.id} in progress.`,
    message: JSON.stringify({
      ...common(group, action.token),
      ...actionDetail(group, instance, action),
    }),
  });
}

/** A target that is named is sent a test message ("PutLifecycleHook" in the API reference). */
export function tellTarget(group: CloudGroup, targetArn: string): void {
  const { account } = group.region;
  account.onNotification({
    targetArn,
    subject: `Auto Scaling: test notification for group "${group.name}"`,
    message: JSON.stringify({
      ...common(group, account.newUuid()),
      Event: 'autoscaling:TEST_NOTIFICATION',
      AutoScalingGroupName: group.name,
      AutoScalingGroupARN: group.arn,
    }),
  });
}

function common({ region }: CloudGroup, requestId: string) {
  return {
    AccountId: accountId,
    RequestId: requestId,
    Service: 'AWS Auto Scaling',
    Time: region.account.now().toISOString(),
  };
}
