/** Every pool of the fleet by the name that the API has for it: the file's, and those that were stored. */
import type { Declaration } from '../../pool/load.ts';
import type { Fleet, Pool } from '../../pool/pool.ts';
import { type StoredPool, storedPool, withStored } from '../../pool/stored-pools.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { type WorkerType, workerTypeRequest } from '../../pool/worker-type.ts';
import { workerTypeOfPool } from '../../pool/worker-type-of-pool.ts';
import { poolNameOf } from '../../pool/worker-type-pool.ts';
import type { Clock } from '../ports.ts';
import type { NamedDocument } from '../store/named-documents.ts';
import type { WorkerTypes } from '../store/worker-types.ts';

/** Definitions that another process wrote are seen this much later at most. */
const freshFor: Seconds = 1;

/** One pool as the API has it. */
export interface DirectoryEntry {
  readonly workerType: string;
  readonly poolId: string;
  readonly definition: WorkerType;
  readonly lastModified: UnixSeconds;
  /** null: there is none that runs, as `waiting` says. */
  readonly pool: Pool | null;
  readonly waiting: readonly string[];
  readonly notUsed: readonly string[];
  /** null: it is the file's, and not to be changed here. */
  readonly document: NamedDocument | null;
}

export interface PoolDirectoryOptions {
  readonly declaration: Declaration;
  /** When the file was last changed. */
  readonly declaredAt: UnixSeconds;
  readonly workerTypes: WorkerTypes;
  readonly clock: Clock;
}

interface Known {
  readonly entry: DirectoryEntry;
  /** Worked out when it is first asked for: of many that are written in a row, few are. */
  stored(): StoredPool;
}

export class PoolDirectory {
  readonly #options: PoolDirectoryOptions;
  readonly #ofFile: ReadonlyMap<string, DirectoryEntry>;
  /** By name, as of the last read of the store. */
  #stored = new Map<string, Known>();
  /** null: to be put together anew. */
  #fleet: Fleet | null = null;
  #readAt: UnixSeconds = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  constructor(options: PoolDirectoryOptions) {
    this.#options = options;
    const { fleet } = options.declaration;
    this.#ofFile = new Map(fleet.pools.map((pool) => [pool.name, entryOfFile(pool, options)]));
  }

  /** The fleet as it is now; as it was last known when the store does not answer. */
  async fleet(signal: AbortSignal): Promise<Fleet> {
    await this.#refresh(signal).catch(() => {});
    this.#fleet ??= withStored(
      this.#options.declaration.fleet,
      [...this.#stored.values()].map(({ stored }) => stored()),
    );
    return this.#fleet;
  }

  /** By name. */
  async list(signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
    await this.#refresh(signal);
    const stored = [...this.#stored.values()].map(({ entry }) => entry);
    return [...this.#ofFile.values(), ...stored].sort((a, b) =>
      a.workerType < b.workerType ? -1 : 1,
    );
  }

  /** As it is in the store at this moment; null: there is none. */
  async get(workerType: string, signal: AbortSignal): Promise<DirectoryEntry | null> {
    const ofFile = this.#ofFile.get(workerType);
    if (ofFile !== undefined) return ofFile;
    const document = await this.#options.workerTypes.get(workerType, signal);
    return this.#take(workerType, document);
  }

  /** The pool of an id, whose name may be another. */
  async ofPool(poolId: string, signal: AbortSignal): Promise<DirectoryEntry | null> {
    const entries = await this.list(signal);
    return entries.find((entry) => entry.poolId === poolId) ?? null;
  }

  /** Has the next reader read the store. */
  expire(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Notes what was just written, so that the next reader here sees it. */
  wrote(workerType: string, document: NamedDocument | null): DirectoryEntry | null {
    return this.#take(workerType, document);
  }

  #take(workerType: string, document: NamedDocument | null): DirectoryEntry | null {
    const before = this.#stored.get(workerType);
    const known = document === null ? null : this.#known(document);
    if (known === before) return before?.entry ?? null;
    if (known === null) this.#stored.delete(workerType);
    else this.#stored.set(workerType, known);
    if (known !== null || before !== undefined) this.#fleet = null;
    return known?.entry ?? null;
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.now();
    if (now - this.#readAt < freshFor) return;
    this.#reading ??= this.#read(signal).finally(() => {
      this.#reading = null;
    });
    await this.#reading;
    this.#readAt = now;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const documents = await this.#options.workerTypes.list(signal);
    const stored = new Map<string, Known>();
    let changed = false;
    for (const document of documents) {
      if (this.#ofFile.has(document.name)) continue;
      const known = this.#known(document);
      if (known === null) continue;
      changed ||= known !== this.#stored.get(document.name);
      stored.set(document.name, known);
    }
    changed ||= stored.size !== this.#stored.size;
    this.#stored = stored;
    if (changed) this.#fleet = null;
  }

  /** The one that is known already while the document is the same; null: it cannot be read. */
  #known(document: NamedDocument): Known | null {
    const before = this.#stored.get(document.name);
    if (before?.entry.document?.version === document.version) return before;
    const parsed = workerTypeRequest.safeParse(document.document);
    if (!parsed.success) return null;
    const workerType = document.name;
    const definition = parsed.data;
    let made: StoredPool | null = null;
    const stored = () => {
      made ??= storedPool(this.#options.declaration, { workerType, definition });
      return made;
    };
    const entry: DirectoryEntry = {
      workerType,
      poolId: poolNameOf(workerType),
      definition,
      lastModified: document.lastModified,
      document,
      get pool() {
        return stored().pool;
      },
      get waiting() {
        return stored().waiting;
      },
      get notUsed() {
        return stored().notUsed;
      },
    };
    return { entry, stored };
  }
}

function entryOfFile(pool: Pool, { declaredAt }: PoolDirectoryOptions): DirectoryEntry {
  return {
    workerType: pool.name,
    poolId: pool.id,
    definition: workerTypeOfPool(pool),
    lastModified: declaredAt,
    pool,
    waiting: [],
    notUsed: [],
    document: null,
  };
}
