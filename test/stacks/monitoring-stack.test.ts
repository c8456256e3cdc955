import { CloudWatchClient, paginateListMetrics } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { fleetMetrics, poolMetrics } from '../../pool/metric-names.ts';
import { metricNamespace } from '../../pool/names.ts';
import type { Fleet } from '../../pool/pool.ts';
import { CloudWatchMetrics } from '../../scaler/telemetry/cloudwatch-metrics.ts';
import { aMemory } from '../decide/situations.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart, startMoto } from '../harness/moto.ts';
import { aDecision, ManualClock, never } from '../scaler/samples.ts';
import { anObservation, at } from '../scaler/telemetry-samples.ts';
import { smallest } from './declarations.ts';
import { productionFleet } from './production.ts';
import { type Block, blocksOf, reference, type Stack, synthesise } from './synthesise.ts';

const fleet = productionFleet();
const stack = synthesise(fleet)['render-monitoring'];
const alarm = (id: string) => stack?.resource.aws_cloudwatch_metric_alarm?.[id];
const topics = [reference('aws_sns_topic.alarms.arn'), 'arn:aws:sns:eu-west-1:444455556666:ops'];

/** What is watched, as `NAME of FLEET` or `NAME of FLEET and POOL`; `*`: of every pool. */
function watchedIn(from: Stack | undefined): string[] {
  const alarms = blocksOf(from, 'aws_cloudwatch_metric_alarm').map(({ metric_name, dimensions }) =>
    metricOf(metric_name, dimensions.Fleet, dimensions.Pool),
  );
  const widgets = blocksOf(from, 'aws_cloudwatch_dashboard').flatMap(({ dashboard_body }) =>
    JSON.parse(dashboard_body).widgets.flatMap(({ properties }: Block) =>
      properties.metrics.map(watchedInChart),
    ),
  );
  return [...alarms, ...widgets];
}

function watchedInChart(series: readonly (string | Block)[]): string {
  const [first] = series;
  if (typeof first === 'string') {
    expect(series).toEqual([metricNamespace, expect.any(String), 'Fleet', expect.any(String)]);
    return metricOf(String(series[1]), String(series[3]));
  }
  const search =
    /^SEARCH\('\{(\w+),Fleet,Pool\} Fleet="([\w-]+)" MetricName="(\w+)"', '\w+', 60\)$/;
  const [, namespace, ofFleet = '', name = ''] = search.exec(first?.expression) ?? [];
  expect(namespace, JSON.stringify(series)).toBe(metricNamespace);
  return metricOf(name, ofFleet, '*');
}

function metricOf(name: string, ofFleet: string, pool?: string): string {
  return `${name} of ${ofFleet}${pool === undefined ? '' : ` and ${pool}`}`;
}

describe('an alarm', () => {
  it('rings when there was no decision for five minutes', () => {
    expect(alarm('no-decision')).toMatchObject({
      metric_name: 'Decisions',
      statistic: 'Sum',
      comparison_operator: 'LessThanThreshold',
      threshold: 1,
      period: 60,
      evaluation_periods: 5,
      treat_missing_data: 'breaching',
    });
    const slow = parseFleet(
      smallest.replace('regions:', 'interval: 20m\nmonitoring: {}\nregions:'),
      'f',
    );
    const alarms = synthesise(slow)['ci-monitoring']?.resource.aws_cloudwatch_metric_alarm;
    expect(alarms?.['no-decision']).toMatchObject({ period: 1200, evaluation_periods: 2 });
  });

  it('rings when the oldest task has waited four times the target', () => {
    expect(alarm('linux-tasks-wait')).toMatchObject({
      metric_name: 'OldestPendingAge',
      threshold: 480,
      comparison_operator: 'GreaterThanOrEqualToThreshold',
      dimensions: { Fleet: 'render', Pool: 'linux' },
    });
    // No queue is followed here, so nothing is late.
    expect(alarm('nightly-tasks-wait')).toBeUndefined();
  });

  it('rings when workers never register, as often as closes the pool', () => {
    expect(alarm('nightly-never-registered')).toMatchObject({
      metric_name: 'FailedBoots',
      threshold: 3,
    });
  });

  it('rings when a budget that is declared is spent', () => {
    const over = Object.keys(stack?.resource.aws_cloudwatch_metric_alarm ?? {}).filter((id) =>
      id.endsWith('over-budget'),
    );
    expect(over.sort()).toEqual(['linux-over-budget', 'over-budget']);
    expect(alarm('over-budget')).toMatchObject({ metric_name: 'BudgetSpent', threshold: 100 });
  });

  it('tells who is to be told when it starts and when it ends', () => {
    for (const block of blocksOf(stack, 'aws_cloudwatch_metric_alarm')) {
      expect(block.alarm_actions).toEqual(topics);
      expect(block.ok_actions).toEqual(topics);
      expect(block.namespace).toBe(metricNamespace);
    }
    expect(blocksOf(stack, 'aws_sns_topic_subscription')).toMatchObject([
      { protocol: 'email', endpoint: 'ops@example.com', topic_arn: topics[0] },
    ]);
  });
});

describe("the fleet's budget in AWS", () => {
  it('counts what carries the tag, and tells before it is spent', () => {
    expect(blocksOf(stack, 'aws_budgets_budget')).toMatchObject([
      {
        budget_type: 'COST',
        limit_amount: '500',
        time_unit: 'MONTHLY',
        cost_filter: [{ name: 'TagKeyValue', values: ['user:muster:fleet$render'] }],
        notification: [
          { notification_type: 'ACTUAL', threshold: 80, subscriber_sns_topic_arns: [topics[0]] },
          { notification_type: 'FORECASTED', threshold: 100 },
        ],
      },
    ]);
  });

  it('stands without alarms too, and needs a declared budget', () => {
    const only = synthesise(
      parseFleet(smallest.replace('regions:', 'budget: 9/day\nregions:'), 'f'),
    );
    expect(Object.keys(only['ci-monitoring']?.resource ?? {})).toEqual(['aws_budgets_budget']);
    const [budget] = blocksOf(only['ci-monitoring'], 'aws_budgets_budget');
    expect(budget).toMatchObject({ time_unit: 'DAILY', limit_amount: '9' });
    expect(Object.keys(synthesise(parseFleet(smallest, 'f')))).not.toContain('ci-monitoring');
  });
});

describe.skipIf(await missingParts([motoPart]))('what is published', () => {
  it('has every metric of every alarm and chart', { timeout: 90_000 }, async () => {
    const published = await publishedBy(fleet);
    const watched = watchedIn(stack);
    expect(watched.length).toBeGreaterThan(15);
    expect([...new Set(watched)].filter((metric) => !published.has(metric))).toEqual([]);
  });

  it('is what the list of metrics names', { timeout: 90_000 }, async () => {
    const published = await publishedBy(fleet);
    const names = [
      ...poolMetrics.map((name) => metricOf(name, 'render', 'linux')),
      ...fleetMetrics.map((name) => metricOf(name, 'render')),
    ];
    expect(names.filter((name) => !published.has(name))).toEqual([]);
    const ofOnePool = [...published].filter((metric) => /linux|of render$/.test(metric));
    expect(ofOnePool.sort()).toEqual(names.sort());
  });
});

/** What CloudWatch has after the scaler's own publisher has sent one iteration of the fleet. */
async function publishedBy({ name, pools, budget }: Fleet): Promise<ReadonlySet<string>> {
  const moto = await startMoto();
  process.env.AWS_ENDPOINT_URL = moto.endpoint;
  // moto 5.2.1 does not read a compressed request, which the SDK makes of a large one.
  process.env.AWS_DISABLE_REQUEST_COMPRESSION = 'true';
  onTestFinished(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    delete process.env.AWS_DISABLE_REQUEST_COMPRESSION;
    await moto.stop();
  });
  const failures: string[] = [];
  const metrics = new CloudWatchMetrics({
    fleet: name,
    credentials: { kind: 'default' },
    region: 'eu-west-1',
    clock: new ManualClock(),
    onFailure: (_doing, error) => failures.push(String(error)),
  });
  const spent = { since: at, usd: 5, at };
  for (const pool of pools) {
    const observation = anObservation({ fleetSpend: budget && { budget, usd: 100 } });
    metrics.decision(
      pool,
      observation,
      aDecision(),
      aMemory({ spend: { day: spent, month: spent } }),
    );
  }
  metrics.iteration({ duration: 1 });
  await metrics.flush(never);
  expect(failures).toEqual([]);
  const published = new Set<string>();
  const client = new CloudWatchClient({ endpoint: moto.endpoint, region: 'eu-west-1' });
  for await (const { Metrics = [] } of paginateListMetrics(
    { client },
    { Namespace: metricNamespace },
  )) {
    for (const { MetricName = '', Dimensions = [] } of Metrics) {
      const [ofFleet, pool] = ['Fleet', 'Pool'].map(
        (key) => Dimensions.find(({ Name }) => Name === key)?.Value,
      );
      published.add(metricOf(MetricName, ofFleet ?? '', pool));
      if (pool !== undefined) published.add(metricOf(MetricName, ofFleet ?? '', '*'));
    }
  }
  return published;
}
