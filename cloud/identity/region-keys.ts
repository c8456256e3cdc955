import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import type { Digest } from './certificate.ts';

/**
 * The keys with which EC2 signs identity documents in a region, by the names that AWS gives their
 * certificates. Kinds and digests: "Verify the instance identity document" in the EC2 user guide; sizes:
 * those of the certificates in "AWS public certificates for instance identity document signatures" there.
 */
export const keyKinds = {
  dsa: { type: 'dsa', modulusLength: 1024, digest: 'sha1' },
  rsa: { type: 'rsa', modulusLength: 1024, digest: 'sha256' },
  rsa2048: { type: 'rsa', modulusLength: 2048, digest: 'sha256' },
} as const satisfies Record<string, { readonly digest: Digest; readonly [of: string]: unknown }>;

export type KeyKind = keyof typeof keyKinds;

export interface RegionKey {
  readonly privateKey: KeyObject;
  /** In PEM. */
  readonly certificate: string;
  readonly digest: Digest;
}

/** Names of AWS's regions: they become names of files. */
const regionPattern = /^[a-z]{2}(-[a-z]+)+-\d$/;

export function isRegionName(name: string): boolean {
  return regionPattern.test(name);
}

/** The keys of all regions, each made when it is first needed: they take a while. */
export class RegionKeys {
  private readonly folder: string | null;
  private readonly keys = new Map<string, Promise<RegionKey>>();

  /** `folder`: where keys and certificates stay from one run to the next; null: nowhere. */
  constructor(folder: string | null) {
    this.folder = folder;
  }

  /** @throws Error if the folder cannot be read or written, or holds something else */
  async find(region: string, kind: KeyKind): Promise<RegionKey> {
    const name = `${region}-${kind}`;
    const known = this.keys.get(name);
    if (known !== undefined) return known;
    const found = this.load(name, region, kind);
    this.keys.set(name, found);
    // A folder that could not be used may be usable later.
    found.catch(() => this.keys.delete(name));
    return found;
  }

  private async load(name: string, region: string, kind: KeyKind): Promise<RegionKey> {
    const { digest } = keyKinds[kind];
    const { folder } = this;
    const commonName = `EC2 identity documents of ${region}, ${kind}`;
    if (folder === null) {
      const privateKey = await newKey(kind);
      return {
        privateKey,
        certificate: await certificateOf(privateKey, commonName, digest),
        digest,
      };
    }
    const keyFile = join(folder, `${name}.key`);
    const certificateFile = join(folder, `${name}.pem`);
    const keyText = await textOf(keyFile);
    const privateKey = keyText === null ? await newKey(kind) : readKey(keyText, keyFile);
    if (keyText === null) {
      await mkdir(folder, { recursive: true });
      const text = privateKey.export({ type: 'pkcs8', format: 'pem' });
      await writeFileAtomic(keyFile, text, { mode: 0o600 });
    }
    const before = keyText === null ? null : await textOf(certificateFile);
    if (before !== null) {
      refuseOther(before, privateKey, certificateFile);
      return { privateKey, certificate: before, digest };
    }
    const certificate = await certificateOf(privateKey, commonName, digest);
    await writeFileAtomic(certificateFile, certificate);
    return { privateKey, certificate, digest };
  }
}

const generate = promisify(generateKeyPair);

async function newKey(kind: KeyKind): Promise<KeyObject> {
  const { type, modulusLength } = keyKinds[kind];
  const { privateKey } =
    type === 'dsa'
      ? await generate('dsa', { modulusLength, divisorLength: 160 })
      : await generate('rsa', { modulusLength });
  return privateKey;
}

/** What writes certificates is loaded for the first one. */
async function certificateOf(key: KeyObject, name: string, digest: Digest): Promise<string> {
  const { selfSigned } = await import('./certificate.ts');
  return selfSigned(key, createPublicKey(key), name, digest);
}

/** null: there is no such file. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(
      `${file}: expected a private key in PEM; remove the file to have a new one made`,
    );
  }
}

function refuseOther(certificate: string, key: KeyObject, file: string): void {
  try {
    if (new X509Certificate(certificate).checkPrivateKey(key)) return;
  } catch {
    // Told below: it is no certificate at all.
  }
  throw new Error(
    `${file}: expected the certificate of the key beside it; remove the file to have it made anew`,
  );
}
