import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../scaler/decide/observation.ts';
import type { RecorderPort } from '../../scaler/ports.ts';
import { CloudWatchMetrics, inBatches } from '../../scaler/telemetry/cloudwatch-metrics.ts';
import { combinedRecorder } from '../../scaler/telemetry/combined-recorder.ts';
import { DecisionLog } from '../../scaler/telemetry/decision-log.ts';
import { describeError, redactSecrets } from '../../scaler/telemetry/describe-error.ts';
import { Metrics } from '../../scaler/telemetry/metrics.ts';
import { spendPerHour } from '../../scaler/telemetry/spend.ts';
import { aGroup, anOffering, aWorker, known } from '../decide/situations.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart, startMoto } from '../harness/moto.ts';
import { startHttpFake } from './http-fake.ts';
import { aDecision, aFullPool, ManualClock, never, region } from './samples.ts';

const pool = aFullPool();
const at = 1_700_000_000;

function anObservation(change: Partial<Observation> = {}): Observation {
  return {
    at,
    queue: known(5, 2, { oldestPendingAge: 42 }),
    groups: [],
    unreachableRegions: [],
    offerings: [],
    finishedTasks: [],
    ...change,
  };
}

describe('spendPerHour', () => {
  const offerings = [
    anOffering({ zone: 'eu-west-1a', price: 0.1 }),
    anOffering({ zone: 'eu-west-1b', price: 0.3 }),
    anOffering({ market: 'on-demand', price: 0.5 }),
  ];
  const spend = (...groups: Observation['groups']) =>
    spendPerHour(anObservation({ groups, offerings }));

  it('adds the price of every instance by its zone and market', () => {
    const workers = [aWorker(), aWorker({ zone: 'eu-west-1b', phase: 'pending' })];
    const spot = spend(aGroup({ workers }), aGroup({ market: 'on-demand', workers: [aWorker()] }));
    expect(spot.usdPerHour).toBeCloseTo(0.1 + 0.3 + 0.5);
    expect(spot.unpriced).toBe(0);
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
          },
        ],
      }),
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

  it('takes away what is no longer known or chosen, instead of telling the old value', async () => {
    const metrics = new Metrics(new ManualClock());
    metrics.decision(pool, anObservation(), aDecision());
    metrics.decision(
      pool,
      anObservation({ queue: { status: 'unknown', error: 'away' } }),
      aDecision({ groups: [] }),
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

describe('DecisionLog', () => {
  const logged = (tell: (log: DecisionLog) => void) => {
    const lines: string[] = [];
    tell(new DecisionLog('ci', { write: (line) => void lines.push(line) }));
    return lines.map((line) => JSON.parse(line));
  };

  it('writes one line of JSON per decision, with its reasons', () => {
    const decision = aDecision({ reasons: [{ kind: 'maximum', from: 9, to: 6 }] });
    const lines = logged((log) => log.decision(pool, anObservation(), decision));
    expect(lines).toMatchObject([
      {
        event: 'decision',
        fleet: 'ci',
        pool: 'linux',
        sequence: 1,
        target: 6,
        queue: { status: 'known', pending: 5 },
        reasons: [{ kind: 'maximum', from: 9, to: 6 }],
      },
    ]);
  });

  it('keeps secrets out of failures and of what a queue said', () => {
    const error = 'http://user:hunter2@host/: 401 for Bearer abc.def';
    const lines = logged((log) => {
      log.failure({ region }, 'observe', new Error(error));
      log.decision(
        pool,
        anObservation({ queue: { status: 'unknown', error } }),
        aDecision({ reasons: [{ kind: 'queue-unknown', error }] }),
      );
    });
    const text = JSON.stringify(lines);
    expect(text).toContain('http://[redacted]@host/: 401 for Bearer [redacted]');
    expect(text).not.toMatch(/hunter2|abc\.def/);
  });
});

describe('redactSecrets', () => {
  it.each([
    ['key AKIAIOSFODNN7EXAMPLE here', 'key [redacted] here'],
    ['x?X-Amz-Security-Token=abc&a=1', 'x?X-Amz-Security-Token=[redacted]&a=1'],
    ['{"password":"p4ss"}', '{"password":"[redacted]"}'],
    ['secretAccessKey: wJalr/K7', 'secretAccessKey: [redacted]'],
    ['reading queue https://sqs/1/tasks', 'reading queue https://sqs/1/tasks'],
  ])('reads %s as %s', (text, safe) => {
    expect(redactSecrets(text)).toBe(safe);
  });

  it('bounds the length of a message', () => {
    expect(describeError(new Error('x'.repeat(5_000))).message.length).toBeLessThan(1_010);
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
    both.decision(pool, anObservation(), aDecision());
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

describe('CloudWatchMetrics', () => {
  const open = (clock: ManualClock, failures: string[] = []) =>
    new CloudWatchMetrics({
      fleet: 'ci',
      credentials: { kind: 'default' },
      region,
      clock,
      onFailure: (doing) => failures.push(doing),
    });

  it('sends at most once a minute, and the rest at the end', async () => {
    const fake = await startHttpFake((_request, response) => response.end());
    process.env.AWS_ENDPOINT_URL = fake.url;
    const clock = new ManualClock();
    const metrics = open(clock);
    for (let iteration = 0; iteration <= 12; iteration += 1) {
      metrics.decision(pool, anObservation(), aDecision());
      metrics.iteration({ duration: 1 });
      clock.advance(10);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(fake.received).toHaveLength(2);
    metrics.failure();
    await metrics.flush(never);
    expect(fake.received).toHaveLength(3);
    delete process.env.AWS_ENDPOINT_URL;
    await fake.close();
  });

  it('tells a failure to send, and never throws it', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    const failures: string[] = [];
    const metrics = open(new ManualClock(), failures);
    metrics.decision(pool, anObservation(), aDecision());
    await metrics.flush(never);
    expect(failures).toEqual(['sending metrics to CloudWatch']);
    delete process.env.AWS_ENDPOINT_URL;
  });

  it('splits by number and by size', () => {
    const datum = { MetricName: 'TargetSlots', Value: 1 };
    const sizes = (count: number, name = 'TargetSlots') =>
      inBatches(Array.from({ length: count }, () => ({ ...datum, MetricName: name }))).map(
        (batch) => batch.length,
      );
    expect(sizes(0)).toEqual([]);
    expect(sizes(2_001)).toEqual([1_000, 1_000, 1]);
    expect(sizes(5, 'x'.repeat(400_000))).toEqual([2, 2, 1]);
  });
});

describe.skipIf(await missingParts([motoPart]))('CloudWatchMetrics on moto', () => {
  it('sends in batches what can be read back by fleet and pool', { timeout: 90_000 }, async () => {
    const moto = await startMoto();
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
    // moto 5.2.1 does not read a compressed request, which the SDK makes of a large one.
    process.env.AWS_DISABLE_REQUEST_COMPRESSION = 'true';
    const failures: string[] = [];
    const metrics = new CloudWatchMetrics({
      fleet: 'ci',
      credentials: { kind: 'default' },
      region,
      clock: new ManualClock(),
      onFailure: (_doing, error) => failures.push(String(error)),
    });
    for (let other = 0; other < 200; other += 1) {
      metrics.decision(aFullPool({ id: `pool-${other}` }), anObservation(), aDecision());
    }
    metrics.decision(pool, anObservation(), aDecision());
    await metrics.flush(never);
    expect(failures).toEqual([]);
    const read = await new CloudWatchClient({ endpoint: moto.endpoint }).send(
      new GetMetricStatisticsCommand({
        Namespace: 'Muster',
        MetricName: 'BusySlots',
        Dimensions: [
          { Name: 'Fleet', Value: 'ci' },
          { Name: 'Pool', Value: 'linux' },
        ],
        StartTime: new Date((at - 60) * 1000),
        EndTime: new Date((at + 60) * 1000),
        Period: 60,
        Statistics: ['Maximum'],
      }),
    );
    expect(read.Datapoints?.map(({ Maximum }) => Maximum)).toEqual([3]);
    delete process.env.AWS_ENDPOINT_URL;
    delete process.env.AWS_DISABLE_REQUEST_COMPRESSION;
    await moto.stop();
  });
});
