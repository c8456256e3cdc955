import { existsSync } from 'node:fs';
import type { State } from '../ports.ts';
import { openStore, type StoreSurroundings } from './open-store.ts';
import { embeddedTimes, ScalerMemory } from './scaler-memory.ts';
import type { StoreAddress } from './store-address.ts';

/** The scaler's state as it was last saved, without writing anything; an absent file is an empty state. */
export async function readLastState(
  address: StoreAddress,
  where: StoreSurroundings,
  signal: AbortSignal,
): Promise<State> {
  if (address.kind === 'sqlite' && !existsSync(address.file)) {
    return { memories: {}, last: {}, launched: [] };
  }
  const store = await openStore(address, where, signal, 'read');
  try {
    return await new ScalerMemory({ store, times: embeddedTimes, onFailure: () => {} }).load();
  } finally {
    await store.close();
  }
}
