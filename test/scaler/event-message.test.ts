import { describe, expect, it } from 'vitest';
import { readEventMessage } from '../../scaler/aws/event-message.ts';

/** As "Events in Amazon EventBridge" in its user guide has it. */
const envelope = (type: string, detail: object, change: object = {}) =>
  JSON.stringify({
    ...{ version: '0', id: '12345678-1234-1234-1234-123456789012', 'detail-type': type },
    ...{ source: 'aws.ec2', account: '123456789012', time: '2026-01-01T00:01:00Z' },
    ...{ region: 'eu-west-1', resources: [], detail, ...change },
  });
const read = (body: string) => readEventMessage(body, 'eu-west-1');
const base = {
  id: '12345678-1234-1234-1234-123456789012',
  region: 'eu-west-1',
  at: Date.UTC(2026, 0, 1, 0, 1) / 1000,
};
const id = { 'instance-id': 'i-1234567890abcdef0' };
const instanceId = 'i-1234567890abcdef0';
const state = 'EC2 Instance State-change Notification';
const unsuccessful = 'EC2 Instance Launch Unsuccessful';

describe('a message of the queue of events', () => {
  it.each([
    [
      'EC2 Spot Instance Interruption Warning',
      { ...id, 'instance-action': 'terminate' },
      { kind: 'interruption', instanceId },
    ],
    ['EC2 Instance Rebalance Recommendation', id, { kind: 'rebalance', instanceId }],
    [state, { ...id, state: 'shutting-down' }, { kind: 'ending', instanceId }],
    [state, { ...id, state: 'terminated' }, { kind: 'ending', instanceId }],
    [
      unsuccessful,
      {
        StatusCode: 'Failed',
        AutoScalingGroupName: 'ci_linux_spot',
        Details: { 'Availability Zone': 'eu-west-1b', 'Subnet ID': 'subnet-1' },
        StatusMessage:
          'We currently do not have sufficient c6i.2xlarge capacity in the Availability Zone you ' +
          'requested (eu-west-1b). Launching EC2 instance failed.',
      },
      {
        ...{ kind: 'launch-failed', group: 'ci_linux_spot', zone: 'eu-west-1b' },
        ...{ instanceType: 'c6i.2xlarge', cause: 'no-capacity' },
      },
    ],
    [
      unsuccessful,
      {
        AutoScalingGroupName: 'ci_linux_spot',
        StatusMessage: 'Max spot instance count exceeded. Launching EC2 instance failed.',
      },
      {
        ...{ kind: 'launch-failed', group: 'ci_linux_spot', zone: null },
        ...{ instanceType: null, cause: 'quota' },
      },
    ],
  ])('%s is news', (type, detail, event) => {
    expect(read(envelope(type, detail))).toEqual({ kind: 'event', event: { ...base, ...event } });
  });

  it.each([
    [state, { ...id, state: 'running' }],
    [state, { ...id, state: 'pending' }],
    ['EC2 Instance-launch Lifecycle Action', { AutoScalingGroupName: 'ci_linux_spot' }],
    ['EC2 Instance Launch Successful', { AutoScalingGroupName: 'ci_linux_spot' }],
    // A person has to look, who is told from the group's activities.
    [unsuccessful, { AutoScalingGroupName: 'ci_linux_spot', StatusMessage: 'The AMI is gone.' }],
  ])('%s of %o is none', (type, detail) => {
    expect(read(envelope(type, detail))).toEqual({ kind: 'irrelevant' });
  });

  it.each([
    ['', ''],
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['another time', envelope(state, { ...id, state: 'stopped' }, { time: 'noon' })],
    ['no id', envelope(state, { ...id, state: 'stopped' }, { id: undefined })],
    ['no instance', envelope('EC2 Spot Instance Interruption Warning', {})],
    ['an instance that is no text', envelope(state, { 'instance-id': 3, state: 'stopped' })],
    ['no group', envelope(unsuccessful, { StatusMessage: 'x' })],
  ])('with %s is malformed', (_, body) => {
    expect(read(body)).toEqual({ kind: 'malformed', problem: expect.stringMatching(/\w/) });
  });
});
