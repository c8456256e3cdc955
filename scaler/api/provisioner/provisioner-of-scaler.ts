import type { Declaration } from '../../../pool/load.ts';
import type { UnixSeconds } from '../../../pool/units.ts';
import { defaultKey, type KeyAddress, openCipher } from '../../store/open-cipher.ts';
import type { StoreSurroundings } from '../../store/open-store.ts';
import { SavedLooks } from '../../store/saved-looks.ts';
import type { Store } from '../../store/store.ts';
import type { StoreAddress } from '../../store/store-address.ts';
import type { ApiFrameOptions } from '../api-frame.ts';
import { LedFleet, type LiveFleet, SavedFleet } from '../live-fleet.ts';
import { type OpenProvisioner, openProvisioner } from './open-provisioner.ts';

/** What a person chooses of the API. */
export interface ApiOptions {
  /** Whose fleet is the scaler's. */
  readonly declaration: Declaration;
  /** When its file was last changed. */
  readonly declaredAt: UnixSeconds;
  /** What secrets are sealed with; null: as `defaultKey` says. */
  readonly key: KeyAddress | null;
  /** False: everyone may do everything; only where this machine alone can reach it. */
  readonly authenticated: boolean;
  /** As clients and workers see the server; null: by the host that each of them names. */
  readonly publicUrl: URL | null;
  /** PEM by region, for identity documents. */
  readonly certificates: ReadonlyMap<string, readonly string[]>;
}

/** The process that the API is in, with its loop or without. */
export interface ScalerAround extends Omit<ApiFrameOptions, 'authentication'> {
  readonly store: Store;
  readonly address: StoreAddress;
  readonly where: StoreSurroundings;
  /** What the loop of this process recorded; null: it has none. */
  readonly recorded: LiveFleet | null;
  /** Whether that loop is the one that acts. */
  readonly isLeading: () => boolean;
}

/** The API beside a scaler: what is live comes from its loop, or from what the leader's loop saved. */
export async function provisionerOfScaler(
  options: ApiOptions,
  { store, address, where, recorded, isLeading, ...around }: ScalerAround,
): Promise<OpenProvisioner> {
  const { name } = options.declaration.fleet;
  const saved = new SavedFleet(new SavedLooks(store), where.clock);
  return openProvisioner({
    ...options,
    ...around,
    store,
    clock: where.clock,
    cipher: await openCipher(options.key ?? defaultKey(address, name), name, where),
    live: recorded === null ? saved : new LedFleet(isLeading, recorded, saved),
  });
}
