import { describe } from 'vitest';
import { missingParts } from '../../harness/missing-part.ts';
import { motoPart, startMoto } from '../../harness/moto.ts';
import { storeContract } from './store-contract.ts';
import { storeLimitsContract } from './store-limits-contract.ts';
import { dynamoWorld, type StoreWorld } from './store-world.ts';

describe.skipIf(await missingParts([motoPart]))('DynamoDB on moto', () => {
  describe('does', () => storeContract(world, 90));

  describe('lists and limits', () => storeLimitsContract(world, 90));
});

async function world(): Promise<StoreWorld> {
  const moto = await startMoto();
  const table = await dynamoWorld(moto.endpoint);
  return {
    ...table,
    async end() {
      await table.end();
      await moto.stop();
    },
  };
}
