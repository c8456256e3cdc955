import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AmiSets } from '../../../scaler/store/ami-sets.ts';
import { KeyFileCipher } from '../../../scaler/store/key-file-cipher.ts';
import { Registrations } from '../../../scaler/store/registrations.ts';
import { Secrets } from '../../../scaler/store/secrets.ts';
import type { Store, StoreError } from '../../../scaler/store/store.ts';
import { Tokens } from '../../../scaler/store/tokens.ts';
import { WorkerTypes } from '../../../scaler/store/worker-types.ts';
import { LaterClock, libsqlWorld, never } from './store-world.ts';

let world: ReturnType<typeof libsqlWorld>;
let clock: LaterClock;
let store: Store;
let cipher: KeyFileCipher;
beforeEach(async () => {
  world = libsqlWorld();
  clock = new LaterClock();
  store = await world.open(clock);
  cipher = await KeyFileCipher.open(`${world.file}.key`);
});
afterEach(async () => {
  await store.close();
  await world.end();
});

const kindOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done',
    (error: StoreError) => error.kind,
  );

/** Every value in the store as text. */
async function everything(...partitions: string[]): Promise<string> {
  const pages = await Promise.all(partitions.map((partition) => store.list({ partition }, never)));
  return JSON.stringify(pages.flatMap(({ records }) => records));
}

describe('definitions of worker types', () => {
  it('are created once, replaced by who read the last, and removed', async () => {
    const types = new WorkerTypes(store);
    expect(await types.get('linux', never)).toBeNull();
    const made = await types.create('linux', { maxCapacity: 5 }, 100, never);
    expect(await types.get('linux', never)).toEqual(made);
    expect(await kindOf(types.create('linux', {}, 101, never))).toBe('conflict');
    const replaced = await types.replace(made, { maxCapacity: 6 }, 102, never);
    expect(await kindOf(types.replace(made, { maxCapacity: 7 }, 103, never))).toBe('conflict');
    await types.create('arm', {}, 104, never);
    expect((await types.list(never)).map(({ name }) => name)).toEqual(['arm', 'linux']);
    expect(await types.get('linux', never)).toEqual(replaced);
    expect(replaced).toMatchObject({ document: { maxCapacity: 6 }, lastModified: 102 });
    await types.remove('linux', never);
    await types.remove('linux', never);
    expect(await types.get('linux', never)).toBeNull();
    expect(await kindOf(types.replace(replaced, {}, 105, never))).toBe('conflict');
  });

  it('stand beside AMI sets of the same name, and one that cannot be read breaks no list', async () => {
    const types = new WorkerTypes(store);
    await types.create('linux', { a: 1 }, 1, never);
    await new AmiSets(store).create('linux', { b: 1 }, 1, never);
    const key = { partition: 'worker-types', sort: 'broken' };
    await store.write([{ do: 'put', key, value: 'no object', when: 'any' }], never);
    expect((await types.list(never)).map(({ document }) => document)).toEqual([{ a: 1 }]);
    expect(await kindOf(types.get('broken', never))).toBe('invalid');
  });

  it('may be more than a page', async () => {
    const types = new WorkerTypes(store);
    const names = Array.from({ length: 1_200 }, (_, index) => String(index).padStart(5, '0'));
    await Promise.all(names.map((name) => types.create(name, {}, 1, never)));
    expect((await types.list(never)).map(({ name }) => name)).toEqual(names);
  });
});

describe('secrets', () => {
  const token = 'YgYAIPGSQjyvYYU3X9x4PQ';
  const plaintext = Buffer.from('{"password":"correct horse"}');

  it('are given back for their token, and neither is in the store', async () => {
    const secrets = new Secrets(store, cipher);
    const secret = { workerType: 'linux', plaintext, expiresAt: Math.ceil(clock.now()) + 60 };
    await secrets.create(token, secret, never);
    expect(await secrets.get(token, never)).toEqual(secret);
    expect(await secrets.get('another', never)).toBeNull();
    expect(await kindOf(secrets.create(token, secret, never))).toBe('conflict');
    const kept = await everything('secrets');
    expect(kept).toContain('linux');
    for (const word of [token, 'password', 'horse', plaintext.toString('base64url').slice(0, 12)]) {
      expect(kept).not.toContain(word);
    }
    clock.advance(61);
    expect(await secrets.get(token, never)).toBeNull();
  });

  it('are taken by one alone of many', async () => {
    const secrets = new Secrets(store, cipher);
    const expiresAt = clock.now() + 60;
    await secrets.create(token, { workerType: 'linux', plaintext, expiresAt }, never);
    const taken = await Promise.all([1, 2, 3, 4].map(() => secrets.take(token, never)));
    expect(taken.filter((one) => one !== null)).toHaveLength(1);
    expect(await secrets.get(token, never)).toBeNull();
    await secrets.remove(token, never);
  });

  it('open for no other token, though the record be copied', async () => {
    const secrets = new Secrets(store, cipher);
    const expiresAt = clock.now() + 60;
    await secrets.create(token, { workerType: 'linux', plaintext, expiresAt }, never);
    await secrets.create('another', { workerType: 'linux', plaintext, expiresAt }, never);
    const { records } = await store.list({ partition: 'secrets' }, never);
    const [one, other] = records;
    const key = { partition: 'secrets', sort: one!.sort };
    const copy = { do: 'put', key, value: other!.value, expiresAt, when: 'any' } as const;
    await store.write([copy], never);
    const opened = await Promise.all(
      [token, 'another'].map((name) =>
        secrets.get(name, never).then(
          () => 'opened',
          (error: Error) => error.name,
        ),
      ),
    );
    expect(opened.sort()).toEqual(['CipherError', 'opened']);
  });
});

describe('tokens', () => {
  const client = {
    clientId: 'ops/static key',
    scopes: ['a:*'],
    description: 'Ops',
    expiresAt: null,
  };

  it('tell their client, and are not in the store', async () => {
    const tokens = new Tokens(store, cipher);
    const issued = await tokens.create(client, 100, never);
    const known = { ...client, createdAt: 100, rotatedAt: null };
    expect(await tokens.clientOfBearerToken(issued.bearerToken, 101, never)).toEqual(known);
    expect(await tokens.accessTokensOf(client.clientId, 101, never)).toEqual({
      client: known,
      accessTokens: [issued.accessToken],
    });
    expect(await tokens.list(never)).toEqual([known]);
    const kept = await everything('tokens');
    for (const word of Object.values(issued)) {
      expect(kept).not.toContain(word);
      expect(kept).not.toContain(word.split('.').at(-1));
    }
    expect(await kindOf(tokens.create(client, 102, never))).toBe('conflict');
  });

  it("are nobody else's", async () => {
    const tokens = new Tokens(store, cipher);
    const { bearerToken } = await tokens.create(client, 100, never);
    const flipped = bearerToken.slice(0, -1) + (bearerToken.endsWith('A') ? 'B' : 'A');
    for (const wrong of [flipped, '', 'muster_', bearerToken.slice(7), `${bearerToken}A`]) {
      expect(await tokens.clientOfBearerToken(wrong, 101, never)).toBeNull();
    }
    expect(await tokens.accessTokensOf('nobody', 101, never)).toBeNull();
  });

  it('are rotated, and the old ones last as long as they are to', async () => {
    const tokens = new Tokens(store, cipher);
    const first = await tokens.create(client, 100, never);
    const second = await tokens.rotate(client.clientId, 200, 50, never);
    const good = async (token: string, at: number) =>
      (await tokens.clientOfBearerToken(token, at, never)) !== null;
    expect(await good(first.bearerToken, 249)).toBe(true);
    expect(await good(second!.bearerToken, 249)).toBe(true);
    expect((await tokens.accessTokensOf(client.clientId, 249, never))?.accessTokens).toEqual([
      second!.accessToken,
      first.accessToken,
    ]);
    expect(await good(first.bearerToken, 250)).toBe(false);
    const third = await tokens.rotate(client.clientId, 300, 0, never);
    expect(await good(second!.bearerToken, 300)).toBe(false);
    expect(await good(third!.bearerToken, 300)).toBe(true);
    expect(await tokens.rotate('nobody', 1, 0, never)).toBeNull();
  });

  it('end with their client', async () => {
    const tokens = new Tokens(store, cipher);
    const expiresAt = Math.ceil(clock.now()) + 60;
    const { bearerToken } = await tokens.create({ ...client, expiresAt }, 100, never);
    const other = await tokens.create({ ...client, clientId: 'other' }, 100, never);
    clock.advance(61);
    expect(await tokens.clientOfBearerToken(bearerToken, 101, never)).toBeNull();
    await tokens.remove('other', never);
    expect(await tokens.clientOfBearerToken(other.bearerToken, 101, never)).toBeNull();
  });
});

describe('registrations', () => {
  it('are made once an instance, and started once', async () => {
    const registrations = new Registrations(store);
    const registration = {
      instanceId: 'i-0123456789abcdef0',
      pool: 'linux',
      region: 'eu-west-1',
      registeredAt: 100,
      startedAt: null,
      expiresAt: Math.ceil(clock.now()) + 60,
    };
    await registrations.register(registration, never);
    expect(await kindOf(registrations.register(registration, never))).toBe('conflict');
    expect(await registrations.get(registration.instanceId, never)).toEqual(registration);
    const started = { ...registration, startedAt: 110 };
    expect(await registrations.start(registration.instanceId, 110, never)).toEqual(started);
    expect(await registrations.start(registration.instanceId, 120, never)).toEqual(started);
    expect(await registrations.list(never)).toEqual([started]);
    expect(await registrations.start('i-00000000', 1, never)).toBeNull();
    clock.advance(61);
    expect(await registrations.get(registration.instanceId, never)).toBeNull();
    await registrations.register({ ...registration, expiresAt: clock.now() + 60 }, never);
    await registrations.remove(registration.instanceId, never);
    expect(await registrations.list(never)).toEqual([]);
  });
});
