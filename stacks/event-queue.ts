import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy/index.js';
import type { TerraformStack } from 'cdktf';
import { eventQueueName, groupNamePrefix } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { fleetTags } from './tags.ts';

interface EventPattern {
  readonly source: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly detail?: Readonly<Record<string, readonly unknown[]>>;
}

/** News that is older than this is known from the groups themselves. */
const retentionSeconds = 3_600;
/** Long enough to see what went wrong on a Monday: AWS's longest. */
const deadRetentionSeconds = 14 * 86_400;
/** How often a message is handed out before it is put aside. */
const attempts = 5;
/** How long a reader has for a message. */
const visibilitySeconds = 30;

/**
 * What is told, by rule. Only the events of groups name a group: those of instances come for every
 * instance of the account in the region, and whoever reads them drops the unknown ones.
 *
 * Source: the event references of EC2 Auto Scaling and Amazon EC2 (Spot interruption notices,
 * rebalance recommendations, state changes).
 */
export function eventPatterns(fleet: Fleet): Readonly<Record<string, EventPattern>> {
  const ofInstances = (detailType: string): EventPattern => ({
    source: ['aws.ec2'],
    'detail-type': [detailType],
  });
  return {
    groups: {
      source: ['aws.autoscaling'],
      'detail-type': [
        'EC2 Instance Launch Unsuccessful',
        'EC2 Instance Terminate Unsuccessful',
        'EC2 Instance-launch Lifecycle Action',
        'EC2 Instance-terminate Lifecycle Action',
      ],
      detail: { AutoScalingGroupName: [{ prefix: groupNamePrefix(fleet.name) }] },
    },
    interruption: ofInstances('EC2 Spot Instance Interruption Warning'),
    rebalance: ofInstances('EC2 Instance Rebalance Recommendation'),
    state: ofInstances('EC2 Instance State-change Notification'),
  };
}

/**
 * Adds the queue of a region's events, with the rules that fill it, and returns its URL. What cannot
 * be delivered or is read in vain ends in a second queue, where a person can look.
 */
export function addEventQueue(stack: TerraformStack, fleet: Fleet): string {
  const tags = fleetTags(fleet);
  const dead = new SqsQueue(stack, 'events-dead', {
    name: eventQueueName(fleet.name, 'dead'),
    messageRetentionSeconds: deadRetentionSeconds,
    sqsManagedSseEnabled: true,
    tags,
  });
  const queue = new SqsQueue(stack, 'events', {
    name: eventQueueName(fleet.name),
    messageRetentionSeconds: retentionSeconds,
    visibilityTimeoutSeconds: visibilitySeconds,
    receiveWaitTimeSeconds: 20, // the longest: fewest calls
    sqsManagedSseEnabled: true,
    redrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: attempts }),
    tags,
  });
  const ruleArns = Object.entries(eventPatterns(fleet)).map(([name, pattern]) => {
    const rule = new CloudwatchEventRule(stack, `events-${name}`, {
      name: eventQueueName(fleet.name, name),
      description: `Events of kind ${name} for fleet ${fleet.name}`,
      eventPattern: JSON.stringify(pattern),
      tags,
    });
    new CloudwatchEventTarget(stack, `events-${name}-queue`, {
      rule: rule.name,
      targetId: 'queue',
      arn: queue.arn,
      deadLetterConfig: { arn: dead.arn },
      retryPolicy: { maximumEventAgeInSeconds: retentionSeconds, maximumRetryAttempts: 10 },
    });
    return rule.arn;
  });
  for (const [id, target] of [
    ['events-policy', queue],
    ['events-dead-policy', dead],
  ] as const) {
    new SqsQueuePolicy(stack, id, {
      queueUrl: target.url,
      policy: JSON.stringify(onlyFrom(ruleArns, target.arn)),
    });
  }
  return queue.url;
}

/** EventBridge may send to the queue, for these rules alone, and nobody may without encryption. */
function onlyFrom(ruleArns: readonly string[], queueArn: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Rules',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArns } },
      },
      {
        Sid: 'Encrypted',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: queueArn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
}
