import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Credentials } from '../../pool/pool.ts';
import type { Seconds } from '../../pool/units.ts';
import { awsCall } from '../aws/aws-call.ts';
import { clientConfiguration } from '../aws/client-configuration.ts';
import { type Cipher, CipherError } from './cipher.ts';
import { decrypt, encrypt } from './data-key.ts';

/** A data key seals for that long and so many times; each is a call of KMS (3 USD a million). */
const dataKeyLife: Seconds = 300;
const mostSealed = 1_000;

/** Data keys kept in memory for opening. */
const mostKept = 100;

interface DataKey {
  readonly plaintext: Uint8Array;
  /** As KMS encrypted it, base64url. */
  readonly encrypted: string;
}

/**
 * Envelope encryption: AES-256-GCM under data keys that a key of KMS encrypts. Data keys carry the
 * encryption context `muster:fleet`, which the log of KMS then shows. For the shared store.
 */
export class KmsCipher implements Cipher {
  readonly #client: KMSClient;
  readonly #keyId: string;
  readonly #encryptionContext: Record<string, string>;
  readonly #monotonic: () => Seconds;
  #current: { readonly key: Promise<DataKey>; readonly until: Seconds; left: number } | null = null;
  readonly #opened = new Map<string, Uint8Array>();

  /** @param options.keyId ARN, id or alias (`alias/muster/FLEET`) of a symmetric key */
  constructor(options: {
    readonly keyId: string;
    readonly fleet: string;
    readonly credentials: Credentials;
    readonly region: string;
    readonly monotonic?: () => Seconds;
  }) {
    this.#client = new KMSClient(clientConfiguration(options.credentials, options.region));
    this.#keyId = options.keyId;
    this.#encryptionContext = { 'muster:fleet': options.fleet };
    this.#monotonic = options.monotonic ?? (() => performance.now() / 1000);
  }

  async seal(plaintext: Uint8Array, context: string, signal: AbortSignal): Promise<string> {
    const { plaintext: key, encrypted } = await this.#sealingKey(signal);
    return `kms.${encrypted}.${encrypt(key, plaintext, context)}`;
  }

  async open(sealed: string, context: string, signal: AbortSignal): Promise<Uint8Array> {
    const [scheme, encrypted, text] = sealed.split('.');
    if (scheme !== 'kms' || encrypted === undefined || text === undefined) {
      throw new CipherError('sealed by another cipher than KMS');
    }
    return decrypt(await this.#openingKey(encrypted, signal), text, context);
  }

  async #sealingKey(signal: AbortSignal): Promise<DataKey> {
    const now = this.#monotonic();
    if (this.#current === null || this.#current.left <= 0 || this.#current.until <= now) {
      const key = this.#newKey(signal);
      const current = { key, until: now + dataKeyLife, left: mostSealed };
      this.#current = current;
      key.catch(() => {
        if (this.#current === current) this.#current = null;
      });
    }
    this.#current.left -= 1;
    return this.#current.key;
  }

  async #newKey(signal: AbortSignal): Promise<DataKey> {
    const { Plaintext: plaintext, CiphertextBlob: encrypted } = await this.#call(
      'making a data key',
      signal,
      (abortSignal) =>
        this.#client.send(
          new GenerateDataKeyCommand({
            KeyId: this.#keyId,
            KeySpec: 'AES_256',
            EncryptionContext: this.#encryptionContext,
          }),
          { abortSignal },
        ),
    );
    if (plaintext === undefined || encrypted === undefined) {
      throw new CipherError('KMS answered without a key');
    }
    return { plaintext, encrypted: Buffer.from(encrypted).toString('base64url') };
  }

  async #openingKey(encrypted: string, signal: AbortSignal): Promise<Uint8Array> {
    const known = this.#opened.get(encrypted);
    if (known !== undefined) return known;
    const { Plaintext: key } = await this.#call('opening a data key', signal, (abortSignal) =>
      this.#client.send(
        new DecryptCommand({
          KeyId: this.#keyId,
          CiphertextBlob: Buffer.from(encrypted, 'base64url'),
          EncryptionContext: this.#encryptionContext,
        }),
        { abortSignal },
      ),
    );
    if (key === undefined) throw new CipherError('KMS answered without a key');
    if (this.#opened.size >= mostKept) this.#opened.clear();
    this.#opened.set(encrypted, key);
    return key;
  }

  async #call<Answer>(
    doing: string,
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await awsCall(doing, signal, call);
    } catch (error) {
      throw new CipherError(error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  }
}
