/** Each server that the tests can start answers a call that needs the whole of it, and is gone after stop. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingParts } from '../missing-part.ts';
import { runProcess } from '../run-process.ts';
import { type Tool, toolPart } from '../tools/tool.ts';
import { alertmanagerTool, startAlertmanager } from './alertmanager.ts';
import { buildbotTool, startBuildbot } from './buildbot.ts';
import { dynamoDbLocalTool, startDynamoDbLocal } from './dynamodb-local.ts';
import { elasticMqTool, startElasticMq } from './elasticmq.ts';
import { natsTool, startNats } from './nats.ts';
import { postgreSqlTool, startPostgreSql } from './postgresql.ts';
import { prometheusTool, startPrometheus } from './prometheus.ts';
import { rabbitMqTool, startRabbitMq } from './rabbitmq.ts';
import { redisTool, startRedis } from './redis.ts';

const limitSeconds = 90;

async function serverTest<Server extends { url: string; stop(): Promise<void> }>(
  tool: Tool,
  start: () => Promise<Server>,
  call: (server: Server) => Promise<void>,
): Promise<void> {
  describe.skipIf(await missingParts([toolPart(tool)]))(tool.name, () => {
    it('serves, and is gone after stop', { timeout: limitSeconds * 1000 }, async () => {
      const server = await start();
      onTestFinished(() => server.stop());
      await call(server);
      await server.stop();
      await expect(converse(server.url, '')).rejects.toThrow('ECONNREFUSED');
    });
  });
}

/** Sends text to the URL's host and port and gives what comes back within a quarter of a second. */
async function converse(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => {
      answer += part;
    });
    socket.once('error', reject);
    setTimeout(() => {
      socket.destroy();
      resolve(answer);
    }, 250);
  });
}

async function json<T>(url: string, options?: RequestInit): Promise<T> {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

await serverTest(redisTool, startRedis, async ({ url }) => {
  expect(await converse(url, 'RPUSH tasks a b\r\nLLEN tasks\r\n')).toBe(':2\r\n:2\r\n');
});

await serverTest(elasticMqTool, startElasticMq, async ({ url, region }) => {
  const client = new SQSClient({ endpoint: url, region });
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'tasks' }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
  const names = ['ApproximateNumberOfMessages', 'QueueArn'] as const;
  const wanted = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] });
  expect((await client.send(wanted)).Attributes).toEqual({
    ApproximateNumberOfMessages: '1',
    QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:tasks',
  });
});

await serverTest(dynamoDbLocalTool, startDynamoDbLocal, async ({ url }) => {
  const client = new DynamoDBClient({ endpoint: url });
  await client.send(
    new CreateTableCommand({
      TableName: 'muster',
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'muster' }));
  expect(Table?.TableStatus).toBe('ACTIVE');
});

await serverTest(natsTool, startNats, async ({ url, monitoringUrl }) => {
  const create = '{"name":"tasks","subjects":["tasks"],"storage":"memory"}';
  const request = `$JS.API.STREAM.CREATE.tasks answer ${create.length}\r\n${create}`;
  await converse(url, `CONNECT {}\r\nSUB answer 1\r\nPUB ${request}\r\n`);
  await converse(url, 'CONNECT {}\r\nPUB tasks 3\r\none\r\n');
  expect(await json(`${monitoringUrl}/jsz`)).toMatchObject({ streams: 1, messages: 1 });
});

await serverTest(
  buildbotTool,
  () => startBuildbot({ buildSeconds: 0 }),
  async ({ url, startWorker }) => {
    const force = { id: 1, jsonrpc: '2.0', method: 'force', params: { builderNames: ['build'] } };
    for (let request = 0; request < 2; request++) {
      await json(`${url}/api/v2/forceschedulers/force`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(force),
      });
    }
    const queue = `${url}/api/v2/buildrequests?complete=false`;
    const length = async () => (await json<{ buildrequests: [] }>(queue)).buildrequests.length;
    expect(await length()).toBe(2);
    const worker = await startWorker('worker-1');
    onTestFinished(() => worker.stop());
    while ((await length()) > 0) await sleep(100);
    await worker.stop();
  },
);

await serverTest(postgreSqlTool, startPostgreSql, async ({ url }) => {
  const statements = 'create table job (id int); insert into job values (7); select * from job';
  const parameters = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', url];
  const options = { limitSeconds: 20 };
  const { stdout } = await runProcess('psql', [...parameters, '-c', statements], options);
  expect(stdout).toBe('7\n');
});

await serverTest(rabbitMqTool, startRabbitMq, async ({ managementUrl }) => {
  const headers = {
    authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`,
    'content-type': 'application/json',
  };
  const queue = `${managementUrl}/api/queues/%2f/tasks`;
  const made = await fetch(queue, { method: 'PUT', headers, body: '{"durable":true}' });
  expect(made.status).toBe(201);
  const message = {
    properties: {},
    routing_key: 'tasks',
    payload: 'one',
    payload_encoding: 'string',
  };
  const publish = `${managementUrl}/api/exchanges/%2f/amq.default/publish`;
  const body = JSON.stringify(message);
  expect(await json(publish, { method: 'POST', headers, body })).toEqual({ routed: true });
  const get = JSON.stringify({ count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' });
  expect(await json(`${queue}/get`, { method: 'POST', headers, body: get })).toMatchObject([
    { payload: 'one' },
  ]);
});

await serverTest(
  prometheusTool,
  () => startPrometheus('global: { scrape_interval: 1s }\n'),
  async ({ url }) => {
    const { data } = await json<{ data: { result: [number, string] } }>(
      `${url}/api/v1/query?query=6*7`,
    );
    expect(data.result[1]).toBe('42');
  },
);

await serverTest(
  alertmanagerTool,
  () => startAlertmanager('route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n'),
  async ({ url }) => {
    await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ labels: { alertname: 'TaskWaits' } }]),
    });
    expect(await json(`${url}/api/v2/alerts`)).toMatchObject([
      { labels: { alertname: 'TaskWaits' } },
    ]);
  },
);
