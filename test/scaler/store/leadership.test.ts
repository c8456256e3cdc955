import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Leadership, type LeadershipEvent } from '../../../scaler/store/leadership.ts';
import { embeddedTimes, ScalerMemory } from '../../../scaler/store/scaler-memory.ts';
import type { Store } from '../../../scaler/store/store.ts';
import { aState } from './state-samples.ts';
import { libsqlWorld, never } from './store-world.ts';

const limits = { duration: 2, renewEvery: 0.2, lookEvery: 0.05, margin: 0.2 };

let world: ReturnType<typeof libsqlWorld>;
let store: Store;
let events: LeadershipEvent[];
beforeEach(async () => {
  world = libsqlWorld();
  store = await world.open();
  events = [];
});
afterEach(async () => {
  await store.close();
  await world.end();
});

const leadership = (change: Partial<ConstructorParameters<typeof Leadership>[0]> = {}) =>
  new Leadership({
    store,
    shared: true,
    paid: true,
    waitAtMost: null,
    oldStateFile: null,
    limits,
    tell: (event) => events.push(event),
    onFailure: () => {},
    ...change,
  });

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

describe('who leads', () => {
  it('works alone, saves at its end, and hands over to who stands by', async () => {
    const ending = new AbortController();
    const one = leadership();
    const first = one.lead(ending.signal, async ({ state }, until) => {
      await state.save(aState(5), false);
      await state.save(aState(6), false);
      await untilAborted(until);
    });
    await sleep(200);
    expect(one.isLeading).toBe(true);
    const other = leadership();
    const second = other.lead(never, async ({ state }) => (await state.load()).memories);
    await sleep(300);
    expect(other.isLeading).toBe(false);
    expect(other.lookAge()).toBeLessThan(1);
    expect(() => other.checkBeforeSend()).toThrow(/lease/);
    one.checkBeforeSend();
    ending.abort();
    await first;
    expect((await second)?.linux?.sequence).toBe(6);
    expect(() => one.checkBeforeSend()).toThrow(/lease/);
  });

  it('stops its work when another has taken over, and stands by again', async () => {
    const ending = new AbortController();
    let begun = 0;
    let ended = 0;
    const leading = leadership().lead(ending.signal, async (_, until) => {
      begun += 1;
      await untilAborted(until);
      ended += 1;
    });
    await sleep(300);
    // As another does that saw no renewal.
    const key = { partition: 'leases', sort: 'scaler' };
    const value = { holder: 'another', epoch: 2, duration: 1 };
    await store.write([{ do: 'put', key, value, when: 'any' }], never);
    await sleep(600);
    expect([begun, ended]).toEqual([1, 1]);
    expect(events.map(({ event }) => event)).toEqual(['standing-by', 'leading', 'lease-over']);
    await sleep(4_000);
    expect([begun, ended]).toEqual([2, 1]);
    expect(events.at(-1)).toMatchObject({ event: 'leading', epoch: 3 });
    ending.abort();
    await leading;
  });

  it('gives up after a while where it is to run once', async () => {
    const ending = new AbortController();
    const first = leadership().lead(ending.signal, (_, until) => untilAborted(until));
    await sleep(200);
    const once = leadership({ waitAtMost: 0.5 }).lead(never, async () => 'done');
    await expect(once).rejects.toThrow(/another scaler leads/);
    ending.abort();
    await first;
  });

  it('needs no lease where the store is its own', async () => {
    const alone = leadership({ shared: false });
    expect(await alone.lead(never, async ({ state }) => state.load())).toEqual({
      memories: {},
      last: {},
      launched: [],
    });
    expect(alone.isLeading).toBeNull();
    alone.checkBeforeSend();
    expect((await store.list({ partition: 'leases' }, never)).records).toEqual([]);
  });
});

describe('a state file of a muster without a store', () => {
  const oldFile = (content: string) => {
    const file = `${world.file}.json`;
    writeFileSync(file, content);
    return file;
  };
  const old = JSON.stringify({ version: 1, ...aState(41) });
  const load = (file: string) =>
    leadership({ shared: false, oldStateFile: file }).lead(never, ({ state }) => state.load());

  it('is taken over once, and put aside', async () => {
    const file = oldFile(old);
    expect(await load(file)).toEqual(aState(41));
    expect(existsSync(file)).toBe(false);
    expect(readFileSync(`${file}.imported`, 'utf8')).toBe(old);
    expect(events).toEqual([{ event: 'state-imported', file, retired: `${file}.imported` }]);
    expect(await load(file)).toEqual(aState(41));
    expect(events).toHaveLength(1);
  });

  it('is left alone by a store that has a memory', async () => {
    await new ScalerMemory({ store, times: embeddedTimes, onFailure: () => {} }).save(aState(7));
    const file = oldFile(old);
    expect(await load(file)).toEqual(aState(7));
    expect(readFileSync(file, 'utf8')).toBe(old);
  });

  it('stays as it is when it cannot be used, and nothing is begun', async () => {
    for (const content of ['{', '{"version":1}', '{"version":2}', '[]']) {
      const file = oldFile(content);
      await expect(load(file)).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining(file),
      });
      expect(readFileSync(file, 'utf8')).toBe(content);
    }
  });
});
