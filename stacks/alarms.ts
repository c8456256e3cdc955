import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import type { TerraformStack } from 'cdktf';
import type { FleetMetric, PoolMetric } from '../pool/metric-names.ts';
import { alarmName, metricNamespace } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { fleetTags, poolTags } from './tags.ts';

const minute = 60;

/** Without a decision for so long, something is wrong with the scaler. */
const silence: Seconds = 5 * minute;
/** The oldest task may wait this many times the wait target. */
const waitTargets = 4;
/** So many periods in a row, so that one late reading is no alarm. */
const lateReadings = 3;

interface Watched {
  readonly metricName: PoolMetric | FleetMetric;
  readonly statistic: 'Sum' | 'Maximum';
  readonly comparisonOperator: 'LessThanThreshold' | 'GreaterThanOrEqualToThreshold';
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore';
  readonly alarmDescription: string;
}

/**
 * Adds the fleet's alarms: no decision, a task that waits far too long, workers that never register,
 * and more spent than the budget. Each tells `topicArns` when it starts and when it is over.
 */
export function addAlarms(stack: TerraformStack, fleet: Fleet, topicArns: readonly string[]): void {
  const period = periodOf(fleet);
  const add = (id: string, config: Watched & Pick<CloudwatchMetricAlarmConfig, 'alarmName'>) =>
    new CloudwatchMetricAlarm(stack, id, {
      namespace: metricNamespace,
      period,
      dimensions: { Fleet: fleet.name },
      tags: fleetTags(fleet),
      alarmActions: [...topicArns],
      okActions: [...topicArns],
      ...config,
    });
  add('no-decision', { alarmName: alarmName(fleet.name, 'no-decision'), ...noDecision(period) });
  if (fleet.budget !== null) {
    add('over-budget', {
      alarmName: alarmName(fleet.name, 'over-budget'),
      ...overBudget('the fleet'),
    });
  }
  for (const pool of fleet.pools) {
    for (const [what, watched] of Object.entries(poolAlarms(pool))) {
      add(`${pool.id}-${what}`, {
        alarmName: alarmName(fleet.name, what, pool.id),
        dimensions: { Fleet: fleet.name, Pool: pool.id },
        tags: poolTags(fleet, pool),
        ...watched,
      } as Parameters<typeof add>[1]);
    }
  }
}

/** The scaler sends each minute, or at each iteration where those are further apart. */
function periodOf({ interval }: Fleet): Seconds {
  return minute * Math.max(1, Math.ceil(interval / minute));
}

function noDecision(period: Seconds): Watched {
  return {
    metricName: 'Decisions',
    statistic: 'Sum',
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    evaluationPeriods: Math.max(2, Math.ceil(silence / period)),
    treatMissingData: 'breaching',
    alarmDescription:
      'The scaler has made no decision: see whether it runs and reaches AWS. Groups keep what ' +
      'they have meanwhile.',
  };
}

function poolAlarms(pool: Pool): Readonly<Record<string, Watched>> {
  // With these rules the queue is not what capacity follows, so nothing is late.
  const followsQueue = pool.scaling.kind !== 'schedule' && pool.scaling.kind !== 'fixed';
  return {
    ...(followsQueue ? { 'tasks-wait': tasksWait(pool) } : {}),
    'never-registered': neverRegistered(pool),
    ...(pool.budget === null ? {} : { 'over-budget': overBudget(`pool ${pool.id}`) }),
  };
}

function tasksWait({ id, wait }: Pool): Watched {
  return {
    metricName: 'OldestPendingAge',
    statistic: 'Maximum',
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: waitTargets * wait,
    evaluationPeriods: lateReadings,
    // While the queue cannot be read, what was last known of it stands.
    treatMissingData: 'ignore',
    alarmDescription:
      `The oldest task of pool ${id} has waited ${waitTargets} times its wait target: ` +
      '`muster explain` says what holds the pool back.',
  };
}

function neverRegistered({ id, breakers }: Pool): Watched {
  return {
    metricName: 'FailedBoots',
    statistic: 'Maximum',
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: breakers.boots.count,
    evaluationPeriods: 1,
    treatMissingData: 'ignore',
    alarmDescription:
      `Workers of pool ${id} launch and never register, which stops its launches: look at the ` +
      'image and at the log of an instance.',
  };
}

function overBudget(whose: string): Watched {
  return {
    metricName: 'BudgetSpent',
    statistic: 'Maximum',
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 100,
    evaluationPeriods: 1,
    treatMissingData: 'ignore',
    alarmDescription: `The budget of ${whose} is spent, by the prices that the scaler knows.`,
  };
}
