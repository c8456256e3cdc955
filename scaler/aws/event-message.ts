/** An event of EventBridge, as one of its rules puts it in a queue, read into what the scaler knows. Pure. */
import { z } from 'zod';
import type { FleetEvent } from '../ports.ts';
import { instanceTypeIn, launchFailureCause, zoneIn } from './launch-errors.ts';

export type EventMessage =
  | { readonly kind: 'event'; readonly event: FleetEvent }
  /** An event that no decision is made on. */
  | { readonly kind: 'irrelevant' }
  | { readonly kind: 'malformed'; readonly problem: string };

/** "Events in Amazon EventBridge" in its user guide. */
const envelopeSchema = z.object({
  id: z.string().min(1),
  'detail-type': z.string(),
  time: z.iso.datetime({ offset: true }),
  detail: z.record(z.string(), z.unknown()),
});

/** "State change events", "Spot Instance interruption notices" and others in the EC2 user guide. */
const ofInstance = z.object({ 'instance-id': z.string().min(1) });
const ofState = ofInstance.extend({ state: z.string() });

/** "Amazon EC2 Auto Scaling event reference" in its user guide. */
const ofLaunch = z.object({
  AutoScalingGroupName: z.string().min(1),
  StatusMessage: z.string().default(''),
  Details: z
    .object({ 'Availability Zone': z.string().min(1) })
    .partial()
    .default({}),
});

const endingStates: ReadonlySet<string> = new Set([
  'stopping',
  'stopped',
  'shutting-down',
  'terminated',
]);

/** @param region of the queue: rules send their own region's events only */
export function readEventMessage(body: string, region: string): EventMessage {
  const envelope = envelopeSchema.safeParse(parseJson(body));
  if (!envelope.success) return malformed(envelope.error);
  const { id, time, detail, 'detail-type': type } = envelope.data;
  const base = { id, region, at: Date.parse(time) / 1000 };
  switch (type) {
    case 'EC2 Spot Instance Interruption Warning':
    case 'EC2 Instance Rebalance Recommendation': {
      const read = ofInstance.safeParse(detail);
      if (!read.success) return malformed(read.error);
      const kind = type === 'EC2 Instance Rebalance Recommendation' ? 'rebalance' : 'interruption';
      return { kind: 'event', event: { ...base, kind, instanceId: read.data['instance-id'] } };
    }
    case 'EC2 Instance State-change Notification': {
      const read = ofState.safeParse(detail);
      if (!read.success) return malformed(read.error);
      const { state, 'instance-id': instanceId } = read.data;
      if (!endingStates.has(state)) return { kind: 'irrelevant' };
      return { kind: 'event', event: { ...base, kind: 'ending', instanceId } };
    }
    case 'EC2 Instance Launch Unsuccessful': {
      const read = ofLaunch.safeParse(detail);
      if (!read.success) return malformed(read.error);
      const { AutoScalingGroupName: group, StatusMessage: message, Details } = read.data;
      const cause = launchFailureCause(message);
      // What no other offering helps against is told from the group's activities.
      if (cause === null) return { kind: 'irrelevant' };
      const instanceType = instanceTypeIn(message);
      const zone = Details['Availability Zone'] ?? zoneIn(message);
      const told = { kind: 'launch-failed', group, instanceType, zone, cause } as const;
      return { kind: 'event', event: { ...base, ...told } };
    }
    default:
      return { kind: 'irrelevant' };
  }
}

function malformed(error: z.ZodError): EventMessage {
  return { kind: 'malformed', problem: z.prettifyError(error).replaceAll('\n', ' ') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
