import {
  CloudWatchClient,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import type { CloudWatchDeclaration, CloudWatchMetric } from '../../../pool/queues/cloudwatch.ts';
import type { UnixSeconds } from '../../../pool/units.ts';
import { awsCall, collect } from '../../aws/aws-call.ts';
import { clientConfiguration } from '../../aws/client-configuration.ts';
import { metricsPerCall } from '../limits.ts';
import type { QueueSource } from '../source.ts';

/**
 * Whole periods that are looked back on, and the least time: a metric comes a while after what it
 * tells of, and an older value says nothing about now.
 */
const periodsBack = 3;
const leastLookBackSeconds = 300;

/** Metrics of one region: one call for up to 500 of them, whichever pools they are of. */
export const cloudWatchSource: QueueSource<CloudWatchDeclaration> = {
  groupKey: ({ region }) => region,
  describe: ({ region }) => `CloudWatch in ${region}`,
  // What CloudWatch is sent in a minute, it tells after it; each metric asked for is paid for.
  minimumInterval: 30,
  zeroHold: 0,
  open: ({ clock, credentialsOf }, { region }) => {
    const client = new CloudWatchClient(clientConfiguration(credentialsOf(region), region));
    return {
      async read(declarations, answer, signal) {
        const metrics = distinctMetrics([...declarations.values()]);
        const values = new Map<string, number>();
        const all = [...metrics];
        for (let start = 0; start < all.length; start += metricsPerCall) {
          const some = all.slice(start, start + metricsPerCall);
          const latest = await latestValues(client, region, some, clock.now(), signal);
          for (const [key, value] of latest) values.set(key, value);
        }
        for (const [key, { pending, claimed, oldestPendingAge }] of declarations) {
          const waiting = values.get(keyOf(pending));
          if (waiting === undefined) {
            answer(key, {
              error: `CloudWatch in ${region}: no recent value of ${nameOf(pending)}`,
            });
            continue;
          }
          const running = claimed === null ? null : values.get(keyOf(claimed));
          if (running === undefined) {
            const what = claimed === null ? '' : nameOf(claimed);
            answer(key, { error: `CloudWatch in ${region}: no recent value of ${what}` });
            continue;
          }
          const age = oldestPendingAge === null ? null : values.get(keyOf(oldestPendingAge));
          answer(key, { pending: waiting, claimed: running, oldestPendingAge: age ?? null });
        }
      },
      async close() {
        client.destroy();
      },
    };
  },
};

type NamedMetric = readonly [key: string, metric: CloudWatchMetric];

function distinctMetrics(
  declarations: readonly CloudWatchDeclaration[],
): Map<string, CloudWatchMetric> {
  return new Map(
    declarations
      .flatMap(({ pending, claimed, oldestPendingAge }) => [pending, claimed, oldestPendingAge])
      .filter((metric) => metric !== null)
      .map((metric): NamedMetric => [keyOf(metric), metric]),
  );
}

/** The newest value of each metric that has a recent one. @throws CloudError */
async function latestValues(
  client: CloudWatchClient,
  region: string,
  metrics: readonly NamedMetric[],
  now: UnixSeconds,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const longest = Math.max(...metrics.map(([, { period }]) => period));
  const back = Math.max(leastLookBackSeconds, periodsBack * longest);
  const start = Math.floor((now - back) / longest) * longest;
  const results = await awsCall(
    `reading ${metrics.length} metrics in ${region}`,
    signal,
    (abortSignal) =>
      collect(
        paginateGetMetricData(
          { client },
          {
            StartTime: new Date(start * 1000),
            EndTime: new Date((Math.floor(now / 60) + 1) * 60_000),
            ScanBy: 'TimestampDescending',
            MetricDataQueries: metrics.map(queryOf),
          },
          { abortSignal },
        ),
        (page) => page.MetricDataResults,
      ),
  );
  const latest = new Map<string, { readonly at: number; readonly value: number }>();
  for (const { Id, Timestamps = [], Values = [] } of results) {
    const found = metrics[Number(Id?.slice(1))];
    if (found === undefined) continue;
    const [key, { period }] = found;
    for (const [index, timestamp] of Timestamps.entries()) {
      const at = timestamp.getTime() / 1000;
      const value = Values[index];
      const isRecent = now - at <= Math.max(leastLookBackSeconds, periodsBack * period);
      if (value === undefined || !isRecent || (latest.get(key)?.at ?? 0) > at) continue;
      latest.set(key, { at, value });
    }
  }
  return new Map([...latest].map(([key, { value }]) => [key, value]));
}

/** Ids must begin with a small letter and be unique in a call. */
function queryOf([, metric]: NamedMetric, index: number): MetricDataQuery {
  return {
    Id: `q${index}`,
    MetricStat: {
      Metric: {
        Namespace: metric.namespace,
        MetricName: metric.metric,
        Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: metric.period,
      Stat: metric.statistic,
    },
  };
}

function keyOf(metric: CloudWatchMetric): string {
  return JSON.stringify(metric);
}

function nameOf({ namespace, metric }: CloudWatchMetric): string {
  return `${namespace} ${metric}`;
}
