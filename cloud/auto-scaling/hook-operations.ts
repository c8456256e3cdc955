import type {
  CompleteLifecycleActionType,
  DeleteLifecycleHookType,
  DescribeLifecycleHooksAnswer,
  DescribeLifecycleHooksType,
  LifecycleHook,
  LifecycleHookSpecification,
  PutLifecycleHookType,
  RecordLifecycleActionHeartbeatType,
} from '@aws-sdk/client-auto-scaling';
import type { LifecycleResult, LifecycleTransition } from '../../sim/lifecycle.ts';
import { hookLimits } from '../../sim/lifecycle-hooks.ts';
import type { CloudGroup } from '../group.ts';
import { tellTarget } from '../hook-notifications.ts';
import { nothing } from '../operation.ts';
import { validationError } from '../protocol/aws-error.ts';
import type { CloudRegion } from '../region.ts';
import { findGroup } from './find.ts';

const transitions: Readonly<Record<string, LifecycleTransition>> = {
  'autoscaling:EC2_INSTANCE_LAUNCHING': 'launching',
  'autoscaling:EC2_INSTANCE_TERMINATING': 'terminating',
};

/** Defaults: "PutLifecycleHook" in the API reference. What is left out of an update stays. */
export function putHook(
  group: CloudGroup,
  input: Omit<PutLifecycleHookType, 'AutoScalingGroupName'> | LifecycleHookSpecification,
): void {
  const { LifecycleHookName: name = '', LifecycleTransition: transition } = input;
  const { hooks } = group.simulated;
  const before = hooks.list().find((hook) => hook.name === name);
  if (transition === undefined && before === undefined) {
    throw validationError('Lifecycle transition must be specified for a new lifecycle hook.');
  }
  const known = transition === undefined ? before?.transition : transitions[transition];
  if (known === undefined) {
    const allowed = Object.keys(transitions).join(', ');
    throw validationError(`LifecycleTransition ${transition} is none of ${allowed}`);
  }
  const targetBefore = group.targets.get(name);
  hooks.put({
    name,
    transition: known,
    heartbeatTimeout: input.HeartbeatTimeout ?? before?.heartbeatTimeout ?? 3600,
    defaultResult:
      input.DefaultResult === undefined
        ? (before?.defaultResult ?? 'ABANDON')
        : resultOf(input.DefaultResult),
  });
  group.targets.set(name, {
    target: input.NotificationTargetARN ?? targetBefore?.target,
    role: input.RoleARN ?? targetBefore?.role,
    metadata: input.NotificationMetadata ?? targetBefore?.metadata,
  });
  if (input.NotificationTargetARN) tellTarget(group, input.NotificationTargetARN);
}

export const hookOperations = {
  PutLifecycleHook(region: CloudRegion, input: PutLifecycleHookType) {
    putHook(findGroup(region, input.AutoScalingGroupName!), input);
    return nothing;
  },

  DescribeLifecycleHooks(
    region: CloudRegion,
    input: DescribeLifecycleHooksType,
  ): DescribeLifecycleHooksAnswer {
    const group = findGroup(region, input.AutoScalingGroupName!);
    const { LifecycleHookNames: names } = input;
    const hooks = group.simulated.hooks.list();
    return {
      LifecycleHooks: hooks
        .filter(({ name }) => names === undefined || names.includes(name))
        .map(({ name, transition, heartbeatTimeout, defaultResult }): LifecycleHook => {
          const { target, role, metadata } = group.targets.get(name) ?? {};
          const { globalTimeout, globalTimeoutHeartbeats } = hookLimits;
          return {
            LifecycleHookName: name,
            AutoScalingGroupName: group.name,
            LifecycleTransition: Object.keys(transitions).find(
              (key) => transitions[key] === transition,
            ),
            NotificationTargetARN: target,
            RoleARN: role,
            NotificationMetadata: metadata,
            HeartbeatTimeout: heartbeatTimeout,
            GlobalTimeout: Math.min(globalTimeout, globalTimeoutHeartbeats * heartbeatTimeout),
            DefaultResult: defaultResult,
          };
        }),
    };
  },

  DeleteLifecycleHook(region: CloudRegion, input: DeleteLifecycleHookType) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    group.simulated.hooks.remove(input.LifecycleHookName!);
    group.targets.delete(input.LifecycleHookName!);
    return nothing;
  },

  CompleteLifecycleAction(region: CloudRegion, input: CompleteLifecycleActionType) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    group.simulated.hooks.complete(reference(input), resultOf(input.LifecycleActionResult!));
    return nothing;
  },

  RecordLifecycleActionHeartbeat(region: CloudRegion, input: RecordLifecycleActionHeartbeatType) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    group.simulated.hooks.heartbeat(reference(input));
    return nothing;
  },
};

function reference(input: CompleteLifecycleActionType | RecordLifecycleActionHeartbeatType) {
  const { LifecycleHookName: hook = '', LifecycleActionToken: token, InstanceId } = input;
  if (token === undefined && InstanceId === undefined) {
    throw validationError('Either LifecycleActionToken or InstanceId must be specified.');
  }
  return { hook, token, instanceId: InstanceId };
}

function resultOf(text: string): LifecycleResult {
  if (text === 'CONTINUE' || text === 'ABANDON') return text;
  throw validationError(`LifecycleActionResult ${text} is neither CONTINUE nor ABANDON`);
}
