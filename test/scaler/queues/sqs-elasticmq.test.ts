import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingParts } from '../../harness/missing-part.ts';
import { type ElasticMq, elasticMqTool, startElasticMq } from '../../harness/servers/elasticmq.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { openQueues } from './open-queues.ts';

describe.skipIf(await missingParts([toolPart(elasticMqTool)]))('SQS on ElasticMQ', () => {
  let server: ElasticMq;
  beforeAll(async () => {
    server = await startElasticMq();
    process.env.AWS_ENDPOINT_URL_SQS = server.url;
  }, 240_000);
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL_SQS;
    await server.stop();
  });

  const makeQueue = async (QueueName: string, Attributes: Record<string, string> = {}) => {
    const sqs = new SQSClient({});
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    const send = (count: number, change: object = {}) =>
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: Array.from({ length: count }, (_, index) => ({
            Id: `m${index}`,
            MessageBody: `task ${index}`,
            ...change,
          })),
        }),
      );
    const url = `https://sqs.eu-west-1.amazonaws.com/${server.accountId}/${QueueName}`;
    const read = () =>
      // Without an endpoint for CloudWatch, ages are not known, and counts are.
      openQueues().readOne({ kind: 'sqs', url, region: 'eu-west-1' });
    return { sqs, QueueUrl, send, read };
  };

  it('counts visible and in flight, and what is delayed once it may be taken', async () => {
    process.env.AWS_ENDPOINT_URL_CLOUDWATCH = 'http://127.0.0.1:9';
    const { sqs, QueueUrl, send, read } = await makeQueue('tasks');
    await send(5);
    await send(2, { DelaySeconds: 1 });
    expect(await read()).toMatchObject({ status: 'known', pending: 5, claimed: 0 });
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3, VisibilityTimeout: 600 }),
    );
    const taken = Messages.length;
    expect(taken).toBeGreaterThan(0);
    await expect
      .poll(read, { timeout: 10_000 })
      .toMatchObject({ pending: 7 - taken, claimed: taken });
    const [{ ReceiptHandle } = {}] = Messages;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(await read()).toMatchObject({ pending: 7 - taken, claimed: taken - 1 });
    delete process.env.AWS_ENDPOINT_URL_CLOUDWATCH;
  });

  it('counts the messages of a FIFO queue', async () => {
    const { send, read } = await makeQueue('tasks.fifo', {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
    });
    await send(3, { MessageGroupId: 'one' });
    expect(await read()).toMatchObject({ status: 'known', pending: 3, claimed: 0 });
  });
});
