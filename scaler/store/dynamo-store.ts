import { setMaxListeners } from 'node:events';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Credentials } from '../../pool/pool.ts';
import type { Seconds } from '../../pool/units.ts';
import { awsCall } from '../aws/aws-call.ts';
import { clientConfiguration } from '../aws/client-configuration.ts';
import type { Clock } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { type CheckedWrite, checkKey, checkList, checkWrites, nameOf } from './check-request.ts';
import {
  type DynamoAction,
  deletion,
  fenceCheck,
  insertion,
  itemKey,
  queryOf,
  recordOf,
  versionOf,
} from './dynamo-items.ts';
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

/** Calls under one signal before Node warns of a leak. */
const mostListeners = 10_000;

/** One call of the store, its retries included. */
const callLimit: Seconds = 10;

/** A transaction that meets another on the same record is tried again so often, with full jitter. */
const conflictAttempts = 6;
const conflictPause: Seconds = 0.05;

/** Codes of a cancelled transaction that say nothing against the request itself. */
const passing: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/**
 * The store in a table of DynamoDB with the keys `partition` and `sort` and the time to live
 * `expiresAt`, such as the scaler's stack makes. Reads are strongly consistent. A single write
 * without a fence is a put or delete with a condition; anything else is a transaction, whose writes
 * cost twice as much.
 *
 * The SDK may send a request again of which it had no answer. A condition that then fails on our own
 * write is told by the record's version, which is ours, and is a success.
 */
export class DynamoStore implements Store {
  readonly #table: string;
  readonly #clock: Clock;
  readonly #client: DynamoDBClient;
  #closed = false;

  constructor(options: {
    readonly table: string;
    readonly credentials: Credentials;
    readonly region: string;
    readonly clock: Clock;
  }) {
    this.#table = options.table;
    this.#clock = options.clock;
    this.#client = new DynamoDBClient(clientConfiguration(options.credentials, options.region));
  }

  async get(key: RecordKey, signal: AbortSignal): Promise<StoredRecord | null> {
    checkKey(key);
    const { Item: item } = await this.#call('reading', signal, (abortSignal) =>
      this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: itemKey(key), ConsistentRead: true }),
        { abortSignal },
      ),
    );
    return item === undefined ? null : this.#live(item);
  }

  async list(request: ListRequest, signal: AbortSignal): Promise<RecordPage> {
    const { limit, ...rest } = checkList(request);
    const query = queryOf(rest);
    if (query === null) return { records: [], next: null };
    const records: StoredRecord[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#call('listing', signal, (abortSignal) =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            ...query,
            ConsistentRead: true,
            Limit: limit + 1 - records.length,
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
          }),
          { abortSignal },
        ),
      );
      start = page.LastEvaluatedKey;
      for (const item of page.Items ?? []) {
        const record = this.#live(item);
        if (record === null) continue;
        if (record.sort.startsWith(rest.prefix)) records.push(record);
        else start = undefined; // Past the last that begins so.
      }
    } while (start !== undefined && records.length <= limit);
    const shown = records.slice(0, limit);
    const next = records.length > limit ? (shown.at(-1)?.sort ?? null) : null;
    return { records: shown, next };
  }

  async write(
    writes: readonly Write[],
    signal: AbortSignal,
    fence?: Fence,
  ): Promise<readonly (string | null)[]> {
    const checked = checkWrites(writes);
    const [only] = checked;
    if (checked.length === 1 && fence === undefined && only?.do === 'put') {
      await this.#single(only, signal, (abortSignal) =>
        this.#client.send(new PutItemCommand(this.#insertion(only)), { abortSignal }),
      );
    } else if (checked.length === 1 && fence === undefined && only?.when === 'any') {
      await this.#single(only, signal, (abortSignal) =>
        this.#client.send(new DeleteItemCommand(this.#deletion(only)), { abortSignal }),
      );
    } else {
      await this.#transact(checked, fence, signal);
    }
    return checked.map((write) => (write.do === 'put' ? write.version : null));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client.destroy();
  }

  async #single(
    write: CheckedWrite,
    signal: AbortSignal,
    send: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    await this.#untilAlone(signal, async () => {
      try {
        await this.#call('writing', signal, send);
        return true;
      } catch (error) {
        const cause = causeOf(error);
        if (cause instanceof TransactionConflictException) return false;
        if (!(cause instanceof ConditionalCheckFailedException)) throw error;
        if (isOwn(write, cause.Item)) return true;
        throw this.#conflict(write.key, cause);
      }
    });
  }

  async #transact(
    writes: readonly CheckedWrite[],
    fence: Fence | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const items = [
      ...writes.map((write) =>
        write.do === 'put' ? { Put: this.#insertion(write) } : { Delete: this.#deletion(write) },
      ),
      ...(fence === undefined ? [] : [{ ConditionCheck: fenceCheck(this.#table, fence) }]),
    ];
    await this.#untilAlone(signal, async () => {
      try {
        await this.#call('writing', signal, (abortSignal) =>
          this.#client.send(new TransactWriteItemsCommand({ TransactItems: items }), {
            abortSignal,
          }),
        );
        return true;
      } catch (error) {
        const cause = causeOf(error);
        if (!(cause instanceof TransactionCanceledException)) throw error;
        const reasons = cause.CancellationReasons ?? [];
        const own = writes.some((write, index) => isOwn(write, reasons[index]?.Item));
        if (own) return true;
        if (fence !== undefined && reasons.at(-1)?.Code === 'ConditionalCheckFailed') {
          const message = `table ${this.#table}: ${nameOf(fence.key)} has changed hands`;
          throw new StoreError('fenced', message, { cause });
        }
        const failed = writes.find((_, at) => reasons[at]?.Code === 'ConditionalCheckFailed');
        if (failed !== undefined) throw this.#conflict(failed.key, cause);
        if (reasons.some(({ Code: code }) => code !== undefined && passing.has(code))) return false;
        throw error;
      }
    });
  }

  /** Tries until it answers true. @throws StoreError `unavailable` when others are always in the way */
  async #untilAlone(signal: AbortSignal, attempt: () => Promise<boolean>): Promise<void> {
    for (let tried = 1; tried <= conflictAttempts; tried += 1) {
      if (await attempt()) return;
      await this.#clock.sleep(Math.random() * conflictPause * 2 ** tried, signal);
    }
    throw this.#unavailable(`${conflictAttempts} attempts met other transactions or throttles`);
  }

  #insertion(write: Extract<CheckedWrite, { do: 'put' }>): DynamoAction & {
    Item: Record<string, AttributeValue>;
  } {
    return insertion(this.#table, write, this.#clock.now());
  }

  #deletion(write: CheckedWrite): DynamoAction & { Key: Record<string, AttributeValue> } {
    return deletion(this.#table, write, this.#clock.now());
  }

  async #call<Answer>(
    doing: string,
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.#closed) throw this.#unavailable('it is closed');
    const what = `table ${this.#table}: ${doing}`;
    // Many calls may share one signal, as those of one iteration do.
    setMaxListeners(mostListeners, signal);
    try {
      return await withinLimit(callLimit, signal, (limited) => awsCall(what, limited, call));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (causeOf(error) instanceof ResourceNotFoundException) {
        const fix = 'apply the stack of the scaler, which makes it, or name another table';
        throw new StoreError('invalid', `${what}: there is no such table in this region; ${fix}`, {
          cause: error,
        });
      }
      throw new StoreError('unavailable', message, { cause: error });
    }
  }

  #live(item: Record<string, AttributeValue>): StoredRecord | null {
    const record = recordOf(item);
    const expired = record.expiresAt !== null && record.expiresAt <= this.#clock.now();
    return expired ? null : record;
  }

  #conflict(key: RecordKey, cause: Error): StoreError {
    const message = `table ${this.#table}: ${nameOf(key)} is not as the write requires`;
    return new StoreError('conflict', message, { cause });
  }

  #unavailable(reason: string): StoreError {
    return new StoreError('unavailable', `table ${this.#table}: ${reason}`);
  }
}

function isOwn(write: CheckedWrite, found: Record<string, AttributeValue> | undefined): boolean {
  return write.do === 'put' && found !== undefined && versionOf(found) === write.version;
}

/** The SDK's own error, at the end of what wraps it. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause;
}
