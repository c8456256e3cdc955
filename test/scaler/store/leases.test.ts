import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HeldLease } from '../../../scaler/store/held-lease.ts';
import { Lease } from '../../../scaler/store/leases.ts';
import type { LeaseTime } from '../../../scaler/store/machine-time.ts';
import { type Store, StoreError } from '../../../scaler/store/store.ts';
import { libsqlWorld, never, type StoreWorld } from './store-world.ts';

/** A machine's time that runs as real time does, and steps as a test says. */
class SteppingTime implements LeaseTime {
  stepped = { monotonic: 0, wall: 0 };

  monotonic(): number {
    return performance.now() / 1000 + this.stepped.monotonic;
  }

  wall(): number {
    return Date.now() / 1000 + this.stepped.wall;
  }
}

/** A store that can be cut off, before a write is made or before its answer comes. */
class Wire implements Store {
  cut: 'none' | 'requests' | 'answers' = 'none';
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get(...call: Parameters<Store['get']>) {
    return this.#carry(() => this.#store.get(...call));
  }

  list(...call: Parameters<Store['list']>) {
    return this.#carry(() => this.#store.list(...call));
  }

  write(...call: Parameters<Store['write']>) {
    return this.#carry(() => this.#store.write(...call));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #carry<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    if (this.cut === 'requests') throw new StoreError('unavailable', 'cut off');
    const answer = await call();
    if (this.cut === 'answers') throw new StoreError('unavailable', 'cut off');
    return answer;
  }
}

const limits = { duration: 2, renewEvery: 0.2, lookEvery: 0.05, margin: 0.2 };

let world: StoreWorld;
let store: Store;
const held: HeldLease[] = [];
beforeEach(async () => {
  world = libsqlWorld();
  store = await world.open();
});
afterEach(async () => {
  for (const one of held.splice(0)) await one.release();
  await store.close();
  await world.end();
});

function lease(holder: string, over: Store = store, time?: LeaseTime, failures: string[] = []) {
  return new Lease({
    store: over,
    name: 'scaler',
    holder,
    limits,
    onFailure: (doing) => failures.push(doing),
    ...(time === undefined ? {} : { time }),
  });
}

async function acquired(from: Lease): Promise<HeldLease> {
  const one = await from.acquire(never);
  if (one === null) throw new Error('no lease');
  held.push(one);
  return one;
}

const writeUnder = (one: HeldLease) =>
  store
    .write(
      [{ do: 'put', key: { partition: 'p', sort: 's' }, value: 1, when: 'any' }],
      never,
      one.fence,
    )
    .then(
      () => 'done',
      (error: StoreError) => error.kind,
    );

describe('a lease', () => {
  it('is held by one at a time, for longer than its duration, and given up to the next at once', async () => {
    const first = await acquired(lease('first'));
    let second: HeldLease | null = null;
    const waiting = acquired(lease('second')).then((one) => {
      second = one;
    });
    await sleep(2500);
    expect(second).toBeNull();
    expect(first.remaining()).toBeGreaterThan(0.5);
    expect(await writeUnder(first)).toBe('done');
    const releasedAt = performance.now();
    await first.release();
    await waiting;
    expect(performance.now() - releasedAt).toBeLessThan(500);
    expect(second!).toMatchObject({ epoch: 2 });
    expect(first.remaining()).toBe(0);
    expect(await writeUnder(first)).toBe('fenced');
    expect(await writeUnder(second!)).toBe('done');
  });

  it('goes to one alone of many who wait', async () => {
    const ending = new AbortController();
    const everyone = ['a', 'b', 'c', 'd'].map((name) => lease(name).acquire(ending.signal));
    await sleep(600);
    ending.abort();
    const got = (await Promise.all(everyone)).filter((one) => one !== null);
    held.push(...got);
    expect(got).toHaveLength(1);
  });

  it('is over for a holder that is cut off before another has it', async () => {
    const wire = new Wire(store);
    const failures: string[] = [];
    const first = await acquired(lease('first', wire, undefined, failures));
    const overAt = new Promise<number>((resolve) => {
      first.lost.addEventListener('abort', () => resolve(performance.now()));
    });
    wire.cut = 'requests';
    const cutAt = performance.now();
    const second = await acquired(lease('second'));
    const takenAt = performance.now();
    expect(await overAt).toBeLessThan(takenAt);
    expect(takenAt - cutAt).toBeLessThan(1000 * (limits.duration + limits.margin + 1));
    expect(second.epoch).toBe(2);
    expect(failures).toContain('renewing the lease');
    wire.cut = 'none';
    expect(await writeUnder(first)).toBe('fenced');
  });

  it('outlasts renewals whose answers are lost', async () => {
    const wire = new Wire(store);
    const first = await acquired(lease('first', wire));
    wire.cut = 'answers';
    await sleep(700);
    wire.cut = 'none';
    await sleep(2200);
    expect(first.lost.aborted).toBe(false);
    expect(first.remaining()).toBeGreaterThan(0.5);
    expect(await writeUnder(first)).toBe('done');
  });

  it('is over for a holder whose machine was suspended, whichever of its clocks tells', async () => {
    for (const clock of ['monotonic', 'wall'] as const) {
      const time = new SteppingTime();
      const first = await acquired(lease(`of ${clock}`, store, time));
      expect(first.remaining()).toBeGreaterThan(0);
      time.stepped[clock] += 3;
      expect(first.remaining()).toBe(0);
      await first.release();
    }
  });

  it('is not lengthened by a wall clock that is put back', async () => {
    const time = new SteppingTime();
    const first = await acquired(lease('first', store, time));
    time.stepped.wall -= 3600;
    expect(first.remaining()).toBeLessThanOrEqual(limits.duration);
  });

  it('is waited for through an outage of the store, and until the signal fires', async () => {
    const wire = new Wire(store);
    wire.cut = 'requests';
    const failures: string[] = [];
    const waiting = acquired(lease('patient', wire, undefined, failures));
    await sleep(200);
    wire.cut = 'none';
    expect((await waiting).epoch).toBe(1);
    expect(failures).toContain('looking who leads');
    const ending = new AbortController();
    const other = lease('other').acquire(ending.signal);
    ending.abort();
    expect(await other).toBeNull();
  });
});
