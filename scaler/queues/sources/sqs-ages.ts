import {
  CloudWatchClient,
  type MetricDataQuery,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import type { Credentials } from '../../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import { awsCall, collect } from '../../aws/aws-call.ts';
import { clientConfiguration } from '../../aws/client-configuration.ts';
import type { Clock } from '../../ports.ts';
import { metricEvery, metricLookBack, metricsPerCall } from '../limits.ts';

/**
 * CloudWatch's word on the age of the oldest message, for all queues of a region under the same
 * credentials: one call a minute for up to 500 of them.
 *
 * `ApproximateAgeOfOldestMessage` is of the oldest message that was not deleted, claimed ones
 * included, so it is never below the age of the oldest pending one. A value v of the minute that
 * starts at T bounds the age at any later time: a message of then has aged by now - T, and one sent
 * since is younger. Hence `age <= v + (now - T)`, however late the metric comes.
 */
export class QueueAgeMetric {
  readonly #client: CloudWatchClient;
  readonly #clock: Clock;
  readonly #region: string;
  #askedAt: UnixSeconds = Number.NEGATIVE_INFINITY;
  /** By queue name: no message now waiting was sent before this time. */
  #sentSince = new Map<string, UnixSeconds>();

  constructor(credentials: Credentials, region: string, clock: Clock) {
    this.#client = new CloudWatchClient(clientConfiguration(credentials, region));
    this.#clock = clock;
    this.#region = region;
  }

  /** Upper bound; null: CloudWatch has said nothing of this queue. */
  ageBound(queueName: string): Seconds | null {
    const since = this.#sentSince.get(queueName);
    return since === undefined ? null : Math.max(0, this.#clock.now() - since);
  }

  /**
   * Asks if a minute has passed since it last did.
   * @throws CloudError; what was known stays, and stays true.
   */
  async refresh(queueNames: readonly string[], signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#askedAt < metricEvery) return;
    this.#askedAt = now;
    for (let start = 0; start < queueNames.length; start += metricsPerCall) {
      await this.#read(queueNames.slice(start, start + metricsPerCall), now, signal);
    }
  }

  async #read(names: readonly string[], now: UnixSeconds, signal: AbortSignal): Promise<void> {
    const results = await awsCall(
      `reading the age of ${names.length} queues in ${this.#region}`,
      signal,
      (abortSignal) =>
        collect(
          paginateGetMetricData(
            { client: this.#client },
            {
              // Aligned with the period, as CloudWatch asks for whole and quick answers.
              StartTime: new Date((wholePeriods(now) - metricLookBack) * 1000),
              EndTime: new Date((wholePeriods(now) + metricEvery) * 1000),
              ScanBy: 'TimestampDescending',
              MetricDataQueries: names.map(queryOf),
            },
            { abortSignal },
          ),
          (page) => page.MetricDataResults,
        ),
    );
    for (const result of results) {
      const name = names[Number(result.Id?.slice(1))];
      if (name !== undefined) this.#keep(name, result);
    }
  }

  #keep(name: string, { Timestamps = [], Values = [] }: MetricDataResult): void {
    for (const [index, timestamp] of Timestamps.entries()) {
      const value = Values[index];
      if (value === undefined) continue;
      const since = timestamp.getTime() / 1000 - value;
      this.#sentSince.set(name, Math.max(since, this.#sentSince.get(name) ?? since));
    }
  }
}

function wholePeriods(at: UnixSeconds): UnixSeconds {
  return Math.floor(at / metricEvery) * metricEvery;
}

/** Ids must begin with a small letter and be unique in a call. */
function queryOf(name: string, index: number): MetricDataQuery {
  return {
    Id: `q${index}`,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateAgeOfOldestMessage',
        Dimensions: [{ Name: 'QueueName', Value: name }],
      },
      Period: metricEvery,
      Stat: 'Maximum',
    },
  };
}
