import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { UnixSeconds } from '../../pool/units.ts';
import type { Cipher } from './cipher.ts';
import { type RecordKey, type Store, StoreError } from './store.ts';

/** What a token stands for. */
export interface Secret {
  readonly workerType: string;
  readonly plaintext: Uint8Array;
  readonly expiresAt: UnixSeconds;
}

const recordSchema = z.object({ workerType: z.string(), sealed: z.string() });

/**
 * Secrets of workers by token. The token opens the secret, so the store knows only its SHA-256; the
 * secret itself is sealed, for this token alone.
 */
export class Secrets {
  readonly #store: Store;
  readonly #cipher: Cipher;

  constructor(store: Store, cipher: Cipher) {
    this.#store = store;
    this.#cipher = cipher;
  }

  /** @throws StoreError `conflict` when the token has one, CipherError when it cannot be sealed. */
  async create(token: string, secret: Secret, signal: AbortSignal): Promise<void> {
    const key = keyOf(token);
    const sealed = await this.#cipher.seal(secret.plaintext, contextOf(key), signal);
    const value = { workerType: secret.workerType, sealed };
    const { expiresAt } = secret;
    await this.#store.write([{ do: 'put', key, value, expiresAt, when: 'absent' }], signal);
  }

  /** null: there is none, or it has expired. @throws CipherError when it cannot be opened. */
  async get(token: string, signal: AbortSignal): Promise<Secret | null> {
    return (await this.#read(token, signal))?.secret ?? null;
  }

  /** Gets it and removes it: of all who ask for one secret at once, one gets it, and the rest null. */
  async take(token: string, signal: AbortSignal): Promise<Secret | null> {
    const read = await this.#read(token, signal);
    if (read === null) return null;
    const { version, secret } = read;
    try {
      const write = { do: 'remove', key: keyOf(token), when: { version } } as const;
      await this.#store.write([write], signal);
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'conflict') return null;
      throw error;
    }
    return secret;
  }

  /** Does nothing when there is none. */
  async remove(token: string, signal: AbortSignal): Promise<void> {
    await this.#store.write([{ do: 'remove', key: keyOf(token), when: 'any' }], signal);
  }

  async #read(
    token: string,
    signal: AbortSignal,
  ): Promise<{ secret: Secret; version: string } | null> {
    const key = keyOf(token);
    const record = await this.#store.get(key, signal);
    if (record === null) return null;
    const parsed = recordSchema.safeParse(record.value);
    if (!parsed.success || record.expiresAt === null) {
      throw new StoreError('invalid', 'what is kept for this token cannot be read');
    }
    const { workerType, sealed } = parsed.data;
    const plaintext = await this.#cipher.open(sealed, contextOf(key), signal);
    return {
      secret: { workerType, plaintext, expiresAt: record.expiresAt },
      version: record.version,
    };
  }
}

function keyOf(token: string): RecordKey {
  return { partition: 'secrets', sort: createHash('sha256').update(token).digest('base64url') };
}

function contextOf({ partition, sort }: RecordKey): string {
  return `${partition}/${sort}`;
}
