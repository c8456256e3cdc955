import type { Credentials } from '../../pool/pool.ts';
import type { Clock } from '../ports.ts';
import { checkSchema } from './schema-version.ts';
import type { Store } from './store.ts';
import type { StoreAddress } from './store-address.ts';

export interface StoreSurroundings {
  /** Of a table: the fleet's home region's. */
  readonly credentials: Credentials;
  readonly region: string;
  readonly clock: Clock;
}

/**
 * Opens a store, and reads which version of muster it is of.
 *
 * @param use `read`: makes no file, and writes nothing of itself
 * @throws StoreError `incompatible` when a newer muster wrote it, `invalid` when it is no store,
 * `unavailable` when it does not answer
 */
export async function openStore(
  address: StoreAddress,
  where: StoreSurroundings,
  signal: AbortSignal,
  use: 'read' | 'write' = 'write',
): Promise<Store> {
  const store = await connect(address, where, use);
  try {
    await checkSchema(store, signal, use);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Each store's library takes a while to load, so only the one that is used is. */
async function connect(
  address: StoreAddress,
  where: StoreSurroundings,
  use: 'read' | 'write',
): Promise<Store> {
  if (address.kind === 'sqlite') {
    const { LibsqlStore } = await import('./libsql-store.ts');
    return LibsqlStore.open(address.file, where.clock, use);
  }
  const { DynamoStore } = await import('./dynamo-store.ts');
  return new DynamoStore({ table: address.table, ...where });
}
