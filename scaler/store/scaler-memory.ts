import { z } from 'zod';
import type { Seconds } from '../../pool/units.ts';
import type { State, StatePort } from '../ports.ts';
import { decisionSchema } from '../schemas/decision-schema.ts';
import { memorySchema } from '../schemas/memory-schema.ts';
import { observationSchema } from '../schemas/observation-schema.ts';
import { withinLimit } from '../time-limit.ts';
import { ChunkedBlob } from './chunked-blob.ts';
import { type LeaseTime, machineTime } from './machine-time.ts';
import { type Fence, type Store, StoreError } from './store.ts';

export interface MemoryTimes {
  /** Between writes of the memory while nothing is done; an iteration that acted is written at once. */
  readonly memoryEvery: Seconds;
  /** Between writes of the last decisions, which only explain. */
  readonly lastEvery: Seconds;
}

/** Each iteration: a write costs a flush of the disk. */
export const embeddedTimes: MemoryTimes = { memoryEvery: 0, lastEvery: 0 };

/** See {@link ScalerMemory} for what it costs. */
export const paidTimes: MemoryTimes = { memoryEvery: 60, lastEvery: 60 };

/** Of all of a load or a save; an iteration goes on without the store after it. */
const longestLoad: Seconds = 30;
const longestSave: Seconds = 10;
/** Before a call that changes something, which the lease must still outlast then. */
const longestSaveBeforeAct: Seconds = 2;

export const memoryPartition = 'scaler-memory';
export const lastPartition = 'scaler-last';

const memorySnapshotSchema = z.object({
  memories: z.record(z.string(), memorySchema),
  launched: z.array(z.strictObject({ region: z.string(), at: z.number(), slots: z.int().min(0) })),
});

export const lastSchema = z.object({ observation: observationSchema, decision: decisionSchema });

export interface ScalerMemoryOptions {
  readonly store: Store;
  readonly times: MemoryTimes;
  /** Under which writes are made; default: none. */
  readonly fence?: Fence;
  readonly time?: LeaseTime;
  /** A write before a call failed, and the call is made all the same. */
  readonly onFailure: (doing: string, error: unknown) => void;
}

/**
 * The scaler's memory in the store: all pools' memories as one compressed value, and the last
 * decisions as another, so that a store paid by the kilobyte stays cheap.
 *
 * An iteration's launches bear tokens made of the pool and of the decision's number. So that who
 * takes over after a crash makes the same decisions under the same numbers, the state that an
 * iteration decides from is in the store before its first call that changes something
 * ({@link beforeAct}), and the state it leaves is written as soon as it has ended.
 *
 * What it costs in DynamoDB, by the size of a write in kB: the memory of 100 pools with 20 workers each
 * is 712 kB and compressed 150 kB (measured), so 150 write request units. Once a minute that is 6.5
 * million a month, 4 USD; with deeds in every iteration of 10 s, the most that it can be, 39 million and
 * 24 USD; the last decisions come to about as much as the quiet memory. Price: 0.625 USD a million units,
 * us-east-1 on demand, Amazon DynamoDB pricing, 2025.
 */
export class ScalerMemory implements StatePort {
  readonly #options: ScalerMemoryOptions;
  readonly #time: LeaseTime;
  readonly #memory: ChunkedBlob;
  readonly #last: ChunkedBlob;
  #latest: State | null = null;
  #memoryIsWritten = true;
  #acted = false;
  #beforeActs: Promise<void> | null = null;
  #memoryAt = Number.NEGATIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(options: ScalerMemoryOptions) {
    this.#options = options;
    this.#time = options.time ?? machineTime;
    this.#memory = new ChunkedBlob(options.store, memoryPartition);
    this.#last = new ChunkedBlob(options.store, lastPartition);
  }

  /** An empty store is an empty state. @throws StoreError */
  async load(): Promise<State> {
    return withinLimit(longestLoad, new AbortController().signal, async (signal) => {
      const [memory, last] = await Promise.all([
        this.#memory.read(signal),
        this.#last.read(signal),
      ]);
      if (memory === null) return { memories: {}, last: {}, launched: [] };
      const parsed = memorySnapshotSchema.safeParse(memory);
      if (!parsed.success) {
        throw new StoreError(
          'invalid',
          `the memory in the store is none that this version reads: ${z.prettifyError(parsed.error)}`,
          { cause: parsed.error },
        );
      }
      return { ...parsed.data, last: usableLast(last) };
    });
  }

  /** Whether nothing was ever saved. @throws StoreError */
  async isEmpty(): Promise<boolean> {
    return withinLimit(longestLoad, new AbortController().signal, async (signal) => {
      return (await this.#memory.read(signal)) === null;
    });
  }

  /** @throws StoreError; the state is then tried again with the next one. */
  async save(state: State, urgent = false): Promise<void> {
    this.#latest = state;
    this.#memoryIsWritten = false;
    this.#beforeActs = null;
    const now = this.#time.monotonic();
    const due = urgent || this.#acted || now - this.#memoryAt >= this.#options.times.memoryEvery;
    await this.#within(longestSave, async (signal) => {
      if (due) await this.#writeMemory(signal);
      if (now - this.#lastAt >= this.#options.times.lastEvery) await this.#writeLast(signal);
    });
  }

  /** Writes what is not yet written, as on a clean stop. @throws StoreError */
  async flush(): Promise<void> {
    if (this.#latest === null) return;
    await this.#within(longestSave, async (signal) => {
      if (!this.#memoryIsWritten) await this.#writeMemory(signal);
      await this.#writeLast(signal);
    });
  }

  /**
   * Before a call that changes something. A store that is down does not stop the call.
   * @throws StoreError `fenced`: another leads, and the call must not be made
   */
  beforeAct(): Promise<void> {
    this.#acted = true;
    this.#beforeActs ??= this.#writeBeforeActs();
    return this.#beforeActs;
  }

  async #writeBeforeActs(): Promise<void> {
    if (this.#latest === null || this.#memoryIsWritten) return;
    try {
      await this.#within(longestSaveBeforeAct, (signal) => this.#writeMemory(signal));
      // What this iteration does is still to be written.
      this.#acted = true;
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'fenced') throw error;
      this.#options.onFailure('saving the state before acting', error);
    }
  }

  async #writeMemory(signal: AbortSignal): Promise<void> {
    const state = this.#latest;
    if (state === null) return;
    const { memories, launched } = state;
    await this.#memory.write({ memories, launched }, signal, this.#options.fence);
    this.#memoryAt = this.#time.monotonic();
    this.#memoryIsWritten = this.#latest === state;
    this.#acted = false;
  }

  async #writeLast(signal: AbortSignal): Promise<void> {
    if (this.#latest === null) return;
    await this.#last.write(this.#latest.last, signal, this.#options.fence);
    this.#lastAt = this.#time.monotonic();
  }

  async #within(limit: Seconds, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await withinLimit(limit, new AbortController().signal, work);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new StoreError('unavailable', `saving the state: ${message}`, { cause: error });
    }
  }
}

/**
 * The last decisions only explain, so one that another version wrote in another shape is left out;
 * the next iteration writes a new one.
 */
export function usableLast(entries: unknown): State['last'] {
  const known = z.record(z.string(), z.unknown()).safeParse(entries).data ?? {};
  return Object.fromEntries(
    Object.entries(known).flatMap(([pool, entry]) => {
      const parsed = lastSchema.safeParse(entry);
      return parsed.success ? [[pool, parsed.data] as const] : [];
    }),
  );
}
