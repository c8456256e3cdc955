import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeaseTime } from '../../../scaler/store/machine-time.ts';
import { embeddedTimes, paidTimes, ScalerMemory } from '../../../scaler/store/scaler-memory.ts';
import { type Store, StoreError, type Write } from '../../../scaler/store/store.ts';
import { aLargeState, aState } from './state-samples.ts';
import { libsqlWorld, never } from './store-world.ts';

/** A store that counts the manifests and values written, and fails when it is told to. */
class Watched implements Store {
  readonly written: string[] = [];
  fail: StoreError['kind'] | null = null;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get(...call: Parameters<Store['get']>) {
    return this.#store.get(...call);
  }

  list(...call: Parameters<Store['list']>) {
    return this.#store.list(...call);
  }

  async write(...call: Parameters<Store['write']>) {
    if (this.fail !== null) throw new StoreError(this.fail, 'told to fail');
    const versions = await this.#store.write(...call);
    const isManifest = ({ key }: Write) => key.sort === 'manifest';
    this.written.push(...call[0].filter(isManifest).map(({ key }) => key.partition));
    return versions;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

let world: ReturnType<typeof libsqlWorld>;
let store: Watched;
let now: number;
let failures: string[];
const time: LeaseTime = { monotonic: () => now, wall: () => now };
const memoryOver = (over: Store, times = embeddedTimes, fence?: { version: string }) =>
  new ScalerMemory({
    store: over,
    times,
    time,
    onFailure: (doing) => failures.push(doing),
    ...(fence ? { fence: { key: { partition: 'leases', sort: 'l' }, ...fence } } : {}),
  });
beforeEach(async () => {
  world = libsqlWorld();
  store = new Watched(await world.open());
  now = 1_000;
  failures = [];
});
afterEach(async () => {
  await store.close();
  await world.end();
});

describe("the scaler's memory", () => {
  it('is empty in an empty store, and comes back in another process', async () => {
    const memory = memoryOver(store);
    expect(await memory.isEmpty()).toBe(true);
    expect(await memory.load()).toEqual({ memories: {}, last: {}, launched: [] });
    for (const sequence of [1, 2, 3]) {
      await memory.save(aState(sequence));
      const other = await world.open();
      expect(await memoryOver(other).load()).toEqual(aState(sequence));
      await other.close();
    }
    expect(await memory.isEmpty()).toBe(false);
  });

  it('may be larger than a record, and leaves nothing of earlier writers', async () => {
    const large = aLargeState();
    await memoryOver(store).save(large);
    expect(await memoryOver(store).load()).toEqual(large);
    const chunks = () => store.list({ partition: 'scaler-memory', prefix: 'chunk/' }, never);
    expect((await chunks()).records.length).toBeGreaterThan(1);
    await memoryOver(store).save(aState());
    expect((await chunks()).records).toHaveLength(1);
    expect(await memoryOver(store).load()).toEqual(aState());
  });

  it('is the old or the new one to who reads while it is written', async () => {
    const writer = memoryOver(store);
    await writer.save(aState(1));
    const other = await world.open();
    let isWriting = true;
    const writing = (async () => {
      for (let sequence = 2; sequence <= 150; sequence += 1) await writer.save(aState(sequence));
      isWriting = false;
    })();
    let before = 0;
    while (isWriting) {
      const { memories } = await memoryOver(other).load();
      expect(memories.linux!.sequence).toBeGreaterThanOrEqual(before);
      before = memories.linux!.sequence;
    }
    await writing;
    await other.close();
  });

  it('costs a write a minute where writes are paid for, and one more after each deed', async () => {
    const memory = memoryOver(store, paidTimes);
    const manifests = () => store.written.splice(0).sort();
    await memory.save(aState(1));
    expect(manifests()).toEqual(['scaler-last', 'scaler-memory']);
    now += 10;
    await memory.save(aState(2));
    expect(manifests()).toEqual([]);
    // What the deed was decided from, and what it left.
    await memory.beforeAct();
    await memory.beforeAct();
    expect(manifests()).toEqual(['scaler-memory']);
    expect((await memoryOver(store).load()).memories.linux?.sequence).toBe(2);
    now += 10;
    await memory.save(aState(3));
    expect(manifests()).toEqual(['scaler-memory']);
    now += 10;
    await memory.beforeAct();
    expect(manifests()).toEqual([]);
    await memory.save(aState(4));
    expect(manifests()).toEqual(['scaler-memory']);
    now += 59;
    await memory.save(aState(5), true);
    expect(manifests()).toEqual(['scaler-last', 'scaler-memory']);
    now += 10;
    await memory.save(aState(6));
    expect(manifests()).toEqual([]);
    await memory.flush();
    expect(manifests()).toEqual(['scaler-last', 'scaler-memory']);
    expect(await memoryOver(store).load()).toEqual(aState(6));
  });

  it('goes on while the store is down, and is saved when it is back', async () => {
    const memory = memoryOver(store, paidTimes);
    await memory.save(aState(1));
    now += 10;
    await memory.save(aState(2));
    store.fail = 'unavailable';
    await memory.beforeAct();
    expect(failures).toEqual(['saving the state before acting']);
    await expect(memory.save(aState(3))).rejects.toMatchObject({ kind: 'unavailable' });
    store.fail = null;
    now += 10;
    await memory.save(aState(4));
    expect((await memoryOver(store).load()).memories.linux?.sequence).toBe(4);
  });

  it('is not written by who no longer leads, who must not act either', async () => {
    const key = { partition: 'leases', sort: 'l' };
    const [version] = await store.write([{ do: 'put', key, value: 1, when: 'any' }], never);
    const fenced = memoryOver(store, paidTimes, { version: version as string });
    await fenced.save(aState(1));
    now += 10;
    await fenced.save(aState(2));
    await store.write([{ do: 'put', key, value: 2, when: 'any' }], never);
    const next = memoryOver(store);
    await next.save(aState(7));
    await expect(fenced.beforeAct()).rejects.toMatchObject({ kind: 'fenced' });
    now += 100;
    await expect(fenced.save(aState(3))).rejects.toMatchObject({ kind: 'fenced' });
    expect(await next.load()).toEqual(aState(7));
  });

  it('is refused when it is none that this version reads, and left as it is', async () => {
    const { linux } = aState().memories;
    const newer = { ...linux!, version: 99 };
    await memoryOver(store).save({ ...aState(), memories: { linux: newer as never } });
    await expect(memoryOver(store).load()).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('leaves out a last decision of another version, which only explains', async () => {
    const last = { linux: { decision: 'of old', observation: {} } as never };
    await memoryOver(store).save({ ...aState(), last });
    expect(await memoryOver(store).load()).toEqual({ ...aState(), last: {} });
  });
});
