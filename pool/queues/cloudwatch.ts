import { duration, mapping, record, text, words } from '../schema-parts.ts';
import type { Seconds } from '../units.ts';
import { sourceForm } from './form.ts';

/** Counts that somebody sends to CloudWatch as metrics. */
export interface CloudWatchDeclaration {
  readonly kind: 'cloudwatch';
  readonly region: string;
  readonly pending: CloudWatchMetric;
  /** null: not told. */
  readonly claimed: CloudWatchMetric | null;
  /** Seconds; null: not told. */
  readonly oldestPendingAge: CloudWatchMetric | null;
}

export interface CloudWatchMetric {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Maximum' | 'Minimum' | 'Average' | 'Sum' | 'SampleCount';
  readonly period: Seconds;
}

const metricText = (what: string) => text(what, /^[\x20-\x7e]+$/);

const metricSchema = mapping({
  namespace: metricText('a namespace such as CI/Queues').describe('Namespace of the metric.'),
  metric: metricText('the name of a metric').describe('Name of the metric.'),
  dimensions: record(metricText('the value of a dimension').describe('Value of the dimension.'), {
    key: metricText('the name of a dimension'),
    minimum: 0,
    maximum: 30,
    of: 'dimensions',
  })
    .describe('All dimensions of the metric, by name.')
    .prefault({}),
  statistic: words(['Maximum', 'Minimum', 'Average', 'Sum', 'SampleCount'])
    .describe('What is taken of the values of a period.')
    .prefault('Maximum'),
  period: duration(60, 3_600).describe('Whole minutes that a value stands for.').prefault('1m'),
});

export const cloudWatchForm = sourceForm({
  schema: mapping({
    region: text('a region such as eu-west-1', /^[a-z]+(-[a-z]+)+-\d+$/, 30)
      .describe("Region of the metrics. Default: the fleet's first region.")
      .optional(),
    pending: metricSchema.describe('Metric that counts the waiting tasks.'),
    claimed: metricSchema
      .describe('Metric that counts the running tasks. Default: not told.')
      .optional(),
    oldestPendingAge: metricSchema
      .describe('Metric of the age of the oldest waiting task, in seconds. Default: not told.')
      .optional(),
  }).describe('Metrics of CloudWatch.'),
  declare: (
    { region, pending, claimed, oldestPendingAge },
    { firstRegion },
  ): CloudWatchDeclaration => ({
    kind: 'cloudwatch',
    region: region ?? firstRegion,
    pending,
    claimed: claimed ?? null,
    oldestPendingAge: oldestPendingAge ?? null,
  }),
  ports: () => [],
});
