/** What every store does, in the words of its port. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Condition,
  type Store,
  type StoredValue,
  StoreError,
  type Write,
} from '../../../scaler/store/store.ts';
import { LaterClock, never, type StoreWorld } from './store-world.ts';

export function storeContract(makeWorld: () => Promise<StoreWorld>, limitSeconds: number): void {
  const timeout = limitSeconds * 1000;
  let world: StoreWorld;
  let store: Store;
  let clock: LaterClock;
  let partition: string;
  let partitions = 0;
  beforeAll(async () => {
    world = await makeWorld();
    clock = new LaterClock();
    store = await world.open(clock);
  }, timeout);
  afterAll(async () => {
    await store?.close();
    await world?.end();
  }, timeout);
  beforeEach(() => {
    partitions += 1;
    partition = `contract/${partitions}`;
  });

  const at = (sort: string) => ({ partition, sort });
  const putting = (sort: string, value: StoredValue, when: Condition = 'any'): Write => ({
    do: 'put',
    key: at(sort),
    value,
    when,
  });
  const write = (...writes: Write[]) => store.write(writes, never);
  const kept = async (sort: string) => (await store.get(at(sort), never))?.value;
  const kindOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'done',
      (error: unknown) => (error instanceof StoreError ? error.kind : error),
    );

  describe('a record', { timeout }, () => {
    it('is absent until it is put, and has another version with each write', async () => {
      expect(await store.get(at('a'), never)).toBeNull();
      const [first] = await write(putting('a', 1));
      expect(await store.get(at('a'), never)).toEqual({
        ...at('a'),
        value: 1,
        version: first,
        expiresAt: null,
      });
      const [second] = await write(putting('a', 1));
      expect(second).not.toBe(first);
      expect(await write({ do: 'remove', key: at('a'), when: 'any' })).toEqual([null]);
      expect(await store.get(at('a'), never)).toBeNull();
      const [third] = await write(putting('a', 1));
      expect([first, second]).not.toContain(third);
      expect(await write({ do: 'remove', key: at('gone'), when: 'any' })).toEqual([null]);
    });

    it('gives back any JSON, from any client', async () => {
      const value = {
        text: 'é\u0000\n"\u{1f600}\ud800',
        numbers: [0, -1.5, 1e300, 9007199254740991],
        nothing: null,
        yes: true,
        deep: { list: [[], {}], '': 'empty name' },
      };
      await write(putting('é/\u{1f600} ~', value));
      const other = await world.open(clock);
      const read = await other.get(at('é/\u{1f600} ~'), never);
      expect(JSON.stringify(read?.value)).toBe(JSON.stringify(value));
      await other.close();
    });

    it('is absent from its expiry on, though it may still be there', async () => {
      const expiresAt = Math.ceil(clock.now()) + 100;
      const key = at('short');
      const put = { do: 'put', key, value: 1, when: 'any' } as const;
      await write({ ...put, expiresAt: expiresAt - 0.5 });
      expect(await store.get(key, never)).toMatchObject({ value: 1, expiresAt });
      expect((await store.list({ partition }, never)).records).toHaveLength(1);
      clock.advance(101);
      expect(await store.get(key, never)).toBeNull();
      expect((await store.list({ partition }, never)).records).toEqual([]);
      const [version] = await write({ ...put, when: 'absent' });
      expect(await store.get(key, never)).toMatchObject({ version, expiresAt: null });
    });
  });

  describe('a condition', { timeout }, () => {
    const holdsFor = {
      absent: ['absent', 'any'],
      expired: ['absent', 'any'],
      live: ['present', 'own version', 'any'],
    } as const;
    const conditions = ['any', 'absent', 'present', 'own version', 'other version'] as const;
    for (const [state, holding] of Object.entries(holdsFor)) {
      for (const condition of conditions) {
        for (const deed of ['put', 'remove'] as const) {
          const isMade = (holding as readonly string[]).includes(condition);
          it(`${isMade ? 'lets' : 'refuses'} a ${deed} when ${condition}, of a record that is ${state}`, async () => {
            const key = at('it');
            let own = 'none';
            if (state !== 'absent') {
              const expiresAt = state === 'expired' ? clock.now() + 10 : null;
              const put = { do: 'put', key, value: 'old', when: 'any', expiresAt } as const;
              own = (await write(put))[0] as string;
              clock.advance(15);
            }
            const when: Condition =
              condition === 'own version'
                ? { version: own }
                : condition === 'other version'
                  ? { version: 'AAAAAAAAAAAAAAAA' }
                  : condition;
            const wanted: Write =
              deed === 'put' ? { do: 'put', key, value: 'new', when } : { do: 'remove', key, when };
            const after = deed === 'put' ? 'new' : undefined;
            const before = state === 'live' ? 'old' : undefined;
            // Alone, and as one of two.
            expect(await kindOf(write(putting('other', 1), wanted))).toBe(
              isMade ? 'done' : 'conflict',
            );
            expect(await kept('it')).toBe(isMade ? after : before);
            expect(await kept('other')).toBe(isMade ? 1 : undefined);
            if (!isMade) {
              expect(await kindOf(write(wanted))).toBe('conflict');
              expect(await kept('it')).toBe(before);
            }
          });
        }
      }
    }

    it('lets one of many create, and no update be lost', async () => {
      const others = await Promise.all([1, 2, 3].map(() => world.open(clock)));
      const everyone = [store, ...others];
      const created = await Promise.all(
        everyone.map((one) => kindOf(one.write([putting('count', 0, 'absent')], never))),
      );
      expect(created.sort()).toEqual(['conflict', 'conflict', 'conflict', 'done']);
      const addOne = async (one: Store): Promise<void> => {
        for (;;) {
          const read = await one.get(at('count'), never);
          if (read === null) throw new Error('the count is gone');
          const next = putting('count', Number(read.value) + 1, { version: read.version });
          const outcome = await kindOf(one.write([next], never));
          if (outcome === 'done') return;
          if (outcome !== 'conflict') throw outcome;
        }
      };
      await Promise.all(everyone.flatMap((one) => [1, 2, 3, 4, 5].map(() => addOne(one))));
      expect(await kept('count')).toBe(20);
      await Promise.all(others.map((one) => one.close()));
    });
  });

  describe('a fence', { timeout }, () => {
    it('lets writes pass until its record is written again', async () => {
      const [version] = await write(putting('lease', 1));
      const fence = { key: at('lease'), version: version as string };
      const [made] = await store.write([putting('a', 1)], never, fence);
      expect(await store.get(at('a'), never)).toMatchObject({ value: 1, version: made });
      await write(putting('lease', 2));
      for (const late of [
        [putting('a', 2)],
        [putting('a', 2), putting('b', 2)],
        [{ do: 'remove', key: at('a'), when: 'any' } as const],
      ]) {
        expect(await kindOf(store.write(late, never, fence))).toBe('fenced');
      }
      const both = [putting('a', 2, 'absent')];
      expect(await kindOf(store.write(both, never, fence))).toBe('fenced');
      expect(await kept('a')).toBe(1);
      expect(await kept('b')).toBeUndefined();
    });
  });

  describe('an end', { timeout }, () => {
    it('comes with the signal, or when the store is closed, as unavailable', async () => {
      const ended = AbortSignal.abort();
      expect(await kindOf(store.get(at('a'), ended))).toBe('unavailable');
      expect(await kindOf(store.list({ partition }, ended))).toBe('unavailable');
      expect(await kindOf(store.write([putting('a', 1)], ended))).toBe('unavailable');
      const other = await world.open(clock);
      await other.close();
      expect(await kindOf(other.get(at('a'), never))).toBe('unavailable');
      expect(await kindOf(other.write([putting('a', 1)], never))).toBe('unavailable');
      expect(await kept('a')).toBeUndefined();
    });
  });
}
