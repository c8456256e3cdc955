import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { allOf } from './all-of.ts';
import type { Cipher } from './cipher.ts';
import { type RecordKey, type Store, type StoredRecord, StoreError } from './store.ts';

/** Who may call the API, without the means to. */
export interface ApiClient {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly description: string;
  readonly createdAt: UnixSeconds;
  readonly rotatedAt: UnixSeconds | null;
  /** null: until it is removed. */
  readonly expiresAt: UnixSeconds | null;
}

export interface NewApiClient {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly description: string;
  readonly expiresAt: UnixSeconds | null;
}

/** Shown once, to whoever made it. */
export interface IssuedToken {
  /** Of new clients: `Authorization: Bearer TOKEN`. It names its client, so one read finds it. */
  readonly bearerToken: string;
  /** Of old clients: the `accessToken` that they sign with. */
  readonly accessToken: string;
}

const keySchema = z.object({ bearerHash: z.string(), sealedAccessToken: z.string() });

const recordSchema = z.object({
  scopes: z.array(z.string()),
  description: z.string(),
  createdAt: z.number(),
  rotatedAt: z.number().nullable(),
  current: keySchema,
  previous: keySchema.extend({ until: z.number() }).nullable(),
});

type Kept = z.output<typeof recordSchema>;

/** Bits of a token: too many to guess, so that a plain hash of it tells nothing. */
const tokenBytes = 32;
const prefix = 'muster_';

/**
 * Clients of the API and their tokens. A bearer token is kept as its SHA-256 alone. A Hawk signature
 * can only be checked by who knows the key, so an access token is kept sealed.
 */
export class Tokens {
  readonly #store: Store;
  readonly #cipher: Cipher;

  constructor(store: Store, cipher: Cipher) {
    this.#store = store;
    this.#cipher = cipher;
  }

  /** @throws StoreError `conflict` when there is a client of this id. */
  async create(client: NewApiClient, at: UnixSeconds, signal: AbortSignal): Promise<IssuedToken> {
    const { issued, kept } = await this.#issue(client.clientId, signal);
    const value: Kept = {
      scopes: [...client.scopes],
      description: client.description,
      createdAt: at,
      rotatedAt: null,
      current: kept,
      previous: null,
    };
    const { expiresAt } = client;
    const key = keyOf(client.clientId);
    await this.#store.write([{ do: 'put', key, value, expiresAt, when: 'absent' }], signal);
    return issued;
  }

  /**
   * New tokens for a client; those before stay good for `overlap` more. null: there is no such client.
   * @throws StoreError `conflict` when it was changed meanwhile
   */
  async rotate(
    clientId: string,
    at: UnixSeconds,
    overlap: Seconds,
    signal: AbortSignal,
  ): Promise<IssuedToken | null> {
    const found = await this.#read(clientId, signal);
    if (found === null) return null;
    const { record, kept: before } = found;
    const { issued, kept } = await this.#issue(clientId, signal);
    const previous = overlap > 0 ? { ...before.current, until: at + overlap } : null;
    const value: Kept = { ...before, rotatedAt: at, current: kept, previous };
    const { expiresAt, version } = record;
    const key = keyOf(clientId);
    await this.#store.write([{ do: 'put', key, value, expiresAt, when: { version } }], signal);
    return issued;
  }

  /** Whose bearer token this is; null: nobody's. */
  async clientOfBearerToken(
    token: string,
    at: UnixSeconds,
    signal: AbortSignal,
  ): Promise<ApiClient | null> {
    const clientId = clientIdIn(token);
    const found = clientId === null ? null : await this.#read(clientId, signal);
    if (found === null) return null;
    const hash = hashOf(token);
    const good = goodKeys(found.kept, at).some(({ bearerHash }) =>
      timingSafeEqual(Buffer.from(bearerHash, 'base64url'), hash),
    );
    return good ? clientOf(found.record, found.kept) : null;
  }

  /** A client and the access tokens that its signature may have been made with; null: there is none. */
  async accessTokensOf(
    clientId: string,
    at: UnixSeconds,
    signal: AbortSignal,
  ): Promise<{ client: ApiClient; accessTokens: readonly string[] } | null> {
    const found = await this.#read(clientId, signal);
    if (found === null) return null;
    const accessTokens = await Promise.all(
      goodKeys(found.kept, at).map(async ({ sealedAccessToken }) => {
        const opened = await this.#cipher.open(sealedAccessToken, contextOf(clientId), signal);
        return Buffer.from(opened).toString('utf8');
      }),
    );
    return { client: clientOf(found.record, found.kept), accessTokens };
  }

  /** All, by id. */
  async list(signal: AbortSignal): Promise<readonly ApiClient[]> {
    const records = await allOf(this.#store, { partition: 'tokens' }, signal);
    return records.flatMap((record) => {
      const parsed = recordSchema.safeParse(record.value);
      return parsed.success ? [clientOf(record, parsed.data)] : [];
    });
  }

  /** Does nothing when there is none. */
  async remove(clientId: string, signal: AbortSignal): Promise<void> {
    await this.#store.write([{ do: 'remove', key: keyOf(clientId), when: 'any' }], signal);
  }

  async #issue(clientId: string, signal: AbortSignal) {
    const random = () => randomBytes(tokenBytes).toString('base64url');
    const issued: IssuedToken = {
      bearerToken: `${prefix}${Buffer.from(clientId).toString('base64url')}.${random()}`,
      accessToken: random(),
    };
    const sealedAccessToken = await this.#cipher.seal(
      Buffer.from(issued.accessToken),
      contextOf(clientId),
      signal,
    );
    const bearerHash = hashOf(issued.bearerToken).toString('base64url');
    return { issued, kept: { bearerHash, sealedAccessToken } };
  }

  async #read(
    clientId: string,
    signal: AbortSignal,
  ): Promise<{ record: StoredRecord; kept: Kept } | null> {
    const record = await this.#store.get(keyOf(clientId), signal);
    if (record === null) return null;
    const parsed = recordSchema.safeParse(record.value);
    if (parsed.success) return { record, kept: parsed.data };
    throw new StoreError('invalid', `tokens: what is kept of ${clientId} cannot be read`);
  }
}

function goodKeys({ current, previous }: Kept, at: UnixSeconds) {
  return previous !== null && previous.until > at ? [current, previous] : [current];
}

function clientOf({ sort, expiresAt }: StoredRecord, kept: Kept): ApiClient {
  const { scopes, description, createdAt, rotatedAt } = kept;
  return { clientId: sort, scopes, description, createdAt, rotatedAt, expiresAt };
}

/** null: it is no token of ours. */
function clientIdIn(token: string): string | null {
  const found = /^muster_([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]{43}$/.exec(token)?.[1];
  const clientId = found === undefined ? '' : Buffer.from(found, 'base64url').toString('utf8');
  return /^[\x20-\x7e]{1,300}$/.test(clientId) ? clientId : null;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function keyOf(clientId: string): RecordKey {
  return { partition: 'tokens', sort: clientId };
}

function contextOf(clientId: string): string {
  return `tokens/${clientId}`;
}
