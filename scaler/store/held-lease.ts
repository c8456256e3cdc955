import type { Seconds } from '../../pool/units.ts';
import type { LeaseLimits } from './lease-limits.ts';
import { leaseKey, leaseOf } from './lease-record.ts';
import { type LeaseTime, wait } from './machine-time.ts';
import { type Fence, type Store, StoreError } from './store.ts';

export interface LeaseOptions {
  readonly store: Store;
  readonly name: string;
  /** Tells this process from all others, and a person where it runs. */
  readonly holder: string;
  readonly limits?: LeaseLimits;
  readonly time?: LeaseTime;
  /** The store did not answer a look or a renewal. */
  readonly onFailure: (doing: string, error: unknown) => void;
}

/** A lease that is held: by one at a time, and each holder has a greater epoch than those before. */
export interface HeldLease {
  readonly epoch: number;
  /** Writes under it are refused once the lease has changed hands. */
  readonly fence: Fence;
  /** How long it is still held for sure; 0: no longer. */
  remaining(): Seconds;
  /** Fires when it is no longer held for sure, with a StoreError. */
  readonly lost: AbortSignal;
  /** Gives it up, so that who waits need not wait. Never rejects. */
  release(): Promise<void>;
}

export interface Moment {
  readonly monotonic: Seconds;
  readonly wall: Seconds;
}

/** Renews the lease from its making on, until it is over or given up. */
export class RenewedLease implements HeldLease {
  readonly epoch: number;
  readonly fence: Fence;
  readonly #options: LeaseOptions;
  readonly #limits: LeaseLimits;
  readonly #time: LeaseTime;
  readonly #lost = new AbortController();
  readonly #done = new AbortController();
  readonly #renewing: Promise<void>;
  #version: string;
  #askedAt: Moment;
  #expiry: NodeJS.Timeout | undefined;

  constructor(
    options: LeaseOptions,
    limits: LeaseLimits,
    time: LeaseTime,
    taken: {
      readonly epoch: number;
      readonly fence: Fence;
      readonly version: string;
      readonly askedAt: Moment;
    },
  ) {
    this.#options = options;
    this.#limits = limits;
    this.#time = time;
    this.epoch = taken.epoch;
    this.fence = taken.fence;
    this.#version = taken.version;
    this.#askedAt = taken.askedAt;
    this.#watchExpiry();
    this.#renewing = this.#renewUntilDone();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  remaining(): Seconds {
    if (this.#lost.signal.aborted || this.#done.signal.aborted) return 0;
    const passed = Math.max(
      this.#time.monotonic() - this.#askedAt.monotonic,
      this.#time.wall() - this.#askedAt.wall,
    );
    return Math.max(0, this.#limits.duration - passed);
  }

  async release(): Promise<void> {
    if (this.#done.signal.aborted) return;
    const held = this.remaining() > 0;
    this.#done.abort();
    clearTimeout(this.#expiry);
    await this.#renewing;
    if (!held) return;
    const { store, name } = this.#options;
    const value = { holder: null, epoch: this.epoch, duration: this.#limits.duration };
    const when = { version: this.#version };
    try {
      const signal = AbortSignal.timeout(this.#limits.renewEvery * 1000);
      await store.write([{ do: 'put', key: leaseKey(name), value, when }], signal);
    } catch {
      // Who waits takes it over after its duration.
    }
  }

  async #renewUntilDone(): Promise<void> {
    const { onFailure } = this.#options;
    while (!this.#done.signal.aborted && !this.#lost.signal.aborted) {
      await wait(this.#limits.renewEvery, this.#done.signal);
      if (this.#done.signal.aborted || this.#lost.signal.aborted) return;
      try {
        await this.#renew();
      } catch (error) {
        if (this.#done.signal.aborted) return;
        if (error instanceof StoreError && error.kind === 'unavailable') {
          onFailure('renewing the lease', error);
        } else {
          this.#lose(error);
        }
      }
    }
  }

  async #renew(): Promise<void> {
    const { store, name, holder } = this.#options;
    const { duration, renewEvery } = this.#limits;
    const askedAt = { monotonic: this.#time.monotonic(), wall: this.#time.wall() };
    const limited = limitedSignal(2 * renewEvery, this.#done.signal);
    try {
      const value = { holder, epoch: this.epoch, duration };
      const when = { version: this.#version };
      const writes = [{ do: 'put', key: leaseKey(name), value, when }] as const;
      // A takeover changes the version too, so the renewal needs no fence, which would cost four times.
      const [version] = await store.write(writes, limited.signal);
      this.#version = version as string;
      // What was written late enough for another to have taken it over does not bring it back.
      if (this.remaining() > 0) this.#askedAt = askedAt;
      this.#watchExpiry();
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'conflict') throw error;
      // Ours was written and not answered, or another has taken it over: then the epoch has changed.
      const record = await store.get(leaseKey(name), limited.signal);
      const found = record === null ? null : leaseOf(record);
      if (record === null || found?.holder !== holder || found.epoch !== this.epoch) throw error;
      this.#version = record.version;
    } finally {
      limited.end();
    }
  }

  #watchExpiry(): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => {
      if (this.remaining() > 0) this.#watchExpiry();
      else this.#lose(new StoreError('unavailable', 'it was not renewed in time'));
    }, this.remaining() * 1000);
  }

  #lose(error: unknown): void {
    clearTimeout(this.#expiry);
    const reason = error instanceof Error ? error.message : String(error);
    const message = `lease ${this.#options.name}: epoch ${this.epoch} is over: ${reason}`;
    if (!this.#lost.signal.aborted) this.#lost.abort(new StoreError('fenced', message));
  }
}

/** Not `AbortSignal.timeout` with `any`: see `withinLimit`. */
function limitedSignal(limit: Seconds, outer: AbortSignal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, limit * 1000);
  outer.addEventListener('abort', abort, { once: true });
  const end = () => {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, end };
}
