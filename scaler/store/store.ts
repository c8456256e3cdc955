/**
 * What the scaler and its API keep: small JSON records with versions, in an embedded database or in
 * DynamoDB. What a record means is told beside this file, once for both stores; a store knows only
 * keys, versions, expiry and fences.
 */
import type { UnixSeconds } from '../../pool/units.ts';

/** A record's value: JSON, at most {@link longestValue} as text. */
export type StoredValue =
  | null
  | boolean
  | number
  | string
  | readonly StoredValue[]
  | { readonly [key: string]: StoredValue };

/** Bytes of a value as JSON in UTF-8. An item of DynamoDB ends at 400 kB, names and keys included. */
export const longestValue = 350_000;

/** Writes of one transaction. DynamoDB takes 100 actions, and a fence is one. */
export const mostWrites = 99;

/** Records of one page. */
export const mostListed = 1_000;

/** Where a record is. Records of one partition are listed in the byte order of their sort key (UTF-8). */
export interface RecordKey {
  /** Such as `worker-types`, or `decisions/linux`. 1 to 300 characters, none of them a control character. */
  readonly partition: string;
  /** As the partition. */
  readonly sort: string;
}

export interface StoredRecord extends RecordKey {
  readonly value: StoredValue;
  /** Another with every write, and never one that the key has had before. Says nothing but that. */
  readonly version: string;
  /**
   * Not answered from then on, whenever the store really deletes it; null: kept. A fraction of a
   * second is rounded up when it is written.
   */
  readonly expiresAt: UnixSeconds | null;
}

/** What must hold for a write to be made; a record past its expiry counts as absent. */
export type Condition = 'any' | 'absent' | 'present' | { readonly version: string };

export type Write =
  | {
      readonly do: 'put';
      readonly key: RecordKey;
      readonly value: StoredValue;
      /** Default null: kept. */
      readonly expiresAt?: UnixSeconds | null;
      readonly when: Condition;
    }
  | { readonly do: 'remove'; readonly key: RecordKey; readonly when: Condition };

/**
 * A write is made only while this record is at this version: a lease has one that is written when it
 * changes hands, and at no other time.
 */
export interface Fence {
  readonly key: RecordKey;
  readonly version: string;
}

export interface ListRequest {
  readonly partition: string;
  /** Only sort keys that begin so. Default: all. */
  readonly prefix?: string;
  /** Only sort keys beyond this one, in the order asked for. */
  readonly after?: string;
  /** 1 to {@link mostListed}. Default 100. */
  readonly limit?: number;
  /** Default false: ascending. */
  readonly descending?: boolean;
}

export interface RecordPage {
  readonly records: readonly StoredRecord[];
  /** Give it as `after` for the next page, which may be empty; null: this is the last. */
  readonly next: string | null;
}

/** Why the store did not do as it was asked. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /**
   * conflict: a condition did not hold, and nothing was written. fenced: the lease is another's
   * now, and nothing was written. unavailable: it may or may not have been written. incompatible: a
   * newer muster wrote this store. invalid: the request can never work.
   */
  readonly kind: 'conflict' | 'fenced' | 'unavailable' | 'incompatible' | 'invalid';

  constructor(kind: StoreError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * Reads see every write that was answered before. Each call has its own time limit, and rejects with
 * a {@link StoreError} alone: `unavailable` too when the signal fires.
 */
export interface Store {
  /** null: there is none, or it has expired. */
  get(key: RecordKey, signal: AbortSignal): Promise<StoredRecord | null>;
  list(request: ListRequest, signal: AbortSignal): Promise<RecordPage>;
  /**
   * All of the writes or none, in one transaction; 1 to {@link mostWrites}, no key twice. Answers the
   * new version of each, null for a removal. Once it is answered, it outlasts a loss of power.
   */
  write(
    writes: readonly Write[],
    signal: AbortSignal,
    fence?: Fence,
  ): Promise<readonly (string | null)[]>;
  /** Rejects what comes after. */
  close(): Promise<void>;
}
