import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../scaler/store/open-store.ts';
import {
  checkSchema,
  type Migration,
  migrateSchema,
} from '../../../scaler/store/schema-version.ts';
import type { Store } from '../../../scaler/store/store.ts';
import { systemClock } from '../../../scaler/system-clock.ts';
import { libsqlWorld, never, region } from './store-world.ts';

let world: ReturnType<typeof libsqlWorld>;
let store: Store;
beforeEach(async () => {
  world = libsqlWorld();
  store = await world.open();
});
afterEach(async () => {
  await store.close();
  await world.end();
});

const name = { partition: 'p', sort: 'name' };
const full = { partition: 'p', sort: 'full-name' };

/** Version 2 has the name elsewhere, and 3 in capitals. */
const steps: readonly Migration[] = [
  async (over, signal, fence) => {
    const old = await over.get(name, signal);
    if (old === null) return;
    const put = { do: 'put', key: full, value: old.value, when: 'any' } as const;
    await over.write([put, { do: 'remove', key: name, when: 'any' }], signal, fence);
  },
  async (over, signal, fence) => {
    const value = String((await over.get(full, signal))?.value).toUpperCase();
    await over.write([{ do: 'put', key: full, value, when: 'any' }], signal, fence);
  },
];
const put = (value: string) => store.write([{ do: 'put', key: name, value, when: 'any' }], never);

describe('the version of a store', () => {
  it('is the present one in a new store, and brought forward in an older one', async () => {
    expect(await checkSchema(store, never)).toBe('current');
    await put('muster');
    expect(await checkSchema(store, never, 'write', steps)).toBe('older');
    await migrateSchema(store, never, undefined, steps);
    expect((await store.get(full, never))?.value).toBe('MUSTER');
    expect(await store.get(name, never)).toBeNull();
    expect(await checkSchema(store, never, 'write', steps)).toBe('current');
    await migrateSchema(store, never, undefined, steps);
    expect((await store.get(full, never))?.value).toBe('MUSTER');
  });

  it('goes on where a migration failed', async () => {
    await checkSchema(store, never);
    await put('muster');
    const failing = [steps[0]!, () => Promise.reject(new Error('power cut'))];
    await expect(migrateSchema(store, never, undefined, failing)).rejects.toThrow('power cut');
    expect(await checkSchema(store, never, 'write', steps.slice(0, 1))).toBe('current');
    await migrateSchema(store, never, undefined, steps);
    expect((await store.get(full, never))?.value).toBe('MUSTER');
  });

  it('is not brought forward by who does not lead', async () => {
    await checkSchema(store, never);
    await put('muster');
    const fence = { key: { partition: 'leases', sort: 'l' }, version: 'mine' };
    await expect(migrateSchema(store, never, fence, steps)).rejects.toMatchObject({
      kind: 'fenced',
    });
    expect((await store.get(name, never))?.value).toBe('muster');
  });

  it('of a newer muster is refused, whoever opens it, and nothing is changed', async () => {
    await checkSchema(store, never, 'write', steps);
    await put('newer');
    for (const use of ['read', 'write'] as const) {
      const where = { credentials: { kind: 'default' }, region, clock: systemClock } as const;
      const opening = openStore({ kind: 'sqlite', file: world.file }, where, never, use);
      await expect(opening).rejects.toMatchObject({
        kind: 'incompatible',
        message: expect.stringMatching(/version 3, and this version of muster reads up to 1/),
      });
    }
    await expect(migrateSchema(store, never)).rejects.toMatchObject({ kind: 'incompatible' });
    expect((await store.get(name, never))?.value).toBe('newer');
  });

  it('is not written by who only reads', async () => {
    await checkSchema(store, never, 'read');
    expect(await store.get({ partition: 'store', sort: 'schema' }, never)).toBeNull();
  });
});
