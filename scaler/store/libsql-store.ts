import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import type Database from 'libsql';
import type { Clock } from '../ports.ts';
import { type CheckedWrite, checkKey, checkList, checkWrites, nameOf } from './check-request.ts';
import { refuseUnlessOurs, tableStatements } from './libsql-layout.ts';
import {
  type Fence,
  type ListRequest,
  type RecordKey,
  type RecordPage,
  type Store,
  type StoredRecord,
  StoreError,
  type Write,
} from './store.ts';

/** How long a call waits while another process writes to the file. */
const busyMilliseconds = 2_000;

/** Requests of one transaction of the file: beyond them reads would wait too long. */
const mostInBatch = 500;

/** Expired records are deleted so often, and so many at a time. */
const purgeSeconds = 60;
const mostPurged = 1_000;

/** Sorts after every key that begins with what stands before it: longer than a key may be. */
const afterAnyKey = '\u{10ffff}'.repeat(300);

interface Row {
  readonly sort: string;
  readonly value: string;
  readonly version: string;
  readonly expires_at: number | null;
}

interface Pending {
  readonly writes: readonly CheckedWrite[];
  readonly fence: Fence | undefined;
  readonly signal: AbortSignal;
  readonly resolve: (versions: readonly (string | null)[]) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * The store in one file of SQLite (libSQL), with a write-ahead log that is on the disk before a write
 * is answered (`synchronous = FULL`). Writes that come in one turn of the event loop share a commit,
 * and with it the one wait for the disk, while each is made or refused by itself. Calls of the
 * database itself block: a read takes 20 µs, a commit what the disk takes for one flush.
 *
 * Other processes of this machine may use the same file; not over a network file system.
 */
export class LibsqlStore implements Store {
  readonly #file: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #database: Database.Database;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #pending: Pending[] = [];
  #flushing: NodeJS.Immediate | null = null;
  #purgedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(file: string, clock: Pick<Clock, 'now'>, database: Database.Database) {
    this.#file = file;
    this.#clock = clock;
    this.#database = database;
    this.#statements = prepareStatements(database);
  }

  /**
   * Opens the file; to write, makes it where there is none, readable by its owner alone.
   * @throws StoreError `invalid` when it is no store or libSQL is not installed, `incompatible`
   * when a newer muster wrote it, `unavailable` when it cannot be opened
   */
  static async open(
    file: string,
    clock: Pick<Clock, 'now'>,
    use: 'read' | 'write' = 'write',
  ): Promise<LibsqlStore> {
    const { default: Libsql } = await import('libsql').catch((error) => {
      throw new StoreError(
        'invalid',
        `${file}: the embedded store needs the package libsql, which is not installed here; ` +
          'install it, or use a table of DynamoDB (--store dynamodb:TABLE)',
        { cause: error },
      );
    });
    let database: Database.Database | null = null;
    try {
      // A file that is there is not opened here: closing it would give up the locks of whatever else in
      // this process has it open (SQLite, "How To Corrupt An SQLite Database File", 2.2).
      if (use === 'read' || existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
      else closeSync(openSync(file, 'a', 0o600));
      database = new Libsql(file);
      database.exec(`pragma busy_timeout = ${busyMilliseconds}`);
      refuseUnlessOurs(file, database);
      for (const statement of tableStatements) database.exec(statement);
      return new LibsqlStore(file, clock, database);
    } catch (error) {
      database?.close();
      throw storeErrorOf(file, error);
    }
  }

  async get(key: RecordKey, signal: AbortSignal): Promise<StoredRecord | null> {
    checkKey(key);
    return this.#do(signal, () => {
      const row = this.#read(key);
      return row === null ? null : recordOf(key.partition, row);
    });
  }

  async list(request: ListRequest, signal: AbortSignal): Promise<RecordPage> {
    const { partition, prefix, after, limit, descending } = checkList(request);
    return this.#do(signal, () => {
      const statement = descending ? this.#statements.listDown : this.#statements.listUp;
      // One bound on each side, so that the index serves a page as far in as the first.
      let [from, to] = [prefix, prefix + afterAnyKey];
      if (after !== null && !descending && byteOrder(after, from) > 0) from = after;
      if (after !== null && descending && byteOrder(after, to) < 0) to = after;
      const now = this.#clock.now();
      const rows = statement.all([partition, from, to, after ?? '', now, limit + 1]) as Row[];
      const shown = rows.slice(0, limit);
      const next = rows.length > limit ? (shown.at(-1)?.sort ?? null) : null;
      return { records: shown.map((row) => recordOf(partition, row)), next };
    });
  }

  async write(
    writes: readonly Write[],
    signal: AbortSignal,
    fence?: Fence,
  ): Promise<readonly (string | null)[]> {
    const checked = checkWrites(writes);
    if (this.#closed) throw this.#unavailable('it is closed');
    return new Promise((resolve, reject) => {
      this.#pending.push({ writes: checked, fence, signal, resolve, reject });
      this.#flushing ??= setImmediate(() => this.#flush());
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#pending.length > 0) this.#flush();
    // libSQL ends the process when it is called once more after its end.
    if (this.#flushing !== null) clearImmediate(this.#flushing);
    this.#closed = true;
    this.#database.close();
  }

  #do<Answer>(signal: AbortSignal, work: () => Answer): Answer {
    if (this.#closed) throw this.#unavailable('it is closed');
    if (signal.aborted) throw this.#unavailable('ended before an answer');
    try {
      return work();
    } catch (error) {
      throw storeErrorOf(this.#file, error);
    }
  }

  /** One transaction of the file for all that is pending. */
  #flush(): void {
    const batch = this.#pending.splice(0, mostInBatch);
    this.#flushing = this.#pending.length > 0 ? setImmediate(() => this.#flush()) : null;
    const answers: (() => void)[] = [];
    try {
      this.#database.exec('begin immediate');
      for (const pending of batch) answers.push(this.#attempt(pending));
      this.#purge();
      this.#database.exec('commit');
    } catch (error) {
      this.#rollBack();
      const failure = storeErrorOf(this.#file, error);
      for (const { reject } of batch) reject(failure);
      return;
    }
    for (const answer of answers) answer();
  }

  /** Makes a request's writes, or none; what is returned answers it once the batch is on the disk. */
  #attempt({ writes, fence, signal, resolve, reject }: Pending): () => void {
    if (signal.aborted) return () => reject(this.#unavailable('ended before an answer'));
    if (fence !== undefined && this.#read(fence.key)?.version !== fence.version) {
      const message = `${this.#file}: ${nameOf(fence.key)} has changed hands`;
      return () => reject(new StoreError('fenced', message));
    }
    for (const { key, when } of writes) {
      if (when === 'any') continue;
      const version = this.#read(key)?.version ?? null;
      const holds =
        when === 'absent'
          ? version === null
          : when === 'present'
            ? version !== null
            : version === when.version;
      if (holds) continue;
      const message = `${this.#file}: ${nameOf(key)} is not as the write requires`;
      return () => reject(new StoreError('conflict', message));
    }
    const versions = writes.map((write) => {
      const { partition, sort } = write.key;
      if (write.do === 'remove') {
        this.#statements.remove.run([partition, sort]);
        return null;
      }
      const { text, version, expiresAt } = write;
      this.#statements.put.run([partition, sort, text, version, expiresAt]);
      return version;
    });
    return () => resolve(versions);
  }

  #read({ partition, sort }: RecordKey): Row | null {
    const row = this.#statements.get.get([partition, sort, this.#clock.now()]) as Row | undefined;
    return row ?? null;
  }

  #purge(): void {
    const now = this.#clock.now();
    if (now - this.#purgedAt < purgeSeconds) return;
    this.#statements.purge.run([now, mostPurged]);
    this.#purgedAt = now;
  }

  #rollBack(): void {
    try {
      this.#database.exec('rollback');
    } catch {
      // The failure that led here is the one that is told; it may have been to begin.
    }
  }

  #unavailable(reason: string): StoreError {
    return new StoreError('unavailable', `${this.#file}: ${reason}`);
  }
}

function prepareStatements(database: Database.Database) {
  const columns = 'sort, value, version, expires_at';
  const list = (order: 'asc' | 'desc') =>
    `select ${columns} from records where partition = ? and sort >= ? and sort <= ? ` +
    'and sort <> ? and (expires_at is null or expires_at > ?) ' +
    `order by sort ${order} limit ?`;
  return {
    get: database.prepare(
      `select ${columns} from records where partition = ? and sort = ? ` +
        'and (expires_at is null or expires_at > ?)',
    ),
    listUp: database.prepare(list('asc')),
    listDown: database.prepare(list('desc')),
    put: database.prepare(
      'insert into records (partition, sort, value, version, expires_at) values (?, ?, ?, ?, ?) ' +
        'on conflict (partition, sort) do update set value = excluded.value, ' +
        'version = excluded.version, expires_at = excluded.expires_at',
    ),
    remove: database.prepare('delete from records where partition = ? and sort = ?'),
    purge: database.prepare(
      'delete from records where rowid in ' +
        '(select rowid from records where expires_at <= ? limit ?)',
    ),
  };
}

/** As SQLite and DynamoDB order texts; JavaScript's own order differs beyond the basic plane. */
function byteOrder(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function recordOf(partition: string, row: Row): StoredRecord {
  const { sort, value, version, expires_at: expiresAt } = row;
  return { partition, sort, value: JSON.parse(value), version, expiresAt };
}

/** Everything that SQLite says of a file that worked before may pass: a full disk, a lock, a fault. */
function storeErrorOf(file: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return new StoreError('invalid', `${file}: there is no such store, or no such folder`, {
      cause: error,
    });
  }
  if (/not a database|malformed/.test(reason)) {
    return new StoreError(
      'invalid',
      `${file}: not a store of muster: ${reason}; restore it, or name another file`,
      { cause: error },
    );
  }
  return new StoreError('unavailable', `${file}: ${reason}`, { cause: error });
}
