import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { compressed, expanded } from './compressed.ts';
import { type Fence, type RecordKey, type Store, type StoredRecord, StoreError } from './store.ts';

/** Characters of a chunk, which are one byte each. */
const longestChunk = 300_000;

/** A reader that always meets a writer gives up; each needs only a few milliseconds. */
const readAttempts = 5;

const manifestSchema = z.object({
  slot: z.string(),
  chunks: z.int().min(1),
  sha256: z.string(),
});

/**
 * One large value, compressed, in as many records as it takes. Chunks are written beside those in
 * use, and a manifest then names them: so a reader finds the old value or the new one, and a writer
 * whose lease is another's writes nothing that is read. Only the manifest is written under the fence,
 * since a write under a fence costs twice.
 */
export class ChunkedBlob {
  readonly #store: Store;
  readonly #partition: string;
  /** What the manifest names; null: what was written last is not known. */
  #live: { readonly writer: string; readonly slot: 0 | 1 } | null = null;

  constructor(store: Store, partition: string) {
    this.#store = store;
    this.#partition = partition;
  }

  /** null: there is none. @throws StoreError `invalid` when it cannot be read */
  async read(signal: AbortSignal): Promise<unknown> {
    for (let attempt = 1; attempt <= readAttempts; attempt += 1) {
      const manifest = await this.#manifest(signal);
      if (manifest === null) return null;
      const chunks: (StoredRecord | null)[] = [];
      for (let index = 0; index < manifest.chunks; index += 1) {
        chunks.push(await this.#store.get(this.#chunkKey(manifest.slot, index), signal));
      }
      const text = chunks.map((chunk) => chunk?.value ?? '').join('');
      // Else a writer has come round to these chunks again: the manifest is a new one.
      if (sha256Of(text) === manifest.sha256) return expanded(text);
    }
    throw new StoreError('invalid', `${this.#partition}: chunks and manifest are not of one write`);
  }

  /** Another with every write; null: there is none. */
  async version(signal: AbortSignal): Promise<string | null> {
    const manifest = await this.#manifest(signal);
    return manifest && `${manifest.slot} ${manifest.sha256}`;
  }

  /** Answers the bytes written, compressed. */
  async write(value: unknown, signal: AbortSignal, fence?: Fence): Promise<number> {
    const text = await compressed(value);
    // A write that failed may still land: its chunks are left alone, and others are begun.
    const writer = this.#live?.writer ?? randomBytes(6).toString('hex');
    const isNew = this.#live === null;
    const slotNumber = this.#live?.slot === 0 ? 1 : 0;
    this.#live = null;
    const slot = `${writer}-${slotNumber}`;
    const chunks = Math.max(1, Math.ceil(text.length / longestChunk));
    for (let index = 0; index < chunks; index += 1) {
      const chunk = text.slice(index * longestChunk, (index + 1) * longestChunk);
      const key = this.#chunkKey(slot, index);
      await this.#store.write([{ do: 'put', key, value: chunk, when: 'any' }], signal);
    }
    const manifest = { slot, chunks, sha256: sha256Of(text) };
    const key = this.#manifestKey();
    await this.#store.write([{ do: 'put', key, value: manifest, when: 'any' }], signal, fence);
    if (isNew) await this.#forgetOthers(writer, signal, fence);
    this.#live = { writer, slot: slotNumber };
    return text.length;
  }

  /** Removes chunks that nothing names any more: under the fence, or they might be a later writer's. */
  async #forgetOthers(writer: string, signal: AbortSignal, fence?: Fence): Promise<void> {
    const { partition } = this.#manifestKey();
    const { records } = await this.#store.list({ partition, prefix: 'chunk/' }, signal);
    for (const { sort } of records) {
      if (sort.startsWith(`chunk/${writer}-`)) continue;
      const write = { do: 'remove', key: { partition, sort }, when: 'any' } as const;
      await this.#store.write([write], signal, fence);
    }
  }

  async #manifest(signal: AbortSignal): Promise<z.output<typeof manifestSchema> | null> {
    const record = await this.#store.get(this.#manifestKey(), signal);
    if (record === null) return null;
    const parsed = manifestSchema.safeParse(record.value);
    if (parsed.success) return parsed.data;
    throw new StoreError('invalid', `${this.#partition}: its manifest cannot be read`);
  }

  #manifestKey(): RecordKey {
    return { partition: this.#partition, sort: 'manifest' };
  }

  #chunkKey(slot: string, index: number): RecordKey {
    return { partition: this.#partition, sort: `chunk/${slot}/${String(index).padStart(5, '0')}` };
  }
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
