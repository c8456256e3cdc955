/**
 * Encrypts what a store must not be able to tell. `context` is authenticated and not kept: what was
 * sealed for one record opens for no other.
 */
export interface Cipher {
  /** Text of letters, digits and punctuation, about 4/3 of the plaintext long and 100 to 400 more. */
  seal(plaintext: Uint8Array, context: string, signal: AbortSignal): Promise<string>;
  /** @throws CipherError when it was sealed under another key or context, or has been changed. */
  open(sealed: string, context: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** Something cannot be sealed or opened. The message holds nothing secret. */
export class CipherError extends Error {
  override readonly name = 'CipherError';
}
