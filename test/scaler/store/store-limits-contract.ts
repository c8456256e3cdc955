/** Lists, pages, and how large and how many things may be: what every store does alike. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Condition,
  longestValue,
  mostWrites,
  type Store,
  type StoredValue,
  StoreError,
  type Write,
} from '../../../scaler/store/store.ts';
import { LaterClock, never, type StoreWorld } from './store-world.ts';

export function storeLimitsContract(
  makeWorld: () => Promise<StoreWorld>,
  limitSeconds: number,
): void {
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
  const _kept = async (sort: string) => (await store.get(at(sort), never))?.value;
  const kindOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'done',
      (error: unknown) => (error instanceof StoreError ? error.kind : error),
    );

  describe('a list', { timeout }, () => {
    // In the order of their bytes, which is not JavaScript's.
    const sorts = ['A', 'a', 'a/', 'a/1', 'a/10', 'a/2', 'b', 'é', '\uffe5', '\u{1f600}'];
    const fill = () => write(...[...sorts].reverse().map((sort) => putting(sort, sort)));
    const names = async (request: Omit<Parameters<Store['list']>[0], 'partition'>) => {
      const { records, next } = await store.list({ partition, ...request }, never);
      return { sorts: records.map(({ sort }) => sort), next };
    };

    it('is in the order of bytes, both ways, with a prefix or without', async () => {
      await fill();
      expect(await names({})).toEqual({ sorts, next: null });
      expect(await names({ descending: true })).toEqual({ sorts: sorts.toReversed(), next: null });
      const inA = ['a/', 'a/1', 'a/10', 'a/2'];
      expect((await names({ prefix: 'a/' })).sorts).toEqual(inA);
      expect((await names({ prefix: 'a/', descending: true })).sorts).toEqual(inA.toReversed());
      expect(await names({ prefix: 'a/', after: 'a/1' })).toEqual({
        sorts: ['a/10', 'a/2'],
        next: null,
      });
      expect((await names({ prefix: 'a/', after: 'A' })).sorts).toEqual(inA);
      expect((await names({ prefix: 'a/', after: 'b' })).sorts).toEqual([]);
      expect((await names({ prefix: 'a/', after: 'b', descending: true })).sorts).toEqual(
        inA.toReversed(),
      );
      expect((await names({ prefix: 'a/', after: 'A', descending: true })).sorts).toEqual([]);
      expect(await names({ prefix: 'none' })).toEqual({ sorts: [], next: null });
    });

    it('comes in pages that hold each record once', async () => {
      await fill();
      for (const descending of [false, true]) {
        for (const limit of [1, 3, sorts.length]) {
          const seen: string[] = [];
          let after: string | null = null;
          do {
            const page: { sorts: string[]; next: string | null } = await names({
              limit,
              descending,
              ...(after === null ? {} : { after }),
            });
            expect(page.sorts.length).toBeLessThanOrEqual(limit);
            seen.push(...page.sorts);
            after = page.next;
          } while (after !== null);
          expect(seen).toEqual(descending ? sorts.toReversed() : sorts);
        }
      }
    });

    it('fills its pages past the expired', async () => {
      const expiresAt = clock.now() + 10;
      await write(
        ...sorts.map((sort, index): Write => {
          const isShort = index % 3 !== 0;
          return {
            do: 'put',
            key: at(sort),
            value: 1,
            when: 'any',
            expiresAt: isShort ? expiresAt : null,
          };
        }),
      );
      clock.advance(20);
      const kept = sorts.filter((_, index) => index % 3 === 0);
      expect(await names({ limit: 3 })).toEqual({ sorts: kept.slice(0, 3), next: kept[2] });
      expect(await names({ limit: 4 })).toEqual({ sorts: kept, next: null });
    });

    it('goes on over what one answer of the service holds', async () => {
      const big = 'x'.repeat(longestValue - 2);
      for (const sort of ['1', '2', '3', '4', '5']) await write(putting(sort, big));
      const { records } = await store.list({ partition }, never);
      expect(records.map(({ value }) => (value as string).length)).toEqual(
        Array(5).fill(big.length),
      );
    });
  });

  describe('what can never work', { timeout }, () => {
    const key = { partition: 'p', sort: 's' };
    const put: Write = { do: 'put', key, value: 1, when: 'any' };
    const refused: Readonly<Record<string, readonly Write[]>> = {
      'no write': [],
      'too many writes': Array.from({ length: mostWrites + 1 }, (_, index) => ({
        ...put,
        key: { ...key, sort: String(index) },
      })),
      'a key twice': [put, put],
      'an empty key': [{ ...put, key: { ...key, sort: '' } }],
      'a long key': [{ ...put, key: { ...key, partition: 'x'.repeat(301) } }],
      'a key with a control character': [{ ...put, key: { ...key, sort: 'a\u0000b' } }],
      'a key with half of a pair': [{ ...put, key: { ...key, sort: 'a\ud800' } }],
      'too long a value': [{ ...put, value: 'x'.repeat(longestValue - 1) }],
      'too long a value in bytes': [{ ...put, value: 'é'.repeat(longestValue / 2) }],
      'no time': [{ ...put, expiresAt: Number.NaN }],
    };
    for (const [name, writes] of Object.entries(refused)) {
      it(`is refused: ${name}`, async () => {
        expect(await kindOf(store.write(writes, never))).toBe('invalid');
      });
    }

    it('is refused: a page of none or of too many', async () => {
      expect(await kindOf(store.list({ partition, limit: 0 }, never))).toBe('invalid');
      expect(await kindOf(store.list({ partition, limit: 1001 }, never))).toBe('invalid');
      expect(await kindOf(store.get({ partition, sort: '' }, never))).toBe('invalid');
    });

    it('begins just beyond what does work', async () => {
      const [version] = await write(putting('lease', 1));
      const fence = { key: at('lease'), version: version as string };
      const many = Array.from({ length: mostWrites }, (_, index) => putting(`${index}`, index));
      expect(await store.write(many, never, fence)).toHaveLength(mostWrites);
      const { records, next } = await store.list({ partition, limit: 1000 }, never);
      expect([records.length, next]).toEqual([mostWrites + 1, null]);
      const longest = 'é'.repeat(300);
      await store.write(
        [
          {
            do: 'put',
            key: { partition: longest, sort: longest },
            value: 'x'.repeat(longestValue - 2),
            when: 'any',
          },
        ],
        never,
      );
      const read = await store.get({ partition: longest, sort: longest }, never);
      expect(read?.value).toHaveLength(longestValue - 2);
    });
  });
}
