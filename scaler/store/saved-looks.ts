import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { Seconds } from '../../pool/units.ts';
import type { State } from '../ports.ts';
import { memorySchema } from '../schemas/memory-schema.ts';
import { withinLimit } from '../time-limit.ts';
import { ChunkedBlob } from './chunked-blob.ts';
import { lastPartition, lastSchema, memoryPartition } from './scaler-memory.ts';
import type { Store } from './store.ts';

/** Of a read of everything. */
const longestLoad: Seconds = 30;

/** Requests are answered between two such pieces of work: 1,000 pools take about a second to check. */
const longestPieceMilliseconds = 5;

const entriesSchema = z.record(z.string(), z.unknown());

/**
 * What the loop of another process last saved, for showing: what cannot be read is left out. Only a
 * manifest is read while nothing new was saved, and the state answered is then the same object.
 */
export class SavedLooks {
  readonly #memory: ChunkedBlob;
  readonly #last: ChunkedBlob;
  #known: { readonly version: string; readonly state: State } | null = null;

  constructor(store: Store) {
    this.#memory = new ChunkedBlob(store, memoryPartition);
    this.#last = new ChunkedBlob(store, lastPartition);
  }

  /** An empty store is an empty state. @throws StoreError */
  async load(): Promise<State> {
    return withinLimit(longestLoad, new AbortController().signal, async (signal) => {
      const versions = [await this.#memory.version(signal), await this.#last.version(signal)];
      const version = versions.join(' ');
      if (this.#known?.version === version) return this.#known.state;
      const memory = entriesSchema.safeParse(await this.#memory.read(signal)).data ?? {};
      const state: State = {
        memories: await checked(memory.memories, memorySchema),
        last: await checked(await this.#last.read(signal), lastSchema),
        launched: [],
      };
      this.#known = { version, state };
      return state;
    });
  }
}

async function checked<Value>(
  entries: unknown,
  schema: z.ZodType<Value>,
): Promise<Record<string, Value>> {
  const good: Record<string, Value> = {};
  let startedAt = performance.now();
  for (const [name, entry] of Object.entries(entriesSchema.safeParse(entries).data ?? {})) {
    const parsed = schema.safeParse(entry);
    if (parsed.success) good[name] = parsed.data;
    if (performance.now() - startedAt < longestPieceMilliseconds) continue;
    await nextTurn();
    startedAt = performance.now();
  }
  return good;
}
