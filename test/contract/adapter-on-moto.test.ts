import { afterAll, beforeAll, describe } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { type Departures, describeCloud } from './cloud-contract.ts';
import { type MotoAccount, openMotoAccount } from './moto-world.ts';

const missing = await missingParts([motoPart]);

const noLaunchInstances = 'moto does not have LaunchInstances';

/** Where moto departs from AWS's documents; the other worlds are held to them. */
const departures: Departures = {
  'spreads what it starts over the zones': 'all instances start in the first subnet',
  'starts by weight, and exceeds the desired capacity by the last instance':
    "every instance is of the launch template's type",
  'refuses a desired capacity above the maximum or below the minimum':
    'any desired capacity is taken',
  'refuses a group that is not there': 'the answer is status 500',
  'starts nothing above the spot max price': 'the spot max price means nothing',
  'takes the end of an instance that is gone, or never was, for done': 'the answer is status 500',
  'holds an instance that is to end in its terminating hook': 'hooks hold no instance',
  'launches in one zone at once, and asks for that much more': noLaunchInstances,
  'launches nothing more for a token that was used': noLaunchInstances,
  'refuses a token that was used for another launch': noLaunchInstances,
  'refuses a launch in a zone that the group does not have': noLaunchInstances,
  'tells once what a launch could not start, by type and zone': noLaunchInstances,
  'tells that a group could not start what it was asked for, and keeps asking':
    'capacity never ends',
  'says that it throttles, and has then changed nothing': 'no call is ever throttled',
};

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
