/** Random histories of a store against a model of it: a map, with the same clock. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Condition, type Store, StoreError, type Write } from '../../../scaler/store/store.ts';
import { type LaterClock, never } from './store-world.ts';

const sorts = ['a', 'a/', 'a/1', 'b', 'é', '\uffe5', '\u{1f600}'];
const sort = fc.constantFrom(...sorts);
/** `read` and `stale` are of this key: its version now, and an earlier one. */
const condition = fc.constantFrom('any', 'absent', 'present', 'read', 'stale', 'another');

const oneWrite = fc.record({
  deed: fc.constantFrom('put', 'put', 'remove'),
  sort,
  value: fc.integer({ min: 0, max: 9 }),
  lives: fc.option(fc.integer({ min: 1, max: 30 }), { nil: null }),
  condition,
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      writes: fc.uniqueArray(oneWrite, { minLength: 1, maxLength: 4, selector: (one) => one.sort }),
      fenced: fc.constantFrom('no', 'no', 'holds', 'over'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('get' as const), sort }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      prefix: fc.constantFrom('', '', 'a', 'a/', 'é', 'z'),
      after: fc.option(sort, { nil: null }),
      limit: fc.integer({ min: 1, max: 8 }),
      descending: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      seconds: fc.integer({ min: 1, max: 20 }),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Kept {
  readonly value: number;
  readonly version: string;
  readonly expiresAt: number | null;
}

/** @param store with a clock that only a history moves, at a whole second */
export async function histories(
  store: Store,
  clock: Pick<LaterClock, 'now' | 'advance'>,
  numRuns: number,
): Promise<void> {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      run += 1;
      await oneHistory(store, clock, `history/${run}`, steps);
    }),
    { numRuns },
  );
}

async function oneHistory(
  store: Store,
  clock: Pick<LaterClock, 'now' | 'advance'>,
  partition: string,
  steps: readonly Step[],
): Promise<void> {
  const model = new Map<string, Kept>();
  const stale = new Map<string, string>();
  const everyVersion = new Set<string>();
  const fenceKey = { partition: `${partition}/lease`, sort: 'lease' };
  const [fenceVersion] = await store.write(
    [{ do: 'put', key: fenceKey, value: 1, when: 'any' }],
    never,
  );
  const live = (name: string): Kept | null => {
    const kept = model.get(name);
    return kept && (kept.expiresAt === null || kept.expiresAt > clock.now()) ? kept : null;
  };
  const recordOf = (name: string, kept: Kept) => ({ partition, sort: name, ...kept });

  for (const one of steps) {
    if (one.kind === 'pass') clock.advance(one.seconds);
    if (one.kind === 'get') {
      const kept = live(one.sort);
      const read = await store.get({ partition, sort: one.sort }, never);
      expect(read).toEqual(kept === null ? null : recordOf(one.sort, kept));
    }
    if (one.kind === 'list') {
      const { prefix, after, limit, descending } = one;
      const request = { partition, limit, descending, ...(prefix === '' ? {} : { prefix }) };
      const page = await store.list({ ...request, ...(after === null ? {} : { after }) }, never);
      const direction = descending ? -1 : 1;
      const order = (left: string, right: string) =>
        direction * Buffer.compare(Buffer.from(left), Buffer.from(right));
      const all = sorts
        .filter((name) => live(name) !== null && name.startsWith(prefix))
        .filter((name) => after === null || order(name, after) > 0)
        .sort(order);
      const shown = all.slice(0, limit);
      expect(page.records).toEqual(shown.map((name) => recordOf(name, live(name)!)));
      if (all.length > limit) expect(page.next).toBe(shown.at(-1));
      else expect(page.next).toBeNull();
    }
    if (one.kind !== 'write') continue;
    const conditions = one.writes.map((write): Condition => {
      if (write.condition === 'read') return { version: live(write.sort)?.version ?? 'none' };
      if (write.condition === 'stale') return { version: stale.get(write.sort) ?? 'none' };
      if (write.condition === 'another') return { version: 'AAAAAAAAAAAAAAAA' };
      return write.condition as 'any' | 'absent' | 'present';
    });
    const holds = one.writes.every((write, index) => {
      const when = conditions[index]!;
      const kept = live(write.sort);
      if (when === 'any') return true;
      if (when === 'absent') return kept === null;
      if (when === 'present') return kept !== null;
      return kept?.version === when.version;
    });
    const expiries = one.writes.map(({ lives }) => (lives === null ? null : clock.now() + lives));
    const writes = one.writes.map((write, index): Write => {
      const key = { partition, sort: write.sort };
      const when = conditions[index]!;
      if (write.deed === 'remove') return { do: 'remove', key, when };
      return { do: 'put', key, value: write.value, when, expiresAt: expiries[index]! };
    });
    const version = one.fenced === 'over' ? 'AAAAAAAAAAAAAAAA' : (fenceVersion as string);
    const fence = one.fenced === 'no' ? undefined : { key: fenceKey, version };
    let answer: readonly (string | null)[] | string;
    try {
      answer = await store.write(writes, never, fence);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      answer = error.kind;
    }
    if (one.fenced === 'over') expect(answer).toBe('fenced');
    else if (!holds) expect(answer).toBe('conflict');
    else {
      expect(answer).toHaveLength(writes.length);
      for (const [index, write] of one.writes.entries()) {
        const before = model.get(write.sort);
        if (before !== undefined) stale.set(write.sort, before.version);
        const made = (answer as readonly (string | null)[])[index]!;
        if (write.deed === 'remove') {
          expect(made).toBeNull();
          model.delete(write.sort);
        } else {
          expect(everyVersion.has(made)).toBe(false);
          everyVersion.add(made);
          const { value } = write;
          model.set(write.sort, { value, version: made, expiresAt: expiries[index]! });
        }
      }
    }
  }
}
