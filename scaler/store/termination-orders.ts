import { z } from 'zod';
import type { UnixSeconds } from '../../pool/units.ts';
import type { TerminationOrder } from '../ports.ts';
import { allOf } from './all-of.ts';
import type { Store } from './store.ts';

/** An order that was never done is given up then. */
const longestLife = 2 * 86_400;

const recordSchema = z.object({
  mode: z.enum(['drain', 'now']),
  requestedAt: z.number(),
  requestedBy: z.string(),
});

const partition = 'termination-orders';

/** Orders to end all workers of a pool, until the loop has done them. */
export class TerminationOrders {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** In place of an earlier one for the same pool. */
  async give(order: TerminationOrder, signal: AbortSignal): Promise<void> {
    const { poolId, ...value } = order;
    const expiresAt: UnixSeconds = order.requestedAt + longestLife;
    const key = { partition, sort: poolId };
    await this.#store.write([{ do: 'put', key, value, expiresAt, when: 'any' }], signal);
  }

  async list(signal: AbortSignal): Promise<readonly TerminationOrder[]> {
    const records = await allOf(this.#store, { partition }, signal);
    return records.flatMap(({ sort, value }) => {
      const parsed = recordSchema.safeParse(value);
      return parsed.success ? [{ poolId: sort, ...parsed.data }] : [];
    });
  }

  /** Takes back an order that is done, unless it was given anew since. */
  async done({ poolId, requestedAt }: TerminationOrder, signal: AbortSignal): Promise<void> {
    const key = { partition, sort: poolId };
    const record = await this.#store.get(key, signal);
    const parsed = recordSchema.safeParse(record?.value);
    if (record === null || (parsed.success && parsed.data.requestedAt !== requestedAt)) return;
    const when = { version: record.version };
    await this.#store.write([{ do: 'remove', key, when }], signal);
  }
}
