import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Seconds } from '../../pool/units.ts';
import type { CloudPort } from '../ports.ts';
import type { HeldLease } from './held-lease.ts';
import { type LeaseLimits, leaseLimits } from './lease-limits.ts';
import { LeasedCloud, requireLease } from './leased-cloud.ts';
import { Lease } from './leases.ts';
import { wait } from './machine-time.ts';
import { readOldStateFile, retireOldStateFile } from './old-state-file.ts';
import { embeddedTimes, paidTimes, ScalerMemory } from './scaler-memory.ts';
import { migrateSchema } from './schema-version.ts';
import { type Store, StoreError } from './store.ts';

/** What a person may want to know of who leads. */
export type LeadershipEvent =
  | { readonly event: 'standing-by'; readonly holder: string }
  | { readonly event: 'leading'; readonly holder: string; readonly epoch: number }
  | { readonly event: 'lease-over'; readonly epoch: number; readonly reason: string }
  | { readonly event: 'state-imported'; readonly file: string; readonly retired: string };

export interface LeadershipOptions {
  readonly store: Store;
  /** Whether scalers elsewhere use the store too, so that one must lead. */
  readonly shared: boolean;
  /** Whether writes are paid for. */
  readonly paid: boolean;
  /** Give up when another leads for that long; null: stand by for as long as it takes. */
  readonly waitAtMost: Seconds | null;
  /** A state file to take over where the store has no memory; null: none. */
  readonly oldStateFile: string | null;
  readonly limits?: LeaseLimits;
  readonly tell: (event: LeadershipEvent) => void;
  readonly onFailure: (doing: string, error: unknown) => void;
}

/** What the leader works with. */
export interface Led {
  readonly state: ScalerMemory;
  /** A cloud that acts only while this leader may. */
  guard(cloud: CloudPort): CloudPort;
}

const leaseName = 'scaler';

/** Pause before the lease is sought again after a leader could not load its state. */
const pauseAfterFailure: Seconds = 2;

/** Has the loop run where and while this process leads. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #holder = `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`;
  readonly #lease: Lease | null;
  #held: HeldLease | null = null;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    const { store, shared, limits = leaseLimits, onFailure } = options;
    this.#lease = shared
      ? new Lease({ store, name: leaseName, holder: this.#holder, limits, onFailure })
      : null;
  }

  /** null: there is no lease to hold. */
  get isLeading(): boolean | null {
    return this.#lease === null ? null : this.#held !== null;
  }

  /** How long ago the store last said that another leads; null: it never did. */
  lookAge(): Seconds | null {
    return this.#lease?.lookAge() ?? null;
  }

  /** Just before a request that changes something is sent. @throws CloudError */
  checkBeforeSend(): void {
    if (this.#lease !== null) requireLease(this.#held ?? { remaining: () => 0 }, 0);
  }

  /**
   * Waits for the lease, if there is one, and has the work done until it has ended, the lease is over
   * or the signal fires; then again, until the signal fires. Answers what the work did, null when it
   * was never begun.
   *
   * @throws StoreError when another leads for longer than `waitAtMost`, or the store cannot be used;
   * and whatever the work throws while it leads
   */
  async lead<Result>(
    signal: AbortSignal,
    work: (led: Led, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result | null> {
    if (this.#lease === null) return this.#work(null, signal, work);
    for (;;) {
      this.#options.tell({ event: 'standing-by', holder: this.#holder });
      const held = await this.#acquire(this.#lease, signal);
      if (held === null) return null;
      this.#held = held;
      this.#options.tell({ event: 'leading', holder: this.#holder, epoch: held.epoch });
      try {
        const result = await this.#work(held, signal, work);
        if (signal.aborted || !held.lost.aborted) return result;
      } catch (error) {
        if (signal.aborted || !isPassing(error)) throw error;
        this.#options.onFailure('leading', error);
      } finally {
        this.#held = null;
        this.#tellEnd(held);
        await held.release();
      }
      await wait(pauseAfterFailure, signal);
    }
  }

  async #work<Result>(
    held: HeldLease | null,
    signal: AbortSignal,
    work: (led: Led, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { store, paid, onFailure } = this.#options;
    const leading = held === null ? { signal, end: () => {} } : either(signal, held.lost);
    const state = new ScalerMemory({
      store,
      times: paid ? paidTimes : embeddedTimes,
      onFailure,
      ...(held === null ? {} : { fence: held.fence }),
    });
    const guard = (cloud: CloudPort) =>
      held === null ? cloud : new LeasedCloud(cloud, held, () => state.beforeAct());
    try {
      await migrateSchema(store, leading.signal, held?.fence);
      await this.#importOldState(state);
      const result = await work({ state, guard }, leading.signal);
      if (held === null || held.remaining() > 0) await this.#flush(state);
      return result;
    } finally {
      leading.end();
    }
  }

  async #acquire(lease: Lease, signal: AbortSignal): Promise<HeldLease | null> {
    const { waitAtMost } = this.#options;
    if (waitAtMost === null) return lease.acquire(signal);
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), waitAtMost * 1000);
    const waiting = either(signal, timer.signal);
    try {
      const held = await lease.acquire(waiting.signal);
      if (held !== null || signal.aborted) return held;
      throw new StoreError(
        'unavailable',
        `another scaler leads, or the store does not answer: no lease within ${waitAtMost} s`,
      );
    } finally {
      clearTimeout(timeout);
      waiting.end();
    }
  }

  async #importOldState(state: ScalerMemory): Promise<void> {
    const { oldStateFile: file, tell } = this.#options;
    if (file === null || !(await state.isEmpty())) return;
    const old = await readOldStateFile(file);
    if (old === null) return;
    await state.save(old);
    await state.flush();
    tell({ event: 'state-imported', file, retired: await retireOldStateFile(file) });
  }

  async #flush(state: ScalerMemory): Promise<void> {
    try {
      await state.flush();
    } catch (error) {
      this.#options.onFailure('saving the state at the end', error);
    }
  }

  #tellEnd(held: HeldLease): void {
    if (!held.lost.aborted) return;
    const reason: unknown = held.lost.reason;
    const text = reason instanceof Error ? reason.message : String(reason);
    this.#options.tell({ event: 'lease-over', epoch: held.epoch, reason: text });
  }
}

/** A store that does not answer, or another's lease: a later attempt may do better. */
function isPassing(error: unknown): boolean {
  return error instanceof StoreError && (error.kind === 'unavailable' || error.kind === 'fenced');
}

/** Fires with the first of two. Not `AbortSignal.any`: Node 20 holds what it listens to weakly. */
function either(one: AbortSignal, other: AbortSignal) {
  const controller = new AbortController();
  const fire = () => controller.abort((one.aborted ? one : other).reason);
  for (const signal of [one, other]) {
    if (signal.aborted) fire();
    signal.addEventListener('abort', fire, { once: true });
  }
  const end = () => {
    for (const signal of [one, other]) signal.removeEventListener('abort', fire);
  };
  return { signal: controller.signal, end };
}
