import { describe, it } from 'vitest';
import { missingParts } from '../../harness/missing-part.ts';
import { dynamoDbLocalTool, startDynamoDbLocal } from '../../harness/servers/dynamodb-local.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { histories } from './store-properties.ts';
import { dynamoWorld } from './store-world.ts';
import { WholeSecondsClock } from './whole-seconds-clock.ts';

describe.skipIf(await missingParts([toolPart(dynamoDbLocalTool)]))('DynamoDB Local', () => {
  it('does in every history what a map would do', { timeout: 120_000 }, async () => {
    const server = await startDynamoDbLocal();
    const world = await dynamoWorld(server.url);
    try {
      const clock = new WholeSecondsClock();
      const store = await world.open(clock);
      await histories(store, clock, 25);
      await store.close();
    } finally {
      await world.end();
      await server.stop();
    }
  });
});
