import { z } from 'zod';
import type { UnixSeconds } from '../../pool/units.ts';
import { allOf } from './all-of.ts';
import {
  type RecordKey,
  type Store,
  type StoredRecord,
  type StoredValue,
  StoreError,
} from './store.ts';

/** A JSON object, kept as it was given; what may be in it is for whoever writes it to check. */
export type StoredDocument = { readonly [key: string]: StoredValue };

export interface NamedDocument {
  readonly name: string;
  readonly document: StoredDocument;
  readonly lastModified: UnixSeconds;
  /** For {@link NamedDocuments.replace}. */
  readonly version: string;
}

const recordSchema = z.object({
  document: z.custom<StoredDocument>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
  lastModified: z.number(),
});

/** Documents of one kind by name, such as definitions of worker types. */
export class NamedDocuments {
  readonly #store: Store;
  readonly #partition: string;

  constructor(store: Store, partition: string) {
    this.#store = store;
    this.#partition = partition;
  }

  /** null: there is none. @throws StoreError `invalid` when what is kept is no document. */
  async get(name: string, signal: AbortSignal): Promise<NamedDocument | null> {
    const record = await this.#store.get(this.#key(name), signal);
    if (record === null) return null;
    const document = documentOf(record);
    if (document !== null) return document;
    throw new StoreError('invalid', `${this.#partition}: what is kept for ${name} cannot be read`);
  }

  /** All, by name. One that cannot be read is left out, so that it breaks no list. */
  async list(signal: AbortSignal): Promise<readonly NamedDocument[]> {
    const records = await allOf(this.#store, { partition: this.#partition }, signal);
    return records.map(documentOf).filter((document) => document !== null);
  }

  /** @throws StoreError `conflict` when there is one of the name. */
  create(
    name: string,
    document: StoredDocument,
    at: UnixSeconds,
    signal: AbortSignal,
  ): Promise<NamedDocument> {
    return this.#put(name, document, at, 'absent', signal);
  }

  /** @throws StoreError `conflict` when it is no longer the one that was read. */
  replace(
    read: Pick<NamedDocument, 'name' | 'version'>,
    document: StoredDocument,
    at: UnixSeconds,
    signal: AbortSignal,
  ): Promise<NamedDocument> {
    return this.#put(read.name, document, at, { version: read.version }, signal);
  }

  /** Does nothing when there is none. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#store.write([{ do: 'remove', key: this.#key(name), when: 'any' }], signal);
  }

  #key(name: string): RecordKey {
    return { partition: this.#partition, sort: name };
  }

  async #put(
    name: string,
    document: StoredDocument,
    lastModified: UnixSeconds,
    when: 'absent' | { readonly version: string },
    signal: AbortSignal,
  ): Promise<NamedDocument> {
    const value = { document, lastModified };
    const key = this.#key(name);
    const [version] = await this.#store.write([{ do: 'put', key, value, when }], signal);
    return { name, document, lastModified, version: version as string };
  }
}

function documentOf({ sort, value, version }: StoredRecord): NamedDocument | null {
  const parsed = recordSchema.safeParse(value);
  return parsed.success ? { name: sort, ...parsed.data, version } : null;
}
