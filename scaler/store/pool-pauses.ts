import { z } from 'zod';
import type { Fleet } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';
import { allOf } from './all-of.ts';
import type { Store } from './store.ts';

/** Of one pool, until it is resumed. */
export interface PoolPause {
  readonly poolId: string;
  readonly since: UnixSeconds;
  /** Client id. */
  readonly by: string;
  /** In the words of whoever paused it; may be empty. */
  readonly reason: string;
}

/** What another process wrote is seen this much later at most. */
const freshFor: Seconds = 1;

const partition = 'pool-pauses';
const recordSchema = z.object({ since: z.number(), by: z.string(), reason: z.string() });

/** Pools that were paused over the API. */
export class PoolPauses {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'now'>;
  #known: ReadonlyMap<string, PoolPause> = new Map();
  #readAt: UnixSeconds = Number.NEGATIVE_INFINITY;

  constructor(store: Store, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** By pool id. @throws StoreError */
  async list(signal: AbortSignal): Promise<ReadonlyMap<string, PoolPause>> {
    const now = this.#clock.now();
    if (now - this.#readAt < freshFor) return this.#known;
    const records = await allOf(this.#store, { partition }, signal);
    const pauses = records.flatMap(({ sort, value }) => {
      const parsed = recordSchema.safeParse(value);
      return parsed.success ? [[sort, { poolId: sort, ...parsed.data }] as const] : [];
    });
    this.#known = new Map(pauses);
    this.#readAt = now;
    return this.#known;
  }

  /** Keeps the pause that there is, so that it can be repeated. */
  async pause(pause: PoolPause, signal: AbortSignal): Promise<PoolPause> {
    const { poolId, ...value } = pause;
    const key = { partition, sort: poolId };
    const before = recordSchema.safeParse((await this.#store.get(key, signal))?.value).data;
    if (before?.reason === pause.reason) return { poolId, ...before };
    await this.#store.write([{ do: 'put', key, value, when: 'any' }], signal);
    this.#readAt = Number.NEGATIVE_INFINITY;
    return pause;
  }

  /** Does nothing when it is not paused. */
  async resume(poolId: string, signal: AbortSignal): Promise<void> {
    const key = { partition, sort: poolId };
    await this.#store.write([{ do: 'remove', key, when: 'any' }], signal);
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** The fleet with its pauses; with those last known when the store does not answer. */
  async applyTo(fleet: Fleet, signal: AbortSignal): Promise<Fleet> {
    const pauses = await this.#fresh(signal).catch(() => this.#known);
    if (pauses.size === 0) return fleet;
    const pools = fleet.pools.map((pool) =>
      pauses.has(pool.id) ? { ...pool, paused: true } : pool,
    );
    return { ...fleet, pools };
  }

  #fresh(signal: AbortSignal): Promise<ReadonlyMap<string, PoolPause>> {
    this.#readAt = Number.NEGATIVE_INFINITY;
    return this.list(signal);
  }
}
