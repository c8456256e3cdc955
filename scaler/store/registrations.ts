import { z } from 'zod';
import type { UnixSeconds } from '../../pool/units.ts';
import { allOf } from './all-of.ts';
import { type RecordKey, type Store, type StoredRecord, StoreError } from './store.ts';

/** A worker that has shown who it is. */
export interface Registration {
  readonly instanceId: string;
  readonly pool: string;
  readonly region: string;
  readonly registeredAt: UnixSeconds;
  /** When it said that it takes work; null: it has not. */
  readonly startedAt: UnixSeconds | null;
  /** Past its longest life: nobody asks again then. */
  readonly expiresAt: UnixSeconds;
}

const recordSchema = z.object({
  pool: z.string(),
  region: z.string(),
  registeredAt: z.number(),
  startedAt: z.number().nullable(),
});

/** Which instances have exchanged their identity for a token, each once. */
export class Registrations {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws StoreError `conflict` when the instance has registered before. */
  async register(registration: Registration, signal: AbortSignal): Promise<void> {
    await this.#put(registration, 'absent', signal);
  }

  /** Marks it as started; a second time changes nothing. null: it is not registered. */
  async start(
    instanceId: string,
    at: UnixSeconds,
    signal: AbortSignal,
  ): Promise<Registration | null> {
    const record = await this.#store.get(keyOf(instanceId), signal);
    if (record === null) return null;
    const registration = registrationOf(record);
    if (registration.startedAt !== null) return registration;
    const started = { ...registration, startedAt: at };
    await this.#put(started, { version: record.version }, signal);
    return started;
  }

  /** null: it is not registered. */
  async get(instanceId: string, signal: AbortSignal): Promise<Registration | null> {
    const record = await this.#store.get(keyOf(instanceId), signal);
    return record === null ? null : registrationOf(record);
  }

  /** All, by instance id. */
  async list(signal: AbortSignal): Promise<readonly Registration[]> {
    const records = await allOf(this.#store, { partition: 'registrations' }, signal);
    return records.map(registrationOf);
  }

  /** Does nothing when there is none. */
  async remove(instanceId: string, signal: AbortSignal): Promise<void> {
    await this.#store.write([{ do: 'remove', key: keyOf(instanceId), when: 'any' }], signal);
  }

  async #put(
    { instanceId, expiresAt, ...value }: Registration,
    when: 'absent' | { readonly version: string },
    signal: AbortSignal,
  ): Promise<void> {
    const key = keyOf(instanceId);
    await this.#store.write([{ do: 'put', key, value, expiresAt, when }], signal);
  }
}

function registrationOf({ sort, value, expiresAt }: StoredRecord): Registration {
  const parsed = recordSchema.safeParse(value);
  if (parsed.success && expiresAt !== null) return { instanceId: sort, ...parsed.data, expiresAt };
  throw new StoreError('invalid', `registrations: what is kept of ${sort} cannot be read`);
}

function keyOf(instanceId: string): RecordKey {
  return { partition: 'registrations', sort: instanceId };
}
