import { randomBytes } from 'node:crypto';
import type { UnixSeconds } from '../../pool/units.ts';
import {
  type ListRequest,
  longestValue,
  mostListed,
  mostWrites,
  type RecordKey,
  StoreError,
  type Write,
} from './store.ts';

const longestKeyPart = 300;

/** What both stores refuse, in the same words, before either is called. @throws StoreError `invalid` */
export function checkKey({ partition, sort }: RecordKey): void {
  checkKeyPart('partition', partition);
  checkKeyPart('sort', sort);
}

/** A write as both stores make it. */
export type CheckedWrite =
  | {
      readonly do: 'put';
      readonly key: RecordKey;
      readonly text: string;
      /** New. */
      readonly version: string;
      /** Whole seconds. */
      readonly expiresAt: UnixSeconds | null;
      readonly when: Write['when'];
    }
  | { readonly do: 'remove'; readonly key: RecordKey; readonly when: Write['when'] };

/** @throws StoreError `invalid` */
export function checkWrites(writes: readonly Write[]): readonly CheckedWrite[] {
  if (writes.length === 0 || writes.length > mostWrites) {
    throw invalid(`${writes.length} writes in one transaction; 1 to ${mostWrites} are allowed`);
  }
  const keys = new Set<string>();
  return writes.map((write) => {
    checkKey(write.key);
    const name = nameOf(write.key);
    if (keys.has(name)) throw invalid(`${name}: written twice in one transaction`);
    keys.add(name);
    const { key, when } = write;
    if (write.do === 'remove') return { do: 'remove', key, when };
    return {
      do: 'put',
      key,
      text: textOf(write),
      version: randomBytes(12).toString('base64url'),
      expiresAt: wholeSeconds(write.expiresAt ?? null),
      when,
    };
  });
}

/** The request with its defaults. @throws StoreError `invalid` */
export function checkList({
  partition,
  prefix = '',
  after,
  limit = 100,
  descending = false,
}: ListRequest): Required<Omit<ListRequest, 'after'>> & { readonly after: string | null } {
  checkKeyPart('partition', partition);
  if (prefix !== '') checkKeyPart('prefix', prefix);
  if (after !== undefined) checkKeyPart('after', after);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostListed) {
    throw invalid(`limit: got ${limit}; 1 to ${mostListed} are allowed`);
  }
  return { partition, prefix, after: after ?? null, limit, descending };
}

/** For messages. */
export function nameOf({ partition, sort }: RecordKey): string {
  return `${partition} ${sort}`;
}

function checkKeyPart(what: string, text: string): void {
  if (text.length === 0 || text.length > longestKeyPart) {
    throw invalid(`${what}: ${text.length} characters; 1 to ${longestKeyPart} are allowed`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(text)) {
    throw invalid(`${what}: ${JSON.stringify(text)} has a control character or half of a pair`);
  }
}

function textOf({ key, value }: Extract<Write, { do: 'put' }>): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw invalid(`${nameOf(key)}: the value is not JSON`);
  const bytes = Buffer.byteLength(text);
  if (bytes <= longestValue) return text;
  throw invalid(
    `${nameOf(key)}: the value has ${bytes} bytes; at most ${longestValue} are allowed`,
  );
}

function wholeSeconds(expiresAt: UnixSeconds | null): UnixSeconds | null {
  if (expiresAt === null) return null;
  if (Number.isFinite(expiresAt) && expiresAt > 0) return Math.ceil(expiresAt);
  throw invalid(`expiresAt: got ${expiresAt}; seconds since 1970 are allowed`);
}

function invalid(message: string): StoreError {
  return new StoreError('invalid', `store: ${message}`);
}
