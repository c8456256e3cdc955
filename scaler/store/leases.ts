import type { Seconds } from '../../pool/units.ts';
import { type HeldLease, type LeaseOptions, type Moment, RenewedLease } from './held-lease.ts';
import { type LeaseLimits, leaseLimits } from './lease-limits.ts';
import { fenceKey, leaseKey, leaseOf } from './lease-record.ts';
import { type LeaseTime, machineTime, wait } from './machine-time.ts';
import { type StoredRecord, StoreError } from './store.ts';

/**
 * A lease in the store. No clock of two machines is compared: who waits watches the record, and takes
 * the lease over when it has seen no renewal for the holder's duration by its own clock; the holder
 * counts from before it asked. The record of a lease never expires, so that epochs go on.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #limits: LeaseLimits;
  readonly #time: LeaseTime;
  #lookedAt: number | null = null;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#limits = options.limits ?? leaseLimits;
    this.#time = options.time ?? machineTime;
  }

  /** How long ago the store last answered who holds the lease; null: it has not. */
  lookAge(): Seconds | null {
    return this.#lookedAt === null ? null : this.#time.monotonic() - this.#lookedAt;
  }

  /**
   * Waits until the lease is free, and takes it. null: the signal fired first.
   * @throws StoreError that no wait mends, such as `invalid`
   */
  async acquire(signal: AbortSignal): Promise<HeldLease | null> {
    const { store, name, onFailure } = this.#options;
    let seen: { readonly version: string | null; readonly since: Seconds } | null = null;
    while (!signal.aborted) {
      try {
        const record = await store.get(leaseKey(name), signal);
        const now = this.#time.monotonic();
        this.#lookedAt = now;
        const version = record?.version ?? null;
        if (seen === null || seen.version !== version) seen = { version, since: now };
        const held = record === null ? null : leaseOf(record);
        const free =
          held === null ||
          held.holder === null ||
          now - seen.since >= held.duration + this.#limits.margin;
        const taken = free ? await this.#take(record, held?.epoch ?? 0, signal) : null;
        if (taken !== null) return taken;
      } catch (error) {
        if (signal.aborted) return null;
        if (!(error instanceof StoreError) || error.kind !== 'unavailable') throw error;
        onFailure('looking who leads', error);
      }
      await wait(this.#limits.lookEvery, signal);
    }
    return null;
  }

  /** null: another was faster. */
  async #take(
    record: StoredRecord | null,
    lastEpoch: number,
    signal: AbortSignal,
  ): Promise<HeldLease | null> {
    const { store, name, holder } = this.#options;
    const epoch = lastEpoch + 1;
    const { duration } = this.#limits;
    const askedAt = this.#now();
    try {
      const when = record === null ? 'absent' : { version: record.version };
      const [version, fenceVersion] = await store.write(
        [
          { do: 'put', key: leaseKey(name), value: { holder, epoch, duration }, when },
          { do: 'put', key: fenceKey(name), value: { holder, epoch }, when: 'any' },
        ],
        signal,
      );
      const fence = { key: fenceKey(name), version: fenceVersion as string };
      return new RenewedLease(this.#options, this.#limits, this.#time, {
        epoch,
        fence,
        version: version as string,
        askedAt,
      });
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'conflict') return null;
      throw error;
    }
  }

  #now(): Moment {
    return { monotonic: this.#time.monotonic(), wall: this.#time.wall() };
  }
}
