import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { UnixSeconds } from '../../pool/units.ts';
import type { RecordKey, Store } from './store.ts';

/** Whom a worker's token was given to; it outlives the secret, which is taken once. */
export interface WorkerToken {
  readonly workerType: string;
  /** null: whoever made the secret did not say. */
  readonly instanceId: string | null;
  /** When the worker said that it works; null: it has not. */
  readonly startedAt: UnixSeconds | null;
  readonly expiresAt: UnixSeconds;
}

const recordSchema = z.object({
  workerType: z.string(),
  instanceId: z.string().nullable(),
  startedAt: z.number().nullable(),
});

/** Tokens of workers, by their SHA-256. */
export class WorkerTokens {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async put(token: string, known: WorkerToken, signal: AbortSignal): Promise<void> {
    const { expiresAt, ...value } = known;
    const key = keyOf(token);
    await this.#store.write([{ do: 'put', key, value, expiresAt, when: 'any' }], signal);
  }

  /** null: nobody has it. */
  async get(token: string, signal: AbortSignal): Promise<WorkerToken | null> {
    const record = await this.#store.get(keyOf(token), signal);
    const parsed = recordSchema.safeParse(record?.value);
    if (record === null || !parsed.success || record.expiresAt === null) return null;
    return { ...parsed.data, expiresAt: record.expiresAt };
  }
}

function keyOf(token: string): RecordKey {
  const sort = createHash('sha256').update(token).digest('base64url');
  return { partition: 'worker-tokens', sort };
}
