import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
import type { Construct } from 'constructs';
import { homeRegion } from '../pool/home-region.ts';
import { fleetWideName } from '../pool/names.ts';
import { noticeTarget } from '../pool/notice-target.ts';
import type { Fleet } from '../pool/pool.ts';
import { addAlarms } from './alarms.ts';
import { accountIdReference } from './arns.ts';
import { addBudget } from './budget.ts';
import { dashboardBody } from './dashboard.ts';
import { FleetStack } from './fleet-stack.ts';
import { literal } from './literal.ts';
import { shortHash } from './short-hash.ts';
import { fleetTags } from './tags.ts';

/** Whether a fleet declares anything that stands in its {@link MonitoringStack}. */
export function needsMonitoring({ infrastructure, budget }: Fleet): boolean {
  return infrastructure.monitoring !== null || budget !== null;
}

/**
 * Alarms and a dashboard over the scaler's metrics, in the region that it sends them to; and the
 * fleet's budget as AWS counts it, where one is declared.
 */
export class MonitoringStack extends FleetStack {
  constructor(scope: Construct, fleet: Fleet) {
    const region = homeRegion(fleet);
    super(scope, `${fleet.name}-monitoring`, {
      fleet,
      region: region.name,
      credentials: region.credentials,
    });
    const { monitoring } = fleet.infrastructure;
    const topicArns = this.addTopics(fleet, monitoring?.notify ?? []);
    if (monitoring !== null) {
      addAlarms(this, fleet, topicArns);
      new CloudwatchDashboard(this, 'dashboard', {
        dashboardName: fleetWideName(fleet.name, 'dashboard'),
        dashboardBody: JSON.stringify(dashboardBody(fleet, region.name)),
      });
    }
    if (fleet.budget !== null) addBudget(this, fleet, fleet.budget, topicArns);
  }

  /** The topics to tell: one of ours with the e-mail addresses, if any, then those declared. */
  private addTopics(fleet: Fleet, notify: readonly string[]): string[] {
    const targets = notify.flatMap((text) => noticeTarget(text) ?? []);
    const addresses = targets.flatMap((target) => (target.kind === 'email' ? target.address : []));
    const declared = targets.flatMap((target) => (target.kind === 'topic' ? target.arn : []));
    if (addresses.length === 0) return declared;
    // Its id is what `accountIdReference` names.
    new DataAwsCallerIdentity(this, 'account');
    // Not encrypted: CloudWatch may not use the key that AWS keeps for SNS, and an alarm is no secret.
    const topic = new SnsTopic(this, 'alarms', {
      name: fleetWideName(fleet.name, 'alarms'),
      tags: fleetTags(fleet),
    });
    new SnsTopicPolicy(this, 'alarms-policy', {
      arn: topic.arn,
      policy: JSON.stringify(alarmTopicPolicy(topic.arn)),
    });
    for (const address of addresses) {
      new SnsTopicSubscription(this, `alarms-${shortHash(address)}`, {
        topicArn: topic.arn,
        protocol: 'email',
        endpoint: literal(address),
      });
    }
    return [topic.arn, ...declared];
  }
}

/** CloudWatch and Budgets may publish, for this account alone. */
function alarmTopicPolicy(topicArn: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Alarms',
        Effect: 'Allow',
        Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
        Action: 'sns:Publish',
        Resource: topicArn,
        Condition: { StringEquals: { 'aws:SourceAccount': accountIdReference } },
      },
    ],
  };
}
