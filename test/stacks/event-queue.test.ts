import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { groupName } from '../../pool/names.ts';
import { smallest } from './declarations.ts';
import { productionFleet } from './production.ts';
import { blocksOf, reference, synthesise } from './synthesise.ts';

const stacks = synthesise(productionFleet());
const region = stacks['render-eu-west-1'];
const queue = reference('aws_sqs_queue.events.arn');
const dead = reference('aws_sqs_queue.events-dead.arn');
const rules = Object.entries(region?.resource.aws_cloudwatch_event_rule ?? {});
const patternOf = (name: string) =>
  JSON.parse(region?.resource.aws_cloudwatch_event_rule?.[`events-${name}`]?.event_pattern);

describe('the queue of events', () => {
  it('stands encrypted in each region, with a place for what cannot be used', () => {
    for (const stack of [region, stacks['render-us-east-1']]) {
      expect(stack?.resource.aws_sqs_queue).toMatchObject({
        events: { name: 'render_events', sqs_managed_sse_enabled: true },
        'events-dead': { name: 'render_events-dead', sqs_managed_sse_enabled: true },
      });
      expect(stack?.output.event_queue_url.value).toBe(reference('aws_sqs_queue.events.url'));
    }
    const redrive = region?.resource.aws_sqs_queue?.events?.redrive_policy;
    expect(JSON.parse(redrive)).toEqual({ deadLetterTargetArn: dead, maxReceiveCount: 5 });
  });

  it("hears of the fleet's own groups only", () => {
    const { detail } = patternOf('groups');
    expect(patternOf('groups')['detail-type']).toContain('EC2 Instance Launch Unsuccessful');
    const [{ prefix }] = detail.AutoScalingGroupName;
    expect(groupName('render', 'any', 'spot').startsWith(prefix)).toBe(true);
    expect(groupName('render-2', 'any', 'spot').startsWith(prefix)).toBe(false);
  });

  it('hears of interruptions, rebalancing advice and changes of state', () => {
    expect(
      ['interruption', 'rebalance', 'state'].map((name) => patternOf(name)['detail-type']),
    ).toEqual([
      ['EC2 Spot Instance Interruption Warning'],
      ['EC2 Instance Rebalance Recommendation'],
      ['EC2 Instance State-change Notification'],
    ]);
  });

  it('is the target of every rule, and of nothing else', () => {
    expect(rules).toHaveLength(4);
    const targets = blocksOf(region, 'aws_cloudwatch_event_target');
    expect(targets.map(({ rule }) => rule).sort()).toEqual(
      rules.map(([id]) => reference(`aws_cloudwatch_event_rule.${id}.name`)).sort(),
    );
    for (const target of targets) {
      expect(target).toMatchObject({ arn: queue, dead_letter_config: { arn: dead } });
    }
    const policies = blocksOf(region, 'aws_sqs_queue_policy').map(({ policy }) =>
      JSON.parse(policy),
    );
    expect(policies.map(({ Statement }) => Statement[0].Resource)).toEqual([dead, queue]);
    for (const { Statement } of policies) {
      expect(Statement).toMatchObject([
        {
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: {
            ArnEquals: {
              'aws:SourceArn': rules.map(([id]) =>
                reference(`aws_cloudwatch_event_rule.${id}.arn`),
              ),
            },
          },
        },
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ]);
      expect(Statement).toHaveLength(2);
    }
  });

  it('is there only if asked for', () => {
    const plain = synthesise(parseFleet(smallest, 'f'))['ci-eu-west-1'];
    expect(plain?.resource).not.toHaveProperty('aws_sqs_queue');
    expect(plain?.output).not.toHaveProperty('event_queue_url');
  });
});
