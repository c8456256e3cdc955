import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingParts } from './missing-part.ts';
import { motoPart, startMoto } from './moto.ts';

describe.skipIf(await missingParts([motoPart]))('startMoto', () => {
  it('serves AWS calls, forgets on reset and is gone after stop', { timeout: 90_000 }, async () => {
    const moto = await startMoto();
    onTestFinished(() => moto.stop());
    const client = new SQSClient({ endpoint: moto.endpoint });
    const queueCount = async () =>
      (await client.send(new ListQueuesCommand({}))).QueueUrls?.length ?? 0;
    await client.send(new CreateQueueCommand({ QueueName: 'tasks' }));
    expect(await queueCount()).toBe(1);
    await moto.reset();
    expect(await queueCount()).toBe(0);
    await moto.stop();
    await expect(fetch(moto.endpoint)).rejects.toThrow();
  });
});
