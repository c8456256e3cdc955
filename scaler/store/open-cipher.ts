import type { Cipher } from './cipher.ts';
import type { StoreSurroundings } from './open-store.ts';
import type { StoreAddress } from './store-address.ts';

/** Where the key is that secrets are sealed with. */
export type KeyAddress =
  | { readonly kind: 'file'; readonly file: string }
  /** ARN, id or alias of a symmetric key. */
  | { readonly kind: 'kms'; readonly keyId: string };

/** @throws Error that says what is allowed. */
export function parseKeyAddress(text: string): KeyAddress {
  const [, kind, rest = ''] = /^(file|kms):(.+)$/s.exec(text) ?? [];
  if (kind === 'file') return { kind, file: rest };
  if (kind === 'kms' && /^[\w:/-]{1,2048}$/.test(rest)) return { kind, keyId: rest };
  throw new Error(
    `${JSON.stringify(text)} is no key; it must be file:FILE, or kms:KEY with the ARN, id or alias ` +
      'of a symmetric key',
  );
}

/** Beside an embedded store, a file of its name and `.key`; for a table, the fleet's key in KMS. */
export function defaultKey(store: StoreAddress, fleet: string): KeyAddress {
  return store.kind === 'sqlite'
    ? { kind: 'file', file: `${store.file}.key` }
    : { kind: 'kms', keyId: `alias/muster/${fleet}` };
}

/** @throws CipherError when a key file cannot be used. */
export async function openCipher(
  key: KeyAddress,
  fleet: string,
  { credentials, region }: StoreSurroundings,
): Promise<Cipher> {
  if (key.kind === 'file') {
    const { KeyFileCipher } = await import('./key-file-cipher.ts');
    return KeyFileCipher.open(key.file);
  }
  // The library takes a while to load, so only what is used is.
  const { KmsCipher } = await import('./kms-cipher.ts');
  return new KmsCipher({ keyId: key.keyId, fleet, credentials, region });
}
