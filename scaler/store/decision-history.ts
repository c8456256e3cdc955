import { z } from 'zod';
import type { Seconds } from '../../pool/units.ts';
import type { Decision } from '../decide/decision.ts';
import { decisionSchema } from '../schemas/decision-schema.ts';
import { compressed, expanded } from './compressed.ts';
import type { RecordKey, Store } from './store.ts';

export interface DecisionPage {
  /** Newest first, with their reasons. */
  readonly decisions: readonly Decision[];
  /** Give it as `after` for older ones; null: there are none. */
  readonly next: string | null;
}

const recordSchema = z.object({ gzip: z.string() });

/** Digits of a time in milliseconds, until the year 33658. */
const timeDigits = 15;
const sequenceDigits = 12;

/** What was decided for each pool and why, until it is older than the retention. */
export class DecisionHistory {
  readonly #store: Store;
  readonly #retention: Seconds;

  constructor(store: Store, retention: Seconds) {
    this.#store = store;
    this.#retention = retention;
  }

  /** Keeps a decision; one of the same pool, time and sequence is replaced. */
  async add(decision: Decision, signal: AbortSignal): Promise<void> {
    const key = keyOf(decision);
    const value = { gzip: await compressed(decision) };
    const expiresAt = decision.at + this.#retention;
    await this.#store.write([{ do: 'put', key, value, expiresAt, when: 'any' }], signal);
  }

  /**
   * One pool's decisions, newest first; those of another version of muster that this one cannot read
   * are left out.
   * @param request.limit 1 to 1,000; default 100
   */
  async page(
    request: { readonly pool: string; readonly after?: string; readonly limit?: number },
    signal: AbortSignal,
  ): Promise<DecisionPage> {
    const { pool, ...paging } = request;
    const partition = partitionOf(pool);
    const page = await this.#store.list({ partition, descending: true, ...paging }, signal);
    const decisions = await Promise.all(page.records.map(({ value }) => decisionIn(value)));
    return { decisions: decisions.filter((decision) => decision !== null), next: page.next };
  }
}

function partitionOf(pool: string): string {
  return `decisions/${pool}`;
}

function keyOf({ pool, at, sequence }: Decision): RecordKey {
  const time = Math.round(at * 1000);
  const sort = `${String(time).padStart(timeDigits, '0')}-${String(sequence).padStart(sequenceDigits, '0')}`;
  return { partition: partitionOf(pool), sort };
}

async function decisionIn(value: unknown): Promise<Decision | null> {
  const record = recordSchema.safeParse(value);
  if (!record.success) return null;
  try {
    return decisionSchema.safeParse(await expanded(record.data.gzip)).data ?? null;
  } catch {
    return null;
  }
}
