import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RabbitMqDeclaration } from '../../../pool/queues/rabbitmq.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { pythonQueuesTool } from '../../harness/servers/queue-clients.ts';
import { type RabbitMq, rabbitMqTool, startRabbitMq } from '../../harness/servers/rabbitmq.ts';
import { environmentWithoutAws, startServer } from '../../harness/start-server.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { openQueues } from './open-queues.ts';

/** Takes two messages and holds them. */
const holdTwo = `
import sys, time
from amqp import Connection
connection = Connection(host='127.0.0.1:' + sys.argv[1], virtual_host='ci')
connection.connect()
channel = connection.channel()
for _ in range(2): channel.basic_get('tasks')
time.sleep(600)
`;
/** Counts are a second old here, and gathered while other tests run. */
const wait = { timeout: 30_000, interval: 250 };

describe.skipIf(await missingParts([toolPart(rabbitMqTool), toolPart(pythonQueuesTool)]))(
  'rabbitmq, against a real broker',
  () => {
    let broker: RabbitMq;
    const call = async (method: string, path: string, body: object = {}) => {
      const response = await fetch(`${broker.managementUrl}/api/${path}`, {
        method,
        headers: {
          authorization: `Basic ${btoa('guest:guest')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
      expect(response.status, path).toBeLessThan(300);
    };
    const publish = (host: string, queue: string, properties = {}) =>
      call('POST', `exchanges/${host}/amq.default/publish`, {
        ...{ properties, routing_key: queue, payload: 'task', payload_encoding: 'string' },
      });
    beforeAll(async () => {
      broker = await startRabbitMq();
      await call('PUT', 'vhosts/ci');
      await call('PUT', 'permissions/ci/guest', { configure: '.*', write: '.*', read: '.*' });
      await call('PUT', 'queues/ci/tasks', { durable: true });
      await call('PUT', 'queues/%2F/tasks', { durable: true });
    }, 240_000);
    afterAll(() => broker.stop());

    const environment = { PASSWORD: 'guest' };
    const declare = (virtualHost: string, queue = 'tasks'): RabbitMqDeclaration => ({
      kind: 'rabbitmq',
      endpoint: {
        url: broker.managementUrl,
        headers: {},
        auth: {
          kind: 'basic',
          user: 'guest',
          secret: { kind: 'secret', from: 'environment', name: 'PASSWORD', field: null },
        },
      },
      virtualHost,
      queue,
    });

    it('tells waiting and held messages of each queue by one request', {
      timeout: 120_000,
    }, async () => {
      const requests: string[] = [];
      const onExchange = ({ url }: { url: string }) => requests.push(url);
      const { readAll, queues } = openQueues({ environment, onExchange });
      const read = () => readAll([declare('ci'), declare('/'), declare('ci', 'absent')]);
      const sentAt = Math.floor(Date.now() / 1000) - 100;
      for (let task = 0; task < 5; task += 1) await publish('ci', 'tasks', { timestamp: sentAt });
      await publish('%2F', 'tasks');
      const absent = {
        status: 'unknown',
        error: expect.stringContaining('no queue absent of virtual host ci'),
      };
      await vi.waitFor(
        async () =>
          expect(await read()).toMatchObject([
            { status: 'known', pending: 5, claimed: 0 },
            { status: 'known', pending: 1, claimed: 0, oldestPendingAge: null },
            absent,
          ]),
        wait,
      );
      const before = requests.length;
      const fresh = openQueues({ environment, onExchange });
      const [first] = await fresh.readAll([declare('ci')]);
      expect(first).toHaveProperty('oldestPendingAge', expect.closeTo(100, -1.5));
      await read();
      expect(requests.slice(before).map((url) => new URL(url).pathname)).toEqual([
        '/api/queues/ci',
        '/api/queues',
      ]);

      const holder = await startServer({
        name: 'a consumer',
        command: pythonQueuesTool.python,
        parameters: ['-c', holdTwo, String(broker.port)],
        environment: environmentWithoutAws(),
        ready: async () => true,
      });
      const held = [{ pending: 3, claimed: 2 }, { pending: 1, claimed: 0 }, absent];
      await vi.waitFor(async () => expect(await read()).toMatchObject(held), wait);
      await holder.stop();
      await Promise.all([queues.close(), fresh.queues.close()]);
    });

    it('is unknown where the password is wrong', async () => {
      const { readOne, queues } = openQueues({ environment: { PASSWORD: 'wrong' } });
      expect(await readOne(declare('ci'))).toMatchObject({
        status: 'unknown',
        error: expect.stringContaining('got 401'),
      });
      await queues.close();
    });
  },
);
