/** What the shared store does when its service fails, and how the service deletes what has expired. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DynamoStore } from '../../../scaler/store/dynamo-store.ts';
import type { Store } from '../../../scaler/store/store.ts';
import { systemClock } from '../../../scaler/system-clock.ts';
import { missingParts } from '../../harness/missing-part.ts';
import {
  type DynamoDbLocal,
  dynamoDbLocalTool,
  startDynamoDbLocal,
} from '../../harness/servers/dynamodb-local.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { dynamoWorld, never, region } from './store-world.ts';

/** Passes requests on, but loses the answers to the first of an operation. */
async function lossyWire(upstream: string, operation: string) {
  let lost = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', async () => {
      const { host: _, connection: __, ...headers } = request.headers;
      const answer = await fetch(upstream, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: Buffer.concat(parts),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      if (String(request.headers['x-amz-target']).endsWith(`.${operation}`) && lost === 0) {
        lost += 1;
        response.socket?.destroy();
        return;
      }
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/x-amz-json-1.0',
      });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, lost: () => lost };
}

describe.skipIf(await missingParts([toolPart(dynamoDbLocalTool)]))('DynamoDB Local', () => {
  let server: DynamoDbLocal;
  let world: Awaited<ReturnType<typeof dynamoWorld>>;
  beforeAll(async () => {
    server = await startDynamoDbLocal();
    world = await dynamoWorld(server.url);
  }, 90_000);
  afterAll(async () => {
    await world?.end();
    await server?.stop();
  });

  const storeAt = (endpoint: string, table = world.table): Store => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = endpoint;
    const credentials = { kind: 'default' } as const;
    const store = new DynamoStore({ table, credentials, region, clock: systemClock });
    onTestFinished(() => store.close());
    return store;
  };

  it('knows its own write again whose answer was lost', async () => {
    const key = { partition: 'lost', sort: 'single' };
    const wire = await lossyWire(server.url, 'PutItem');
    const store = storeAt(wire.endpoint);
    const [version] = await store.write([{ do: 'put', key, value: 1, when: 'absent' }], never);
    expect(wire.lost()).toBe(1);
    expect(await store.get(key, never)).toMatchObject({ value: 1, version });
    const again = store.write([{ do: 'put', key, value: 2, when: 'absent' }], never);
    await expect(again).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('knows its own transaction again whose answer was lost', async () => {
    const wire = await lossyWire(server.url, 'TransactWriteItems');
    const store = storeAt(wire.endpoint);
    const keys = ['one', 'two'].map((sort) => ({ partition: 'lost', sort }));
    const puts = keys.map((key) => ({ do: 'put', key, value: 1, when: 'absent' }) as const);
    const versions = await store.write(puts, never);
    expect(wire.lost()).toBe(1);
    for (const [index, key] of keys.entries()) {
      expect(await store.get(key, never)).toMatchObject({ value: 1, version: versions[index] });
    }
    await expect(store.write(puts, never)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('says of a table that is not there how it comes to be', async () => {
    const store = storeAt(server.url, 'no_such_table');
    await expect(store.get({ partition: 'p', sort: 's' }, never)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/no_such_table.*apply the stack/s),
    });
  });

  it('is unavailable where nobody answers, or not in time', { timeout: 60_000 }, async () => {
    const closed = storeAt('http://127.0.0.1:9');
    const key = { partition: 'p', sort: 's' };
    await expect(closed.get(key, never)).rejects.toMatchObject({ kind: 'unavailable' });
    const put = { do: 'put', key, value: 1, when: 'any' } as const;
    await expect(closed.write([put], never)).rejects.toMatchObject({ kind: 'unavailable' });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const waiting = storeAt(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const startedAt = performance.now();
    await expect(waiting.get(key, never)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  });

  it('deletes what has expired, by the attribute of the time to live', {
    timeout: 60_000,
  }, async () => {
    const store = storeAt(server.url);
    const key = { partition: 'ttl', sort: 'short' };
    const kept = { partition: 'ttl', sort: 'kept' };
    const expiresAt = systemClock.now() + 1;
    await store.write(
      [
        { do: 'put', key, value: 1, when: 'any', expiresAt },
        { do: 'put', key: kept, value: 1, when: 'any' },
      ],
      never,
    );
    const isThere = async () => {
      const Key = { partition: { S: key.partition }, sort: { S: key.sort } };
      const get = new GetItemCommand({ TableName: world.table, Key, ConsistentRead: true });
      return (await world.client.send(get)).Item !== undefined;
    };
    const limit = performance.now() + 40_000;
    while ((await isThere()) && performance.now() < limit) await sleep(250);
    expect(await isThere()).toBe(false);
    expect(await store.get(kept, never)).not.toBeNull();
  });
});
