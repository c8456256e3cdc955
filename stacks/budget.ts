import {
  BudgetsBudget,
  type BudgetsBudgetNotification,
} from '@cdktf/provider-aws/lib/budgets-budget/index.js';
import type { TerraformStack } from 'cdktf';
import { fleetWideName, tagKeys } from '../pool/names.ts';
import type { Budget, Fleet } from '../pool/pool.ts';
import { fleetTags } from './tags.ts';

/**
 * Adds the fleet's budget as AWS counts it: what is billed to resources with the fleet's tag. AWS does
 * so once the tag is activated for cost allocation in the billing console, which it can be a day after
 * the first resource has it.
 *
 * A notification can tell one topic, so the first is told. AWS forecasts no daily budget.
 */
export function addBudget(
  stack: TerraformStack,
  fleet: Fleet,
  { usd, per, alertAt }: Budget,
  topicArns: readonly string[],
): void {
  const [topicArn] = topicArns;
  const notification = (type: string, percent: number): BudgetsBudgetNotification[] =>
    topicArn === undefined
      ? []
      : [
          {
            notificationType: type,
            comparisonOperator: 'GREATER_THAN',
            threshold: percent,
            thresholdType: 'PERCENTAGE',
            subscriberSnsTopicArns: [topicArn],
          },
        ];
  new BudgetsBudget(stack, 'budget', {
    name: fleetWideName(fleet.name, 'budget'),
    budgetType: 'COST',
    limitAmount: String(usd),
    limitUnit: 'USD',
    timeUnit: per === 'month' ? 'MONTHLY' : 'DAILY',
    costFilter: [{ name: 'TagKeyValue', values: [`user:${tagKeys.fleet}$${fleet.name}`] }],
    notification: [
      ...notification('ACTUAL', 100 * alertAt),
      ...(per === 'month' ? notification('FORECASTED', 100) : []),
    ],
    tags: fleetTags(fleet),
  });
}
