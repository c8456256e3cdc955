import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cipher, CipherError } from '../../../scaler/store/cipher.ts';
import { KeyFileCipher } from '../../../scaler/store/key-file-cipher.ts';
import { KmsCipher } from '../../../scaler/store/kms-cipher.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../../harness/moto.ts';
import { never, region } from './store-world.ts';

const plaintext = Buffer.from('a secret of some length');

async function sealsAndOpens(cipher: Cipher, again: Cipher): Promise<void> {
  const sealed = await cipher.seal(plaintext, 'record', never);
  expect(sealed).not.toContain(plaintext.toString('base64url').slice(0, 8));
  expect(Buffer.from(await again.open(sealed, 'record', never))).toEqual(plaintext);
  expect(await cipher.seal(plaintext, 'record', never)).not.toBe(sealed);
  const last = sealed.at(-3) === 'A' ? 'B' : 'A';
  const changed = `${sealed.slice(0, -3)}${last}${sealed.slice(-2)}`;
  const wrong = [
    [sealed, 'another record'],
    [changed, 'record'],
    [sealed.slice(0, -20), 'record'],
    ['', 'record'],
    ['other.abc.def', 'record'],
  ] as const;
  for (const [text, context] of wrong) {
    await expect(again.open(text, context, never)).rejects.toBeInstanceOf(CipherError);
  }
  const empty = await cipher.seal(new Uint8Array(), 'record', never);
  expect(await again.open(empty, 'record', never)).toHaveLength(0);
}

describe('a key file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-key-'));
    file = join(folder, 'key');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, for its owner alone, and opens what it sealed', async () => {
    const ciphers = await Promise.all([1, 2, 3].map(() => KeyFileCipher.open(file)));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await sealsAndOpens(ciphers[0]!, ciphers[2]!);
    await sealsAndOpens(ciphers[1]!, await KeyFileCipher.open(file));
    const sealed = await ciphers[0]!.seal(plaintext, 'record');
    const other = await KeyFileCipher.open(join(folder, 'other'));
    await expect(other.open(sealed, 'record')).rejects.toBeInstanceOf(CipherError);
  });

  it('is refused when others may read it, when it is no key, and where it cannot be', async () => {
    await KeyFileCipher.open(file);
    const key = readFileSync(file, 'utf8').trim();
    chmodSync(file, 0o640);
    const refusal = await KeyFileCipher.open(file).catch((error: Error) => error.message);
    expect(refusal).toMatch(/chmod 600/);
    expect(refusal).not.toContain(key);
    const bad = join(folder, 'bad');
    writeFileSync(bad, 'too short\n', { mode: 0o600 });
    await expect(KeyFileCipher.open(bad)).rejects.toThrow(/32 bytes/);
    await expect(KeyFileCipher.open(join(folder, 'none', 'key'))).rejects.toThrow(CipherError);
  });
});

describe.skipIf(await missingParts([motoPart]))('a key of KMS, on moto', () => {
  let moto: Moto;
  let keyId: string;
  beforeAll(async () => {
    moto = await startMoto();
    process.env.AWS_ENDPOINT_URL_KMS = moto.endpoint;
    const client = new KMSClient({ endpoint: moto.endpoint, region });
    keyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    client.destroy();
  }, 90_000);
  afterAll(() => moto.stop());

  const cipher = (fleet = 'ci', monotonic?: () => number) =>
    new KmsCipher({
      keyId,
      fleet,
      credentials: { kind: 'default' },
      region,
      ...(monotonic ? { monotonic } : {}),
    });
  const dataKeyOf = (sealed: string) => sealed.split('.')[1];

  it('opens in another process what one sealed, and for this fleet alone', async () => {
    await sealsAndOpens(cipher(), cipher());
    const sealed = await cipher().seal(plaintext, 'record', never);
    await expect(cipher('other').open(sealed, 'record', never)).rejects.toThrow(CipherError);
  });

  it('takes a new data key after five minutes', async () => {
    let now = 0;
    const one = cipher('ci', () => now);
    const first = await one.seal(plaintext, 'record', never);
    now = 299;
    expect(dataKeyOf(await one.seal(plaintext, 'record', never))).toBe(dataKeyOf(first));
    now = 300;
    expect(dataKeyOf(await one.seal(plaintext, 'record', never))).not.toBe(dataKeyOf(first));
  });

  it('is told when KMS refuses, and asked again', async () => {
    const wrong = new KmsCipher({
      keyId: 'alias/none',
      fleet: 'ci',
      credentials: { kind: 'default' },
      region,
    });
    for (const _ of [1, 2]) {
      await expect(wrong.seal(plaintext, 'record', never)).rejects.toThrow(/making a data key/);
    }
  });
});
