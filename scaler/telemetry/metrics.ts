import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Pool } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Decision } from '../decide/decision.ts';
import type { Memory } from '../decide/memory.ts';
import type { Observation } from '../decide/observation.ts';
import type { Clock, RecorderPort } from '../ports.ts';
import { spendPerHour } from './spend.ts';

/**
 * What `GET /metrics` tells. Names are a contract: dashboards and alarms name them.
 * A value that is not known is absent, which is not zero.
 */
export class Metrics implements RecorderPort {
  readonly registry = new Registry();
  readonly #clock: Clock;
  #endedAt: UnixSeconds | null = null;

  readonly #pending = this.#gauge('muster_queue_pending_tasks', 'Tasks not yet taken', ['pool']);
  readonly #claimed = this.#gauge('muster_queue_claimed_tasks', 'Tasks running on a worker', [
    'pool',
  ]);
  readonly #age = this.#gauge(
    'muster_queue_oldest_pending_age_seconds',
    'Age of the oldest pending task, at most',
    ['pool'],
  );
  readonly #capacity = this.#gauge('muster_capacity_slots', 'Slots by state of their worker', [
    'pool',
    'state',
  ]);
  readonly #target = this.#gauge('muster_target_slots', 'Slots that the pool should have', [
    'pool',
  ]);
  readonly #desired = new PoolSeries(
    this.#gauge('muster_desired_capacity_slots', 'Desired capacity of a group', [
      'pool',
      'region',
      'group',
    ]),
  );
  readonly #pricePerUtility = new PoolSeries(
    this.#gauge(
      'muster_price_per_utility_usd',
      'USD per hour and utility of each chosen offering',
      ['pool', 'region', 'market', 'instance_type'],
    ),
  );
  readonly #spend = this.#gauge('muster_spend_usd_per_hour', 'Price of all instances of a pool', [
    'pool',
  ]);
  readonly #unpriced = this.#gauge(
    'muster_unpriced_instances',
    'Instances whose price is not known, and so not in the spend',
    ['pool'],
  );
  readonly #spent = this.#gauge(
    'muster_spend_usd',
    'Estimated from prices, in the current day or month (UTC)',
    ['pool', 'period'],
  );
  readonly #refused = new PoolSeries(
    this.#gauge('muster_offerings_refused', 'Offerings that may not be used now, by cause', [
      'pool',
      'cause',
    ]),
  );
  readonly #standsIn = this.#gauge(
    'muster_on_demand_stands_in',
    '1 while new capacity is on-demand in place of spot, else 0',
    ['pool'],
  );
  readonly #failures = new Counter({
    name: 'muster_failures_total',
    help: 'Failures that did not stop the rest; empty pool or region: not of one',
    labelNames: ['pool', 'region', 'doing'],
    registers: [this.registry],
  });
  readonly #lastIteration = this.#gauge(
    'muster_last_iteration_timestamp_seconds',
    'When the last iteration ended',
    [],
  );
  readonly #duration = new Histogram({
    name: 'muster_iteration_duration_seconds',
    help: 'Duration of iterations',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });

  constructor(clock: Clock) {
    this.#clock = clock;
    const age = () => this.iterationAge();
    new Gauge({
      name: 'muster_iteration_age_seconds',
      help: 'Time since the last iteration ended',
      registers: [this.registry],
      collect() {
        const seconds = age();
        if (seconds === null) this.remove();
        else this.set(seconds);
      },
    });
  }

  /** Time since the last iteration ended; null: none has. */
  iterationAge(): Seconds | null {
    return this.#endedAt === null ? null : Math.max(0, this.#clock.now() - this.#endedAt);
  }

  decision(of: Pool, observation: Observation, decision: Decision, memory: Memory): void {
    const { id: pool } = of;
    this.#queueSeen(pool, observation);
    for (const [state, slots] of Object.entries(decision.capacity)) {
      this.#capacity.set({ pool, state }, slots);
    }
    this.#target.set({ pool }, decision.target);
    this.#desired.replace(
      pool,
      decision.groups.map(({ name: group, region, desiredCapacity }) => ({
        labels: { pool, region, group },
        value: desiredCapacity,
      })),
    );
    this.#offeringsSeen(pool, decision);
    const { onDemandUntil } = memory.spotDelivery;
    const standsIn = onDemandUntil !== null && decision.at < onDemandUntil;
    this.#standsIn.set({ pool }, standsIn ? 1 : 0);
    const { usdPerHour, unpriced } = spendPerHour(of, observation);
    this.#spend.set({ pool }, usdPerHour);
    this.#unpriced.set({ pool }, unpriced);
    for (const period of ['day', 'month'] as const) {
      setOrRemove(this.#spent, { pool, period }, memory.spend?.[period].usd ?? null);
    }
  }

  #queueSeen(pool: string, { queue }: Observation): void {
    setOrRemove(this.#pending, { pool }, queue.status === 'known' ? queue.pending : null);
    setOrRemove(this.#claimed, { pool }, queue.status === 'known' ? queue.claimed : null);
    const age = queue.status === 'known' ? queue.oldestPendingAge : null;
    const nothingWaits = queue.status === 'known' && queue.pending === 0;
    setOrRemove(this.#age, { pool }, nothingWaits ? 0 : age);
  }

  #offeringsSeen(pool: string, { reasons }: Decision): void {
    this.#pricePerUtility.replace(
      pool,
      reasons.flatMap((reason) => {
        if (reason.kind !== 'offering-chosen') return [];
        const { region, market, instanceType: instance_type, pricePerUtility: value } = reason;
        return [{ labels: { pool, region, market, instance_type }, value }];
      }),
    );
    this.#refused.replace(
      pool,
      reasons.flatMap((reason) => {
        if (reason.kind !== 'offering-rejected') return [];
        return [{ labels: { pool, cause: reason.because }, value: reason.offerings }];
      }),
    );
  }

  failure(where: { pool?: string; region?: string }, doing: string, _error: unknown): void {
    this.#failures.inc({ pool: where.pool ?? '', region: where.region ?? '', doing });
  }

  iteration({ startedAt, duration }: { startedAt: UnixSeconds; duration: Seconds }): void {
    this.#endedAt = startedAt + duration;
    this.#lastIteration.set(this.#endedAt);
    this.#duration.observe(duration);
  }

  async flush(): Promise<void> {
    // Scraped, not sent.
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}

type Labels = Readonly<Record<string, string>>;

/** Several series per pool, of which those that a decision no longer names must go. */
class PoolSeries {
  readonly #gauge: Gauge;
  readonly #current = new Map<string, readonly Labels[]>();

  constructor(gauge: Gauge) {
    this.#gauge = gauge;
  }

  replace(pool: string, series: readonly { readonly labels: Labels; readonly value: number }[]) {
    for (const labels of this.#current.get(pool) ?? []) this.#gauge.remove(labels);
    for (const { labels, value } of series) this.#gauge.set(labels, value);
    this.#current.set(
      pool,
      series.map(({ labels }) => labels),
    );
  }
}

function setOrRemove(gauge: Gauge, labels: Record<string, string>, value: number | null): void {
  if (value === null) gauge.remove(labels);
  else gauge.set(labels, value);
}
