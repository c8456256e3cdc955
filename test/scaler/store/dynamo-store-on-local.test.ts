import { describe } from 'vitest';
import { missingParts } from '../../harness/missing-part.ts';
import { dynamoDbLocalTool, startDynamoDbLocal } from '../../harness/servers/dynamodb-local.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { storeContract } from './store-contract.ts';
import { storeLimitsContract } from './store-limits-contract.ts';
import { dynamoWorld, type StoreWorld } from './store-world.ts';

describe.skipIf(await missingParts([toolPart(dynamoDbLocalTool)]))('DynamoDB Local', () => {
  describe('does', () => storeContract(world, 90));

  describe('lists and limits', () => storeLimitsContract(world, 90));
});

async function world(): Promise<StoreWorld> {
  const server = await startDynamoDbLocal();
  const table = await dynamoWorld(server.url);
  return {
    ...table,
    async end() {
      await table.end();
      await server.stop();
    },
  };
}
