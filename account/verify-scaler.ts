/** Whether a running scaler completes an iteration without an error, by what it tells of itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchClient,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import ky from 'ky';
import { homeRegion } from '../pool/home-region.ts';
import type { FleetMetric } from '../pool/metric-names.ts';
import { metricNamespace, ownLogGroupName } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { personCall } from './person-call.ts';

export interface VerifyOptions {
  /** Time between two looks. */
  readonly interval: Seconds;
  /** Told of the first error, and of nothing after it. */
  readonly onError: (text: string) => void;
}

const pageLimitMilliseconds = 5_000;

/**
 * Reads the scaler's `/metrics` until one whole iteration has passed without a failure.
 *
 * Two ends of an iteration must be seen: the first may be of one that began before the first look. A
 * failure seen between them starts the wait anew.
 *
 * @param url of the scaler's API, such as `http://127.0.0.1:3001`
 * @throws Error when the signal fires first
 */
export async function verifyByUrl(
  url: URL,
  { interval, onError }: VerifyOptions,
  signal: AbortSignal,
): Promise<void> {
  const tell = once(onError);
  let endedAt: number | null = null;
  let ends = 0;
  let failures: ReadonlyMap<string, number> | null = null;
  for (;;) {
    signal.throwIfAborted();
    const seen = await readMetrics(url, signal).catch((error: Error) => {
      signal.throwIfAborted();
      tell(`${url.origin} does not answer: ${error.message}`);
      return null;
    });
    if (seen !== null) {
      const before = failures;
      const fresh = [...seen.failures].find(([of, count]) => count > (before?.get(of) ?? 0));
      // A count that fell: another process answers, which started from 0.
      const restarted = [...(before ?? [])].some(([of, n]) => (seen.failures.get(of) ?? 0) < n);
      if (before !== null && fresh !== undefined) tell(`failed: ${fresh[0]}; its log says why`);
      if (before === null || fresh !== undefined || restarted) {
        ends = 0;
        endedAt = seen.endedAt;
      } else if (seen.endedAt !== null && seen.endedAt !== endedAt) {
        ends += 1;
        endedAt = seen.endedAt;
        if (ends === 2) return;
      }
      failures = seen.failures;
    }
    await sleep(interval * 1000, undefined, { signal });
  }
}

interface SeenMetrics {
  readonly endedAt: UnixSeconds | null;
  /** By their labels. */
  readonly failures: ReadonlyMap<string, number>;
}

async function readMetrics(url: URL, signal: AbortSignal): Promise<SeenMetrics> {
  const text = await ky
    .get(new URL('/metrics', url), { timeout: pageLimitMilliseconds, retry: 0, signal })
    .text();
  const ended = /^muster_last_iteration_timestamp_seconds (\S+)$/m.exec(text)?.[1];
  if (!text.includes('muster_last_iteration_timestamp_seconds')) {
    throw new Error(`${new URL('/metrics', url)} is no scaler's`);
  }
  const failures = [...text.matchAll(/^muster_failures_total\{(.*)\} (\d+)$/gm)];
  return {
    endedAt: ended === undefined || Number(ended) === 0 ? null : Number(ended),
    failures: new Map(failures.map(([, labels = '', count]) => [labels, Number(count)])),
  };
}

/** The scaler sends its metrics once a minute, each time of the minute before. */
const sentEvery: Seconds = 60;

/**
 * Reads what the scaler sends to CloudWatch in the home region, until a minute that began after this
 * call has decisions and no failure. Takes two to three minutes at least, as metrics come by the minute.
 *
 * @param now UNIX seconds
 * @throws CloudError, or Error when the signal fires first
 */
export async function verifyByCloudWatch(
  fleet: Fleet,
  { interval, onError }: VerifyOptions,
  now: () => UnixSeconds,
  signal: AbortSignal,
): Promise<void> {
  const { name: region, credentials } = homeRegion(fleet);
  const client = new CloudWatchClient(clientConfiguration(credentials, region));
  const tell = once(onError);
  const startedAt = now();
  try {
    for (;;) {
      const minutes = await readMinutes(client, fleet.name, { from: startedAt, to: now() }, signal);
      const failed = minutes.find(({ failures }) => failures > 0);
      if (failed !== undefined) tell(await describeFailure(fleet, failed, signal));
      // What is stamped in the first minute is of the time before.
      const isClean = ({ at, decisions, failures }: Minute) =>
        at >= startedAt + sentEvery && decisions > 0 && failures === 0;
      if (minutes.some(isClean)) return;
      await sleep(interval * 1000, undefined, { signal });
    }
  } finally {
    client.destroy();
  }
}

interface Minute {
  readonly at: UnixSeconds;
  readonly decisions: number;
  readonly failures: number;
}

async function readMinutes(
  client: CloudWatchClient,
  fleet: string,
  { from, to }: { readonly from: UnixSeconds; readonly to: UnixSeconds },
  signal: AbortSignal,
): Promise<Minute[]> {
  const query = (MetricName: FleetMetric): MetricDataQuery => ({
    Id: MetricName.toLowerCase(),
    MetricStat: {
      Metric: {
        Namespace: metricNamespace,
        MetricName,
        Dimensions: [{ Name: 'Fleet', Value: fleet }],
      },
      Period: sentEvery,
      Stat: 'Sum',
    },
  });
  const asked = {
    MetricDataQueries: [query('Decisions'), query('Failures')],
    StartTime: new Date(from * 1000),
    EndTime: new Date((to + sentEvery) * 1000),
  };
  const results = await personCall(`reading metrics of fleet ${fleet}`, signal, (abortSignal) =>
    collect(
      paginateGetMetricData({ client }, asked, { abortSignal }),
      (page) => page.MetricDataResults,
    ),
  );
  const sums = (id: string) => {
    const byTime = new Map<number, number>();
    for (const { Id, Timestamps = [], Values = [] } of results) {
      if (Id !== id) continue;
      for (const [index, at] of Timestamps.entries()) {
        byTime.set(at.getTime() / 1000, Values[index] ?? 0);
      }
    }
    return byTime;
  };
  const failures = sums('failures');
  return [...sums('decisions')]
    .map(([at, decisions]) => ({ at, decisions, failures: failures.get(at) ?? 0 }))
    .sort((left, right) => left.at - right.at);
}

/** From the log of a scaler that runs in AWS; elsewhere the log is the person's. */
async function describeFailure(fleet: Fleet, minute: Minute, signal: AbortSignal): Promise<string> {
  const count = `${minute.failures} failures in the minute of ${new Date(minute.at * 1000).toISOString()}`;
  if (fleet.infrastructure.scaler === null) return `${count}; the scaler's log says which`;
  const { name: region, credentials } = homeRegion(fleet);
  const client = new CloudWatchLogsClient(clientConfiguration(credentials, region));
  const logGroupName = ownLogGroupName(fleet.name, 'Scaler');
  try {
    const pages = paginateFilterLogEvents(
      { client },
      // A minute is stamped when it is sent: its failures were logged before that.
      { logGroupName, filterPattern: '"failure"', startTime: (minute.at - sentEvery) * 1000 },
      { abortSignal: signal },
    );
    for await (const { events = [] } of pages) {
      const [first] = events;
      if (first?.message !== undefined) return `${count}; first: ${first.message.trim()}`;
    }
    return `${count}; ${logGroupName} has none of them`;
  } catch (error) {
    return `${count}; ${logGroupName} cannot be read: ${(error as Error).message}`;
  } finally {
    client.destroy();
  }
}

function once(tell: (text: string) => void): (text: string) => void {
  let told = false;
  return (text) => {
    if (!told) tell(text);
    told = true;
  };
}
