import type { UnixSeconds } from '../pool/units.ts';
import type { ActivityCause, ActivityStatus, ScalingActivity } from './activity-log.ts';

/** An activity in AWS's words, as DescribeScalingActivities gives it. */
export interface ActivityDescription {
  readonly description: string;
  readonly cause: string;
  /** JSON: the zone. */
  readonly details: string;
  /** Per cent. */
  readonly progress: number;
}

/**
 * Words: examples in "Verify a scaling activity for an Auto Scaling group" of the user guide and in
 * kubernetes/autoscaler's public threads. The detail "Subnet ID" is left out: there are no subnets.
 */
export function describeActivity(activity: ScalingActivity): ActivityDescription {
  const { kind, instanceId, statusMessage, zone, status } = activity;
  const verb = kind === 'launch' ? 'Launching a new' : 'Terminating';
  const named = instanceId === null ? '.' : `: ${instanceId}`;
  const reason = statusMessage === null ? '' : `  Status Reason: ${statusMessage}`;
  return {
    description: `${verb} EC2 instance${named}${reason}`,
    cause: `At ${timeText(activity.startedAt)} ${causeText(activity)}.`,
    details: JSON.stringify({ 'Availability Zone': zone }),
    progress: progressOf(status),
  };
}

function causeText({ cause, kind, instanceId }: ScalingActivity): string {
  const out = `instance ${instanceId} was taken out of service in response to`;
  switch (cause.kind) {
    case 'capacity-difference': {
      const { from, to } = cause;
      const difference = 'in response to a difference between desired and actual capacity';
      return kind === 'launch'
        ? `an instance was started ${difference}, increasing the capacity from ${from} to ${to}`
        : `an instance was taken out of service ${difference}, shrinking the capacity from ${from} to ${to}`;
    }
    case 'launch-instances':
      return 'an instance was started in response to a user request';
    case 'terminate-instance':
      return `${out} a user request${shrinking(cause)}`;
    case 'ended-by-ec2':
      return `${out} an EC2 health check indicating it has been terminated or stopped`;
    case 'unhealthy':
      return `${out} a user health-check`;
    case 'launch-abandoned':
      return `${out} a lifecycle action that was abandoned`;
    case 'zone-balance':
      return kind === 'launch'
        ? "an instance was launched to aid in balancing the group's zones"
        : "an instance was taken out of service to aid in balancing the group's zones";
  }
}

function shrinking({ from, to }: Extract<ActivityCause, { kind: 'terminate-instance' }>): string {
  return from === to ? '' : `, shrinking the capacity from ${from} to ${to}`;
}

/** Assumption for what is under way: AWS shows such figures and does not say what they mean. */
function progressOf(status: ActivityStatus): number {
  switch (status) {
    case 'PreInService':
      return 30;
    case 'InProgress':
      return 50;
    case 'MidLifecycleAction':
      return 60;
    default:
      return 100;
  }
}

function timeText(at: UnixSeconds): string {
  return new Date(Math.floor(at) * 1000).toISOString().replace('.000Z', 'Z');
}
