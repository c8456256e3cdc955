import { describe, expect, it } from 'vitest';
import type { Observation } from '../../scaler/decide/observation.ts';
import type { RecorderPort } from '../../scaler/ports.ts';
import { combinedRecorder } from '../../scaler/telemetry/combined-recorder.ts';
import { Metrics } from '../../scaler/telemetry/metrics.ts';
import { spendPerHour } from '../../scaler/telemetry/spend.ts';
import { aChoice, aGroup, aMemory, anOffering, aWorker } from '../decide/situations.ts';
import { aDecision, aFullPool, ManualClock, never, region } from './samples.ts';
import { anObservation } from './telemetry-samples.ts';

const pool = aFullPool();

describe('spendPerHour', () => {
  const offerings = [
    anOffering({ zone: 'eu-west-1a', price: 0.1 }),
    anOffering({ zone: 'eu-west-1b', price: 0.3 }),
    anOffering({ market: 'on-demand', price: 0.5 }),
  ];
  const spend = (...groups: Observation['groups']) =>
    spendPerHour(pool, anObservation({ groups, offerings }));

  it('adds the price of every instance by its zone and market', () => {
    const workers = [aWorker(), aWorker({ zone: 'eu-west-1b', phase: 'pending' })];
    const spot = spend(aGroup({ workers }), aGroup({ market: 'on-demand', workers: [aWorker()] }));
    expect(spot.usdPerHour).toBeCloseTo(0.1 + 0.3 + 0.5);
    expect(spot.unpriced).toBe(0);
  });

  it('takes the discount off on-demand, and off nothing else', () => {
    const discounted = { instances: [aChoice({ onDemandDiscount: 0.2 })] };
    const workers = [aWorker()];
    const groups = [aGroup({ workers }), aGroup({ market: 'on-demand', workers })];
    const { usdPerHour } = spendPerHour(discounted, anObservation({ groups, offerings }));
    expect(usdPerHour).toBeCloseTo(0.1 + 0.5 * 0.8);
  });

  it('takes the mean of other zones for a zone whose price is not known', () => {
    const workers = [aWorker({ zone: 'eu-west-1c' })];
    expect(spend(aGroup({ workers })).usdPerHour).toBeCloseTo(0.2);
  });

  it('leaves out what is gone, and counts what has no price', () => {
    const workers = [aWorker({ phase: 'gone' }), aWorker({ instanceType: 'm5.large' })];
    expect(spend(aGroup({ workers }))).toEqual({ usdPerHour: 0, unpriced: 1 });
  });
});

describe('Metrics', () => {
  const linesOf = async (metrics: Metrics, name: string) =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));

  it('tells queue, capacity, price and spend of a pool', async () => {
    const metrics = new Metrics(new ManualClock());
    const offerings = [anOffering()];
    const observation = anObservation({ groups: [aGroup({ workers: [aWorker()] })], offerings });
    metrics.decision(
      pool,
      observation,
      aDecision({
        reasons: [
          {
            kind: 'offering-chosen',
            instanceType: 'c6i.xlarge',
            region,
            market: 'spot',
            price: 0.1,
            pricePerUtility: 0.05,
            cost: 0.06,
          },
        ],
      }),
      aMemory(),
    );
    expect(await linesOf(metrics, 'muster_queue')).toEqual([
      'muster_queue_pending_tasks{pool="linux"} 5',
      'muster_queue_claimed_tasks{pool="linux"} 2',
      'muster_queue_oldest_pending_age_seconds{pool="linux"} 42',
    ]);
    expect(await linesOf(metrics, 'muster_capacity_slots')).toContain(
      'muster_capacity_slots{pool="linux",state="busy"} 3',
    );
    expect(await linesOf(metrics, 'muster_desired')).toEqual([
      'muster_desired_capacity_slots{pool="linux",region="eu-west-1",group="ci-linux-spot"} 6',
    ]);
    expect(await linesOf(metrics, 'muster_price')).toEqual([
      'muster_price_per_utility_usd{pool="linux",region="eu-west-1",market="spot",instance_type="c6i.xlarge"} 0.05',
    ]);
    expect(await linesOf(metrics, 'muster_spend')).toEqual([
      'muster_spend_usd_per_hour{pool="linux"} 0.1',
    ]);
  });

  it('tells refusals by cause, whether on-demand stands in, and what was spent', async () => {
    const metrics = new Metrics(new ManualClock());
    const lines = async () => [
      ...(await linesOf(metrics, 'muster_offerings_refused')),
      ...(await linesOf(metrics, 'muster_on_demand_stands_in')),
      ...(await linesOf(metrics, 'muster_spend_usd{')),
    ];
    const spend = { since: 0, usd: 1.5, at: 0 };
    const { at } = aDecision();
    metrics.decision(
      pool,
      anObservation(),
      aDecision({
        reasons: [
          { kind: 'offering-rejected', because: 'no-capacity', offerings: 3 },
          { kind: 'offering-rejected', because: 'above-max-price', offerings: 1 },
        ],
      }),
      aMemory({
        spotDelivery: { waitingSince: null, onDemandUntil: at + 1, times: 1 },
        spend: { day: spend, month: { ...spend, usd: 20 } },
      }),
    );
    expect(await lines()).toEqual([
      'muster_offerings_refused{pool="linux",cause="no-capacity"} 3',
      'muster_offerings_refused{pool="linux",cause="above-max-price"} 1',
      'muster_on_demand_stands_in{pool="linux"} 1',
      'muster_spend_usd{pool="linux",period="day"} 1.5',
      'muster_spend_usd{pool="linux",period="month"} 20',
    ]);
    metrics.decision(
      pool,
      anObservation(),
      aDecision(),
      aMemory({ spotDelivery: { waitingSince: null, onDemandUntil: at, times: 1 }, spend: null }),
    );
    expect(await lines()).toEqual(['muster_on_demand_stands_in{pool="linux"} 0']);
  });

  it('takes away what is no longer known or chosen, instead of telling the old value', async () => {
    const metrics = new Metrics(new ManualClock());
    metrics.decision(pool, anObservation(), aDecision(), aMemory());
    metrics.decision(
      pool,
      anObservation({ queue: { status: 'unknown', error: 'away' } }),
      aDecision({ groups: [] }),
      aMemory(),
    );
    expect(await linesOf(metrics, 'muster_queue')).toEqual([]);
    expect(await linesOf(metrics, 'muster_desired')).toEqual([]);
  });

  it('tells the age of the last iteration, once there was one', async () => {
    const clock = new ManualClock();
    const metrics = new Metrics(clock);
    expect(await linesOf(metrics, 'muster_iteration_age')).toEqual([]);
    expect(metrics.iterationAge()).toBeNull();
    metrics.iteration({ startedAt: clock.now(), duration: 2 });
    clock.advance(32);
    expect(await linesOf(metrics, 'muster_iteration_age')).toEqual([
      'muster_iteration_age_seconds 30',
    ]);
  });

  it('counts failures by pool, region and what was being done', async () => {
    const metrics = new Metrics(new ManualClock());
    metrics.failure({ pool: 'linux', region }, 'terminate', new Error());
    metrics.failure({ pool: 'linux', region }, 'terminate', new Error());
    metrics.failure({}, 'save state', new Error());
    expect(await linesOf(metrics, 'muster_failures_total')).toEqual([
      'muster_failures_total{pool="linux",region="eu-west-1",doing="terminate"} 2',
      'muster_failures_total{pool="",region="",doing="save state"} 1',
    ]);
  });
});

describe('combinedRecorder', () => {
  it('tells the others when one throws, and of that failure', async () => {
    const heard: string[] = [];
    const failing: RecorderPort = {
      decision: () => {
        throw new Error('disk full');
      },
      failure: () => {
        throw new Error('disk full');
      },
      iteration: () => {},
      flush: () => Promise.reject(new Error('away')),
    };
    const working: RecorderPort = {
      decision: () => heard.push('decision'),
      failure: (_where, doing) => heard.push(`failure ${doing}`),
      iteration: () => heard.push('iteration'),
      flush: async () => void heard.push('flush'),
    };
    const both = combinedRecorder([failing, working]);
    both.decision(pool, anObservation(), aDecision(), aMemory());
    both.failure({}, 'observe', new Error());
    both.iteration({ startedAt: 0, duration: 1 });
    await both.flush(never);
    expect(heard).toEqual([
      'failure recording a decision',
      'decision',
      'failure recording a failure',
      'failure observe',
      'iteration',
      'flush',
      'failure flushing telemetry',
    ]);
  });
});
