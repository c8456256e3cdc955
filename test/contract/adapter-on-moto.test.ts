import { afterAll, beforeAll, describe } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { describeCloud } from './cloud-contract.ts';
import { departures } from './departures-of-moto.ts';
import { type MotoAccount, openMotoAccount } from './moto-world.ts';

const missing = await missingParts([motoPart]);

describe.skipIf(missing)('the AWS adapter', () => {
  let moto: Moto;
  let account: MotoAccount;
  beforeAll(async () => {
    moto = await startMoto();
    account = await openMotoAccount(moto);
  });
  afterAll(async () => {
    await account?.close();
    await moto?.stop();
  });

  describeCloud('on moto', () => account.open(), departures);
});
