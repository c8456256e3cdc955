import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyByCloudWatch, verifyByUrl } from '../../account/verify-scaler.ts';
import { parseFleet } from '../../pool/load.ts';
import { ownLogGroupName } from '../../pool/names.ts';
import type { Fleet } from '../../pool/pool.ts';
import { Heartbeats } from '../../scaler/api/heartbeats.ts';
import { startServer } from '../../scaler/api/server.ts';
import { DecisionLog } from '../../scaler/telemetry/decision-log.ts';
import { Metrics } from '../../scaler/telemetry/metrics.ts';
import { createWorld, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { smallest } from '../stacks/declarations.ts';
import { runMuster, useEndpoint } from './on-cloud.ts';

const fleet = parseFleet(smallest, 'muster.yaml');

describe('muster verify by URL', () => {
  /** The scaler's own server and metrics, whose iterations the test ends. */
  async function openScaler() {
    let now = 1_000;
    const clock = { now: () => now, sleep: async () => {} };
    const metrics = new Metrics(clock);
    const server = await startServer({
      address: { host: '127.0.0.1', port: 0 },
      heartbeats: new Heartbeats(clock),
      metrics: metrics.registry,
      token: null,
      health: () => ({ healthy: true, age: 0 }),
    });
    return {
      url: new URL(server.url),
      endIteration() {
        now += 10;
        metrics.iteration({ startedAt: now - 1, duration: 1 });
      },
      fail: () => metrics.failure({ region: 'eu-west-1' }, 'observe cloud', new Error('refused')),
      close: () => server.close(),
    };
  }

  /** How many iterations it took, where some of them fail; null: it never was content. */
  async function iterationsUntilVerified(failing: readonly number[]) {
    const scaler = await openScaler();
    const stop = new AbortController();
    const errors: string[] = [];
    const options = { interval: 0.02, onError: (text: string) => errors.push(text) };
    let verified = false;
    const waiting = verifyByUrl(scaler.url, options, stop.signal).then(
      () => {
        verified = true;
      },
      () => {},
    );
    const pause = () => new Promise((resolve) => setTimeout(resolve, 80));
    let iterations = 0;
    await pause();
    while (!verified && iterations < 6) {
      iterations += 1;
      if (failing.includes(iterations)) scaler.fail();
      scaler.endIteration();
      await pause();
    }
    stop.abort();
    await waiting;
    await scaler.close();
    return { iterations: verified ? iterations : null, errors };
  }

  it('waits for the second end, as the first iteration may have begun before', async () => {
    expect(await iterationsUntilVerified([])).toEqual({ iterations: 2, errors: [] });
  });

  it('starts anew after a failure, and tells the first', async () => {
    expect(await iterationsUntilVerified([2])).toEqual({
      iterations: 4,
      errors: ['failed: pool="",region="eu-west-1",doing="observe cloud"; its log says why'],
    });
    expect((await iterationsUntilVerified([1, 2, 3, 4, 5, 6])).iterations).toBeNull();
  });

  it('takes no failure of before for one of now', async () => {
    const scaler = await openScaler();
    scaler.fail();
    scaler.endIteration();
    const timer = setInterval(() => scaler.endIteration(), 60);
    const onError = (text: string) => expect.fail(text);
    await verifyByUrl(scaler.url, { interval: 0.02, onError }, AbortSignal.timeout(5_000));
    clearInterval(timer);
    await scaler.close();
  });
});

describe.skipIf(await missingParts([motoPart]))('muster verify by CloudWatch', () => {
  let world: World;
  let restore: () => void;
  let client: CloudWatchClient;
  const startedAt = Math.floor(Date.now() / 60_000) * 60;

  beforeAll(async () => {
    world = await createWorld();
    restore = useEndpoint(world.moto.endpoint);
    client = new CloudWatchClient({ region: world.region });
    writeFileSync(join(world.folder, 'muster.yaml'), smallest);
  }, 90_000);
  afterAll(async () => {
    client?.destroy();
    restore?.();
    await world?.stop();
  });

  const send = (minute: number, values: Readonly<Record<string, number>>, name = 'ci') =>
    client.send(
      new PutMetricDataCommand({
        Namespace: 'Muster',
        MetricData: Object.entries(values).map(([MetricName, Value]) => ({
          MetricName,
          Value,
          Timestamp: new Date((startedAt + minute * 60 + 1) * 1000),
          Dimensions: [{ Name: 'Fleet', Value: name }],
        })),
      }),
    );
  /** The minute, counted from the start, at which it is content; null: at none of the first ten. */
  async function minuteOfContent(errors: string[]): Promise<number | null> {
    for (let minute = 0; minute < 10; minute += 1) {
      const times = [startedAt, startedAt + minute * 60 + 59];
      const now = () => (times.length > 1 ? (times.shift() as number) : (times[0] as number));
      const options = { interval: 5, onError: (text: string) => errors.push(text) };
      const content = await verifyByCloudWatch(
        fleet,
        options,
        now,
        AbortSignal.timeout(1_500),
      ).then(
        () => true,
        () => false,
      );
      if (content) return minute;
    }
    return null;
  }

  it('wants a whole minute of decisions, after the start and without a failure', async () => {
    await send(0, { Decisions: 6, Failures: 0 });
    await send(1, { Decisions: 6, Failures: 2 });
    await send(2, { Decisions: 0, Failures: 0 });
    await send(2, { Decisions: 6, Failures: 0 }, 'other');
    await send(3, { Decisions: 6, Failures: 0 });
    const errors: string[] = [];
    // A look reads a minute ahead of its clock, for metrics that are stamped by another.
    expect(await minuteOfContent(errors)).toBe(2);
    const at = new Date((startedAt + 60) * 1000).toISOString();
    expect(new Set(errors)).toEqual(
      new Set([`2 failures in the minute of ${at}; the scaler's log says which`]),
    );
  }, 30_000);

  describe('with a scaler in AWS', () => {
    const logGroupName = ownLogGroupName('logged', 'Scaler');
    const inAws: Fleet = {
      ...fleet,
      name: 'logged',
      infrastructure: {
        ...fleet.infrastructure,
        scaler: { instanceType: 't4g.small', apiFrom: [], kmsKeyArn: null, addressZone: null },
      },
    };
    const at = (startedAt + 60) * 1000;
    /** What is told of a minute with two failures, within a second. */
    const told = async (): Promise<string[]> => {
      const errors: string[] = [];
      const options = { interval: 5, onError: (text: string) => errors.push(text) };
      const times = [startedAt];
      const now = () => times.shift() ?? startedAt + 59;
      await verifyByCloudWatch(inAws, options, now, AbortSignal.timeout(1_500)).catch(() => {});
      return errors;
    };
    const counted = `2 failures in the minute of ${new Date(at).toISOString()}`;

    it('says so where its log cannot be read', async () => {
      await send(1, { Decisions: 6, Failures: 2 }, 'logged');
      expect(await told()).toEqual([
        expect.stringMatching(`^${counted}; ${logGroupName} cannot be read: .*not exist`),
      ]);
    });

    it('tells the first failure of that minute from its log, as it was written', async () => {
      const logs = new CloudWatchLogsClient({ region: world.region });
      const logStreamName = 'i-0123456789abcdef0';
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      expect(await told()).toEqual([`${counted}; ${logGroupName} has none of them`]);
      const lines: string[] = [];
      const log = new DecisionLog('logged', { write: (line: string) => void lines.push(line) });
      for (const doing of ['long ago', 'observe', 'notify']) {
        log.failure({ region: 'eu-west-1' }, doing, new Error('refused'));
      }
      const [before, first, second] = lines as [string, string, string];
      await logs.send(
        new PutLogEventsCommand({
          ...{ logGroupName, logStreamName },
          logEvents: [
            { timestamp: at - 120_000, message: before },
            { timestamp: at - 30_000, message: '{"event":"decision"}' },
            { timestamp: at - 20_000, message: first },
            { timestamp: at - 10_000, message: second },
          ],
        }),
      );
      logs.destroy();
      expect(await told()).toEqual([`${counted}; first: ${first.trim()}`]);
    });
  });

  it('exits with 1 in the end, and with 2 for what is no URL', async () => {
    const muster = (...parameters: string[]) =>
      runMuster(world.moto.endpoint, world.folder, 'verify', ...parameters);
    const late = await muster('--timeout', '1s', '--url', 'http://127.0.0.1:1');
    expect(late.exitCode).toBe(1);
    expect(late.stderr).toMatch(
      /^muster: no iteration without an error in 1s; http:\/\/127\.0\.0\.1:1 does not answer: /,
    );
    const wrong = await muster('--url', 'scaler');
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('must be a URL') });
  });
});
