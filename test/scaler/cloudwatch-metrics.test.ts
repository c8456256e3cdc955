import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CloudWatchMetrics, inBatches } from '../../scaler/telemetry/cloudwatch-metrics.ts';
import { aMemory } from '../decide/situations.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart, startMoto } from '../harness/moto.ts';
import { startHttpFake } from './http-fake.ts';
import { aDecision, aFullPool, ManualClock, never, region } from './samples.ts';
import { anObservation, at } from './telemetry-samples.ts';

const pool = aFullPool();

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
      metrics.decision(pool, anObservation(), aDecision(), aMemory());
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

  it('ends a sending under way when the signal of the last one fires', async () => {
    const silent = await startHttpFake(() => {});
    onTestFinished(silent.close);
    process.env.AWS_ENDPOINT_URL = silent.url;
    const clock = new ManualClock();
    const failures: string[] = [];
    const metrics = open(clock, failures);
    metrics.iteration({ duration: 1 });
    clock.advance(60);
    metrics.iteration({ duration: 1 });
    await expect.poll(() => silent.received.length).toBe(1);
    const start = performance.now();
    await metrics.flush(AbortSignal.timeout(100));
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(failures).toContain('sending metrics to CloudWatch');
    delete process.env.AWS_ENDPOINT_URL;
  });

  it('tells a failure to send, and never throws it', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    const failures: string[] = [];
    const metrics = open(new ManualClock(), failures);
    metrics.decision(pool, anObservation(), aDecision(), aMemory());
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
    onTestFinished(moto.stop);
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
      metrics.decision(aFullPool({ id: `pool-${other}` }), anObservation(), aDecision(), aMemory());
    }
    metrics.decision(pool, anObservation(), aDecision(), aMemory());
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
  });
});
