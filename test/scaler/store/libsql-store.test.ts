import { describe } from 'vitest';
import { storeContract } from './store-contract.ts';
import { storeLimitsContract } from './store-limits-contract.ts';
import { libsqlWorld } from './store-world.ts';

describe('libSQL', () => {
  storeContract(async () => libsqlWorld(), 30);
});

describe('libSQL, lists and limits', () => {
  storeLimitsContract(async () => libsqlWorld(), 30);
});
