/** The loop and its adapters on the simulated cloud, over the wire, with its events in a queue of moto. */
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventDelivery } from '../../cloud/event-delivery.ts';
import { Upstream } from '../../cloud/upstream.ts';
import { eventQueueName } from '../../pool/names.ts';
import { AutoScalingCloud } from '../../scaler/aws/auto-scaling-cloud.ts';
import { EventQueues } from '../../scaler/aws/event-queues.ts';
import type { Decision } from '../../scaler/decide/decision.ts';
import type { Offering } from '../../scaler/decide/observation.ts';
import { runLoop } from '../../scaler/loop.ts';
import type { Clock, World } from '../../scaler/ports.ts';
import { systemClock } from '../../scaler/system-clock.ts';
import { MemoryState } from '../../sim/memory-state.ts';
import { aChoice, anOffering, known } from '../decide/situations.ts';
import { until } from '../end-to-end/until.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { aFleet, aFullPool } from '../scaler/samples.ts';
import { type CloudSession, openSession } from './cloud-session.ts';
import { describeGroup, makeSpotGroup, region } from './fleet-on-cloud.ts';
import { start } from './running-cloud.ts';

const weights = { 'c6i.large': 1, 'm6i.large': 1 };
const types = Object.keys(weights);
const zones = ['eu-west-1a', 'eu-west-1b'];
/** So far apart that no look but the first explains anything. */
const interval = 600;
const limitSeconds = 20;

const pool = aFullPool({
  heartbeats: false,
  capacity: { min: 1, max: 10 },
  instances: types.map((type) => aChoice({ type })),
});
const fleet = {
  ...aFleet([pool]),
  interval,
  infrastructure: { ...aFleet().infrastructure, events: true },
};
const offerings: readonly Offering[] = types.flatMap((instanceType, index) =>
  zones.map((zone) => anOffering({ instanceType, zone, price: 0.1 + index / 100 })),
);

describe.skipIf(await missingParts([motoPart]))('events of the cloud, over the wire', () => {
  let moto: Moto;
  let session: CloudSession;
  let sqs: SQSClient;
  let queueUrl: string;
  let delivery: EventDelivery;
  let group: string;
  const stop = new AbortController();
  const decisions: { readonly decision: Decision; readonly realAt: number }[] = [];
  const failures: string[] = [];
  let loop: Promise<boolean>;

  beforeAll(async () => {
    moto = await startMoto();
    session = await openSession({
      upstream: moto.endpoint,
      onEvent: (event) => delivery.send(event),
    });
    process.env.AWS_ENDPOINT_URL = session.running.endpoint;
    sqs = new SQSClient({ region, endpoint: session.running.endpoint });
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName: eventQueueName('ci') }),
    );
    queueUrl = QueueUrl!;
    delivery = new EventDelivery(new Upstream(new URL(moto.endpoint)), new URL(queueUrl), (why) =>
      failures.push(why),
    );
    group = await makeSpotGroup(session.clients, session.templateId, { MinSize: 1 }, weights);
    await session.running.cloud.step(120);
    loop = runLoop(fleet, world(), stop.signal);
    await until('a first decision', limitSeconds, () => decisions.length === 1);
  }, 90_000);
  afterAll(async () => {
    stop.abort();
    await loop;
    delete process.env.AWS_ENDPOINT_URL;
    sqs?.destroy();
    await session?.stop();
    await moto?.stop();
  });

  /** Stepped time for the cloud and real time for the loop, which is to wake by itself. */
  function world(): World {
    const onFailure = (_: string, doing: string, error: unknown) =>
      failures.push(`${doing}: ${(error as Error).message}`);
    const realStart = systemClock.now();
    const clock: Clock = {
      now: () => start + 120 + systemClock.now() - realStart,
      sleep: systemClock.sleep,
    };
    const [declared] = fleet.regions;
    return {
      clock,
      queues: {
        read: async () => new Map([[pool.id, { ...known(0), readAt: clock.now() }]]),
      },
      clouds: [
        new AutoScalingCloud(fleet, declared!, clock, (doing, error) =>
          onFailure(region, doing, error),
        ),
      ],
      events: new EventQueues(fleet, systemClock, onFailure),
      prices: { offerings: async () => offerings },
      workers: {
        heartbeats: () => new Map(),
        takeFinishedTasks: () => new Map(),
        setDraining: () => {},
      },
      notifier: { notify: async () => {} },
      state: new MemoryState(),
      recorder: {
        decision: (_, __, decision) => decisions.push({ decision, realAt: performance.now() }),
        failure: (_, doing, error) => onFailure(region, doing, error),
        iteration: () => {},
        flush: async () => {},
      },
    };
  }

  const kinds = () => decisions.at(-1)!.decision.reasons.map(({ kind }) => kind);
  const isEmpty = async () => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
    );
    return names.every((name) => Attributes?.[name] === '0');
  };

  it('a notice is acted on within seconds: its worker counts no more and another one is asked for', async () => {
    const [instanceId = ''] = await session.instanceIds(group);
    const toldAt = performance.now();
    await session.running.cloud.act({ action: 'interrupt', instanceIds: [instanceId] });
    await until('a second decision', limitSeconds, () => decisions.length === 2);
    const { decision, realAt } = decisions[1]!;
    expect(decision.capacity).toMatchObject({ draining: 1, busy: 0, idle: 0 });
    expect(decision.reasons).toContainEqual(
      expect.objectContaining({ kind: 'interrupted', instanceId }),
    );
    // It gathers for half a second; the rest is on its way.
    expect(realAt - toldAt).toBeLessThan(3_000);
    await until(
      'two slots are asked for',
      limitSeconds,
      async () => (await describeGroup(session.clients, group)).DesiredCapacity === 2,
    );
    await until('the events are deleted', limitSeconds, isEmpty);
    expect(failures).toEqual([]);
  });

  it('a launch that failed wakes the loop, which leaves what failed alone', async () => {
    for (const zone of zones) {
      for (const instanceType of types) {
        const offering = { zone, instanceType, market: 'spot', available: false } as const;
        await session.running.cloud.act({ action: 'capacity', ...offering });
      }
    }
    const before = decisions.length;
    await session.running.cloud.step(10);
    await until('another decision', limitSeconds, () => decisions.length > before);
    expect(kinds()).toContain('offering-rejected');
    await until('the events are deleted', limitSeconds, isEmpty);
    expect(failures).toEqual([]);
  });
});
