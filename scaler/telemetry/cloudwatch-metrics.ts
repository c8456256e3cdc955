import {
  CloudWatchClient,
  type Dimension,
  type MetricDatum,
  PutMetricDataCommand,
  type StandardUnit,
} from '@aws-sdk/client-cloudwatch';
import type { FleetMetric, PoolMetric } from '../../pool/metric-names.ts';
import { metricNamespace } from '../../pool/names.ts';
import type { Budget, Credentials, Pool } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { awsCall } from '../aws/aws-call.ts';
import { clientConfiguration } from '../aws/client-configuration.ts';
import type { CapacityByState, Decision } from '../decide/decision.ts';
import type { Memory } from '../decide/memory.ts';
import type { Observation } from '../decide/observation.ts';
import type { Clock, RecorderPort } from '../ports.ts';
import { spendPerHour } from './spend.ts';

/** CloudWatch's own resolution; sending more often costs more and shows no more. */
const sendEvery: Seconds = 60;
/** Limits of one PutMetricData call, with room in the bytes for what surrounds the metrics. */
const perCall = { metrics: 1_000, bytes: 900_000 } as const;

/**
 * Sends each pool's latest values to CloudWatch, all together and at most once a minute, with the
 * dimensions Fleet and Pool; the iteration's own have Fleet alone. A minute that could not be sent
 * is dropped: these are gauges, and the next minute has newer ones.
 */
export class CloudWatchMetrics implements RecorderPort {
  readonly #fleet: string;
  readonly #clock: Clock;
  readonly #client: CloudWatchClient;
  readonly #onFailure: (doing: string, error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #values = new Map<string, readonly MetricDatum[]>();
  #failures = 0;
  #decisions = 0;
  #fleetBudget: number | null = null;
  #longestIteration: Seconds | null = null;
  #sentAt: UnixSeconds | null = null;
  #sending: Promise<void> | null = null;

  constructor(options: {
    fleet: string;
    credentials: Credentials;
    region: string;
    clock: Clock;
    onFailure: (doing: string, error: unknown) => void;
  }) {
    this.#fleet = options.fleet;
    this.#clock = options.clock;
    this.#onFailure = options.onFailure;
    this.#client = new CloudWatchClient(clientConfiguration(options.credentials, options.region));
  }

  decision(pool: Pool, observation: Observation, decision: Decision, memory: Memory): void {
    const { queue, at } = observation;
    const { capacity, target, groups } = decision;
    const desired = groups.reduce((sum, group) => sum + group.desiredCapacity, 0);
    const known = queue.status === 'known' ? queue : null;
    const age = known?.pending === 0 ? 0 : (known?.oldestPendingAge ?? null);
    const metric = this.#datumMaker(at, [{ Name: 'Pool', Value: pool.id }]);
    this.#decisions += 1;
    const { fleetSpend } = observation;
    if (fleetSpend) this.#fleetBudget = percentSpent(fleetSpend.budget, fleetSpend);
    const budgetSpent = percentSpent(pool.budget, pool.budget && memory.spend?.[pool.budget.per]);
    this.#values.set(pool.id, [
      ...metric('PendingTasks', known?.pending ?? null, 'Count'),
      ...metric('ClaimedTasks', known?.claimed ?? null, 'Count'),
      ...metric('OldestPendingAge', age, 'Seconds'),
      ...Object.entries(slotMetrics).flatMap(([state, name]) =>
        metric(name, capacity[state as keyof CapacityByState], 'Count'),
      ),
      ...metric('TargetSlots', target, 'Count'),
      ...metric('DesiredCapacity', desired, 'Count'),
      ...metric('SpendPerHour', spendPerHour(pool, observation).usdPerHour, 'None'),
      ...metric('FailedBoots', recentFailedBoots(pool, memory, decision.at), 'Count'),
      ...metric('BudgetSpent', budgetSpent, 'Percent'),
    ]);
  }

  failure(): void {
    this.#failures += 1;
  }

  /** Starts sending when it is time, and does not wait for it. */
  iteration({ duration }: { duration: Seconds }): void {
    this.#longestIteration = Math.max(duration, this.#longestIteration ?? 0);
    const now = this.#clock.now();
    this.#sentAt ??= now;
    if (now - this.#sentAt < sendEvery || this.#sending !== null) return;
    this.#send(this.#stopping.signal);
  }

  /** Sends what is held back; the signal ends a sending that is under way, too. */
  async flush(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#stopping.abort(), { once: true });
    await this.#sending;
    await this.#send(signal);
  }

  /** Never rejects. */
  #send(signal: AbortSignal): Promise<void> {
    const batches = inBatches(this.#takeAll());
    this.#sentAt = this.#clock.now();
    this.#sending = this.#put(batches, signal)
      .catch((error) => this.#onFailure('sending metrics to CloudWatch', error))
      .finally(() => {
        this.#sending = null;
      });
    return this.#sending;
  }

  async #put(batches: readonly MetricDatum[][], signal: AbortSignal): Promise<void> {
    for (const batch of batches) {
      await awsCall('sending metrics to CloudWatch', signal, (abortSignal) =>
        this.#client.send(
          new PutMetricDataCommand({ Namespace: metricNamespace, MetricData: batch }),
          { abortSignal },
        ),
      );
    }
  }

  #takeAll(): MetricDatum[] {
    const metric = this.#datumMaker(this.#clock.now(), []);
    const own =
      this.#longestIteration === null && this.#failures === 0
        ? []
        : [
            ...metric('IterationDuration', this.#longestIteration, 'Seconds'),
            ...metric('Failures', this.#failures, 'Count'),
            ...metric('Decisions', this.#decisions, 'Count'),
            ...metric('BudgetSpent', this.#fleetBudget, 'Percent'),
          ];
    const all = [...[...this.#values.values()].flat(), ...own];
    this.#values.clear();
    this.#failures = 0;
    this.#decisions = 0;
    this.#longestIteration = null;
    return all;
  }

  /** Makes one metric, or none where the value is not known. */
  #datumMaker(at: UnixSeconds, dimensions: readonly Dimension[]) {
    const Dimensions = [{ Name: 'Fleet', Value: this.#fleet }, ...dimensions];
    const Timestamp = new Date(at * 1000);
    return (
      MetricName: PoolMetric | FleetMetric,
      Value: number | null,
      Unit: StandardUnit,
    ): MetricDatum[] =>
      Value === null ? [] : [{ MetricName, Value, Unit, Dimensions, Timestamp }];
  }
}

const slotMetrics: Readonly<Record<keyof CapacityByState, PoolMetric>> = {
  requested: 'RequestedSlots',
  booting: 'BootingSlots',
  idle: 'IdleSlots',
  busy: 'BusySlots',
  draining: 'DrainingSlots',
  stopping: 'StoppingSlots',
  lost: 'LostSlots',
};

/** null: there is no budget, or what was spent is not known. */
function percentSpent(
  budget: Budget | null | undefined,
  spend: { readonly usd: number } | null | undefined,
): number | null {
  return budget && spend ? (100 * spend.usd) / budget.usd : null;
}

function recentFailedBoots({ breakers }: Pool, memory: Memory, now: UnixSeconds): number {
  return memory.failedBoots.filter((at) => now - at < breakers.boots.within).length;
}

/** Splits by number and by size. The wire form is smaller than the JSON that is measured here. */
export function inBatches(metrics: readonly MetricDatum[]): MetricDatum[][] {
  const batches: MetricDatum[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const metric of metrics) {
    const size = Buffer.byteLength(JSON.stringify(metric));
    const last = batches.at(-1);
    if (last === undefined || last.length >= perCall.metrics || bytes + size > perCall.bytes) {
      batches.push([metric]);
      bytes = size;
    } else {
      last.push(metric);
      bytes += size;
    }
  }
  return batches;
}
