import { z } from 'zod';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { mostWrites, type Store } from './store.ts';

/** How long writes over the API are remembered. */
export const auditRetention: Seconds = 90 * 86_400;

/** Entries wait so long for others to share a write with. */
const gatherMilliseconds = 100;
/** Waiting at once; beyond them entries are in the log of the process alone, and that is told. */
const mostWaiting = 20_000;
/** One write. */
const writeMilliseconds = 10_000;

/** Digits of a time in milliseconds, until the year 33658. */
const timeDigits = 15;
const partition = 'audit';

const entrySchema = z.object({
  at: z.number(),
  requestId: z.string(),
  clientId: z.string(),
  from: z.string(),
  method: z.string(),
  route: z.string(),
  subject: z.string().nullable(),
  status: z.number(),
});

/** A write over the API, as it ended. */
export type KeptAuditEntry = z.output<typeof entrySchema> & { readonly at: UnixSeconds };

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly KeptAuditEntry[];
  /** Give it as `after` for older ones; null: there are none. */
  readonly next: string | null;
}

/** Writes over the API, kept for {@link auditRetention}. Answers do not wait for it. */
export class AuditLog {
  readonly #store: Store;
  readonly #onFailure: (doing: string, error: unknown) => void;
  #waiting: KeptAuditEntry[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** @param onFailure hears of entries that were not kept */
  constructor(store: Store, onFailure: (doing: string, error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  add(entry: KeptAuditEntry): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#onFailure('keeping an audit entry', new Error(`${mostWaiting} others are waiting`));
      return;
    }
    this.#waiting.push(entry);
    this.#timer ??= setTimeout(() => this.#begin(), gatherMilliseconds);
  }

  /** @param request.limit 1 to 1,000 */
  async page(
    request: { readonly after?: string; readonly limit: number },
    signal: AbortSignal,
  ): Promise<AuditPage> {
    const page = await this.#store.list({ partition, descending: true, ...request }, signal);
    const entries = page.records.flatMap(({ value }) => entrySchema.safeParse(value).data ?? []);
    return { entries, next: page.next };
  }

  /** Resolves once all that was added is written, or could not be. */
  async flush(): Promise<void> {
    if (this.#timer !== null) this.#begin();
    await this.#writing;
  }

  #begin(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const entries = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#writing.then(() => this.#write(entries));
  }

  async #write(entries: readonly KeptAuditEntry[]): Promise<void> {
    const parts: (readonly KeptAuditEntry[])[] = [];
    for (let at = 0; at < entries.length; at += mostWrites) {
      parts.push(entries.slice(at, at + mostWrites));
    }
    try {
      await Promise.all(parts.map((part) => this.#writePart(part)));
    } catch (error) {
      this.#onFailure(`keeping ${entries.length} audit entries`, error);
    }
  }

  async #writePart(entries: readonly KeptAuditEntry[]): Promise<void> {
    const writes = entries.map((entry) => ({
      do: 'put' as const,
      key: { partition, sort: sortKey(entry) },
      value: entry,
      expiresAt: entry.at + auditRetention,
      when: 'any' as const,
    }));
    await this.#store.write(writes, AbortSignal.timeout(writeMilliseconds));
  }
}

function sortKey({ at, requestId }: KeptAuditEntry): string {
  return `${String(Math.round(at * 1000)).padStart(timeDigits, '0')}-${requestId}`;
}
