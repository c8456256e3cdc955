import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { type Cipher, CipherError } from './cipher.ts';
import { decrypt, encrypt, keyBytes } from './data-key.ts';

/** Bits of a file's mode that let others than its owner in. */
const othersBits = 0o077;

/**
 * AES-256-GCM under a key in a file: 32 random bytes as base64, readable by its owner alone. For the
 * embedded store; keep the file elsewhere than backups of the store, or they are not encrypted.
 */
export class KeyFileCipher implements Cipher {
  readonly #key: Uint8Array;

  private constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Reads the key, or makes one where there is no file. @throws CipherError when it cannot be used */
  static async open(file: string): Promise<KeyFileCipher> {
    try {
      await makeUnlessThere(file);
      const { mode } = await stat(file);
      if ((mode & othersBits) !== 0) {
        throw new CipherError(`${file}: others may read this key; run chmod 600 on it`);
      }
      const text = (await readFile(file, 'utf8')).trim();
      const key = Buffer.from(text, 'base64');
      if (key.length === keyBytes) return new KeyFileCipher(key);
      throw new CipherError(`${file}: not a key, which is ${keyBytes} bytes as base64`);
    } catch (error) {
      if (error instanceof CipherError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new CipherError(`${file}: the key cannot be used: ${reason}`, { cause: error });
    }
  }

  async seal(plaintext: Uint8Array, context: string): Promise<string> {
    return `file.${encrypt(this.#key, plaintext, context)}`;
  }

  async open(sealed: string, context: string): Promise<Uint8Array> {
    const [scheme, text] = sealed.split('.');
    if (scheme !== 'file' || text === undefined) {
      throw new CipherError('sealed by another cipher than the key file');
    }
    return decrypt(this.#key, text, context);
  }
}

/** Of processes that start at once, one makes the key, and it is there as a whole or not at all. */
async function makeUnlessThere(file: string): Promise<void> {
  if (await isThere(file)) return;
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(keyBytes).toString('base64')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file).catch(async (error) => {
      if (!(await isThere(file))) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
