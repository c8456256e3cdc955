import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CipherError } from './cipher.ts';

/** AES-256 in Galois/Counter Mode, with the nonce and tag of NIST SP 800-38D. */
const algorithm = 'aes-256-gcm';
export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** Nonce, ciphertext and tag as base64url. */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, context: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  const parts = [nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64url');
}

/** @throws CipherError */
export function decrypt(key: Uint8Array, sealed: string, context: string): Uint8Array {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < nonceBytes + tagBytes) throw new CipherError('too short to have been sealed');
  const nonce = bytes.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([
      decipher.update(bytes.subarray(nonceBytes, -tagBytes)),
      decipher.final(),
    ]);
  } catch (error) {
    throw new CipherError('cannot be opened: another key or record, or it was changed', {
      cause: error,
    });
  }
}
