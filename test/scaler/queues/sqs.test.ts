import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { QueueReading } from '../../../scaler/decide/observation.ts';
import { Queues } from '../../../scaler/queues/queues.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../../harness/moto.ts';
import { startHttpFake } from '../http-fake.ts';
import { aFleet, aFullPool, aListQueue, ManualClock, never, region } from '../samples.ts';

const sqsPool = (id: string, url: string) => aFullPool({ id, queue: { kind: 'sqs', url, region } });

/** Node has it only where a flag says so. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function openQueues(clock = new ManualClock(Date.now() / 1000)) {
  const failures: string[] = [];
  const queues = new Queues({
    fleet: aFleet(),
    clock,
    onFailure: (doing) => failures.push(doing),
  });
  const readOne = async (url: string): Promise<QueueReading | undefined> =>
    (await queues.read([sqsPool('linux', url)], never)).get('linux');
  return { queues, readOne, failures, clock };
}

describe.skipIf(await missingParts([motoPart]))('SQS queues on moto', () => {
  let moto: Moto;
  let sqs: SQSClient;
  let url: string;

  beforeAll(async () => {
    moto = await startMoto();
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
  }, 90_000);
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    await moto.stop();
  });
  beforeEach(async () => {
    await moto.reset();
    sqs = new SQSClient({ endpoint: moto.endpoint });
    url = (await sqs.send(new CreateQueueCommand({ QueueName: 'tasks' }))).QueueUrl ?? '';
  });

  const send = (DelaySeconds = 0) =>
    sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'task', DelaySeconds }));

  it('counts pending and claimed, not delayed, and receives nothing', async () => {
    const { readOne, failures } = openQueues();
    for (let sent = 0; sent < 3; sent += 1) await send();
    await send(600);
    expect(await readOne(url)).toMatchObject({ status: 'known', pending: 3, claimed: 0 });
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    // Had the reading received it, this would be the second time.
    expect(Messages?.[0]?.Attributes?.ApproximateReceiveCount).toBe('1');
    expect(await readOne(url)).toMatchObject({ pending: 2, claimed: 1 });
    expect(failures).toEqual([]);
  });

  it('counts a delayed message once its delay is over', async () => {
    const { readOne } = openQueues();
    await send(1);
    expect(await readOne(url)).toMatchObject({ status: 'known', pending: 0, claimed: 0 });
    await expect
      .poll(() => readOne(url), { timeout: 10_000 })
      .toMatchObject({ pending: 1, claimed: 0 });
  });

  it('reads through the region, whatever host the URL names', async () => {
    await send();
    const { readOne } = openQueues();
    const declared = 'https://sqs.eu-west-1.amazonaws.com/123456789012/tasks';
    expect(await readOne(declared)).toMatchObject({ status: 'known', pending: 1 });
  });

  it('lets a zero count only after it has held for a minute', async () => {
    const { readOne, clock } = openQueues();
    await send();
    await readOne(url);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    expect(await readOne(url)).toMatchObject({ pending: 1 });
    clock.advance(59);
    expect(await readOne(url)).toMatchObject({ pending: 1 });
    clock.advance(1);
    expect(await readOne(url)).toMatchObject({ pending: 0, oldestPendingAge: null });
  });

  it("bounds the age by CloudWatch's word, which is asked once a minute", async () => {
    await send();
    const minute = Math.floor(Date.now() / 60_000) * 60;
    const clock = new ManualClock(minute + 30);
    const { readOne, failures } = openQueues(clock);
    expect(await readOne(url)).toMatchObject({ pending: 1, oldestPendingAge: null });
    await new CloudWatchClient({ endpoint: moto.endpoint }).send(
      new PutMetricDataCommand({
        Namespace: 'AWS/SQS',
        MetricData: [
          {
            MetricName: 'ApproximateAgeOfOldestMessage',
            Dimensions: [{ Name: 'QueueName', Value: 'tasks' }],
            Timestamp: new Date((minute - 60) * 1000),
            Value: 45,
          },
        ],
      }),
    );
    clock.advance(59);
    expect(await readOne(url)).toMatchObject({ oldestPendingAge: null });
    clock.advance(1);
    // 45 s old in the minute that began 150 s ago.
    expect(await readOne(url)).toMatchObject({ oldestPendingAge: 195 });
    clock.advance(10);
    expect(await readOne(url)).toMatchObject({ oldestPendingAge: 205 });
    expect(failures).toEqual([]);
  });

  it('tells a queue that does not exist as unknown, and reads the others', async () => {
    const { queues } = openQueues();
    const readings = await queues.read(
      [sqsPool('a', url), sqsPool('b', `${url}-none`), sqsPool('c', url)],
      never,
    );
    expect(readings.get('a')).toMatchObject({ status: 'known', pending: 0 });
    expect(readings.get('c')).toEqual(readings.get('a'));
    expect(readings.get('b')).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('tasks-none'),
    });
  });
});

describe('Queues', () => {
  it('lets no slow source delay another past its limit', { timeout: 20_000 }, async () => {
    const silent = await startHttpFake(() => {});
    const quick = await startHttpFake((_request, response) => response.end('[]'));
    const { queues } = openQueues();
    const pools = [
      aFullPool({ id: 'slow', queue: aListQueue(silent.port) }),
      aFullPool({ id: 'quick', queue: aListQueue(quick.port) }),
    ];
    const start = performance.now();
    const reading = queues.read(pools, never);
    // A limit that nothing but a signal holds would be collected, and never pass.
    collectGarbage();
    const readings = await reading;
    expect(performance.now() - start).toBeLessThan(11_500);
    expect(readings.get('slow')).toMatchObject({ status: 'unknown' });
    expect(readings.get('quick')).toMatchObject({ status: 'known', pending: 0, claimed: null });
    const early = await queues.read(pools, AbortSignal.timeout(100));
    expect(early.get('slow')).toMatchObject({ status: 'unknown' });
    await Promise.all([silent.close(), quick.close()]);
  });

  it.each([
    ['a count is left out', { Attributes: { ApproximateNumberOfMessages: '0' } }],
    ['no attributes', {}],
    [
      'a count is no number',
      {
        Attributes: {
          ApproximateNumberOfMessages: 'many',
          ApproximateNumberOfMessagesNotVisible: '0',
        },
      },
    ],
  ])('does not take an answer for zero when %s', async (_case, answer) => {
    const sqs = await startHttpFake((_request, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify(answer));
    });
    process.env.AWS_ENDPOINT_URL = sqs.url;
    const { readOne } = openQueues();
    expect(await readOne(`${sqs.url}/1/tasks`)).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('expected a count'),
    });
    delete process.env.AWS_ENDPOINT_URL;
    await sqs.close();
  });
});
