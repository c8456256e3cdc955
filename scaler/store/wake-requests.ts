import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';
import { allOf } from './all-of.ts';
import type { Store } from './store.ts';

/** An asked for look that no loop has made by then is made by its next iteration anyway. */
const keptFor: Seconds = 600;

const partition = 'wake-requests';

/** One request to look at a pool now, from a process whose loop does not lead to the one that does. */
export class WakeRequests {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** In place of an earlier one for the same pool. */
  async ask(poolId: string, at: UnixSeconds, signal: AbortSignal): Promise<void> {
    const key = { partition, sort: poolId };
    const expiresAt = at + keptFor;
    await this.#store.write([{ do: 'put', key, value: { at }, expiresAt, when: 'any' }], signal);
  }

  /** Version of each pool's request: another with each that was made. */
  async versions(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const records = await allOf(this.#store, { partition }, signal);
    return new Map(records.map(({ sort, version }) => [sort, version]));
  }
}

export interface WatchOptions {
  readonly requests: WakeRequests;
  readonly clock: Clock;
  /** Between two looks. A look at a table costs half a read unit: every 2 s 0.16 USD a month. */
  readonly every: Seconds;
  /** Nobody looks who does not lead, so that no request is lost between two leaders. */
  readonly isLeading: () => boolean;
  readonly wake: (poolIds: readonly string[]) => void;
  readonly onFailure: (doing: string, error: unknown) => void;
}

/** Tells of each request, while this process leads, until the signal fires. Never rejects. */
export async function watchWakeRequests(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { requests, clock, every, isLeading, wake, onFailure } = options;
  // Those of before are heeded too: whoever led then may not have seen them.
  let seen: ReadonlyMap<string, string> = new Map();
  let failing = false;
  while (!signal.aborted) {
    if (!isLeading()) {
      await clock.sleep(every, signal);
      continue;
    }
    try {
      const found = await requests.versions(signal);
      const fresh = [...found].filter(([id, version]) => seen.get(id) !== version);
      if (fresh.length > 0) wake(fresh.map(([id]) => id));
      seen = found;
      failing = false;
    } catch (error) {
      // Once: the loop itself tells how the store is.
      if (!failing && !signal.aborted) onFailure('looking for requests to wake', error);
      failing = true;
    }
    await clock.sleep(every, signal);
  }
}
