import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EventQueues } from '../../scaler/aws/event-queues.ts';
import type { FleetEvent } from '../../scaler/ports.ts';
import { systemClock } from '../../scaler/system-clock.ts';
import { until } from '../end-to-end/until.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { aFleet, region } from './samples.ts';

const limitSeconds = 15;
const attempts = 3;
/** Short, so that a message that is not settled comes again soon. */
const visibilitySeconds = 1;

const message = (number: number, state = 'shutting-down') =>
  JSON.stringify({
    ...{
      version: '0',
      id: `event-${number}`,
      'detail-type': 'EC2 Instance State-change Notification',
    },
    ...{ source: 'aws.ec2', time: '2026-01-01T00:00:00Z', region, resources: [] },
    detail: { 'instance-id': `i-${number}`, state },
  });

describe.skipIf(await missingParts([motoPart]))('the queue of events on moto', () => {
  let moto: Moto;
  let sqs: SQSClient;

  beforeAll(async () => {
    moto = await startMoto();
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
    sqs = new SQSClient({ endpoint: moto.endpoint });
  }, 90_000);
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    sqs?.destroy();
    await moto?.stop();
  });
  beforeEach(() => moto.reset());

  async function makeQueue(name: string, change: Record<string, string> = {}): Promise<string> {
    const Attributes = { VisibilityTimeout: String(visibilitySeconds), ...change };
    return (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl!;
  }

  /** As `stacks/event-queue.ts` makes them, but for the times. */
  async function makeQueues() {
    const dead = await makeQueue('ci_events-dead');
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    );
    const redrive = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: attempts };
    return { dead, live: await makeQueue('ci_events', { RedrivePolicy: JSON.stringify(redrive) }) };
  }

  const send = (QueueUrl: string, MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

  /** Messages that wait, and that are handed out. */
  async function messagesIn(QueueUrl: string): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes?.[name]), 0);
  }

  async function listening<T>(
    test: (port: {
      readonly queues: EventQueues;
      readonly heard: FleetEvent[];
      readonly failures: string[];
      readonly signal: AbortSignal;
    }) => Promise<T>,
  ): Promise<T> {
    const heard: FleetEvent[] = [];
    const failures: string[] = [];
    const queues = new EventQueues(aFleet(), systemClock, (where, doing, error) => {
      failures.push(`${where}: ${doing}: ${(error as Error).message}`);
    });
    const stop = new AbortController();
    const { signal } = stop;
    const ended = queues.listen((events) => heard.push(...events), signal);
    try {
      return await test({ queues, heard, failures, signal });
    } finally {
      stop.abort();
      // A poll under way ends with the signal, not after its 20 s.
      await ended;
    }
  }

  const hearing = (heard: readonly FleetEvent[], count: number) =>
    until(
      `${count} events are heard`,
      limitSeconds,
      async () => heard.length >= count,
      () => '',
    );

  it('hands over what comes within a second, and deletes it once it is settled', async () => {
    const { live } = await makeQueues();
    await listening(async ({ queues, heard, failures, signal }) => {
      await send(live, message(1));
      await hearing(heard, 1);
      expect(heard).toEqual([
        {
          ...{ id: 'event-1', region, at: Date.UTC(2026, 0, 1) / 1000 },
          ...{ kind: 'ending', instanceId: 'i-1' },
        },
      ]);
      const sentAt = performance.now();
      await send(live, message(2));
      await hearing(heard, 2);
      expect(performance.now() - sentAt).toBeLessThan(1_000);
      expect(await messagesIn(live)).toBe(2);
      await queues.settle(heard, signal);
      expect(await messagesIn(live)).toBe(0);
      expect(failures).toEqual([]);
    });
  });

  it('takes many at once, and tells none of them again that comes again', async () => {
    const { live } = await makeQueues();
    for (let number = 0; number < 25; number++) await send(live, message(number));
    await listening(async ({ queues, heard, signal }) => {
      await hearing(heard, 25);
      await systemClock.sleep(visibilitySeconds + 0.5, signal);
      expect(new Set(heard.map(({ id }) => id)).size).toBe(25);
      expect(heard).toHaveLength(25);
      // By the receipts of the second time, which alone are good now.
      await queues.settle(heard, signal);
      expect(await messagesIn(live)).toBe(0);
    });
  });

  it('hands over again, to another process, what was not settled', async () => {
    const { live, dead } = await makeQueues();
    await send(live, message(1));
    await listening(({ heard }) => hearing(heard, 1));
    await listening(({ heard }) => hearing(heard, 1));
    expect((await messagesIn(live)) + (await messagesIn(dead))).toBe(1);
  });

  it('deletes what no decision is made on', async () => {
    const { live } = await makeQueues();
    await send(live, message(1, 'running'));
    await send(live, message(2));
    await listening(async ({ heard }) => {
      await hearing(heard, 1);
      expect(heard.map(({ id }) => id)).toEqual(['event-2']);
      await until(
        'one is left',
        limitSeconds,
        async () => (await messagesIn(live)) === 1,
        () => '',
      );
    });
  });

  it('leaves what it cannot read to the dead, and tells of it once', async () => {
    const { live, dead } = await makeQueues();
    await send(live, 'no event');
    await send(live, '{"id":"x"}');
    await listening(async ({ heard, failures }) => {
      await until(
        'both are dead',
        limitSeconds,
        async () => (await messagesIn(dead)) === 2,
        () => '',
      );
      expect(await messagesIn(live)).toBe(0);
      expect(heard).toEqual([]);
      expect(failures).toEqual([
        expect.stringMatching(/is no event of EventBridge.*ci_events-dead/),
      ]);
    });
  });

  it('tells once that there is no queue, and reads it when it is there', async () => {
    await listening(async ({ heard, failures }) => {
      await until(
        'it was told',
        limitSeconds,
        async () => failures.length > 0,
        () => '',
      );
      expect(failures[0]).toMatch(/eu-west-1: reading events of eu-west-1: .*ci_events/);
      const { live } = await makeQueues();
      await send(live, message(1));
      await hearing(heard, 1);
      expect(failures).toHaveLength(1);
    });
  });
});
