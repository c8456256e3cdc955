import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { QueueReading } from '../decide/observation.ts';

export interface QueueCounts {
  readonly pending: number;
  /** null: the source does not tell. */
  readonly claimed: number | null;
}

type KnownReading = Extract<QueueReading, { status: 'known' }>;

/**
 * What one queue's past readings add to the present one. Two things follow from them.
 *
 * **A zero that counts.** Where counts may be out of date by up to `hold`, both counts at zero after
 * a positive one may be an old word. The last positive counts then stand until every reading for
 * `hold` was zero. Pending alone at zero counts at once while tasks are claimed: the tasks were
 * taken, and letting the old number stand would count them twice. A first reading has no
 * positive before it and is taken as it is; the decision's own idle times guard that case.
 *
 * **A bound on age.** A queue tells how many tasks wait, not since when. If pending was zero all
 * through the `hold` before a reading at time t, the queue was truly empty at t - hold, so whatever
 * waits now came later: `age <= now - (t - hold)`. Before such a reading was seen, nothing is known.
 * The bound is never too low. How old tasks are below it (first come, first served, by arrivals
 * and starts from reading to reading) is the decision's to estimate, in `decide/waiting.ts`, which
 * also knows of finished tasks and remembers across restarts.
 */
export class QueueHistory {
  readonly #hold: Seconds;
  #lastPositive: QueueCounts | null = null;
  /** Since when every reading had both counts at zero; null: the last one had not. */
  #zeroSince: UnixSeconds | null = null;
  /** Since when every reading had nothing pending. */
  #nothingPendingSince: UnixSeconds | null = null;
  /** The latest time at which nothing was pending, for certain. */
  #emptyAt: UnixSeconds | null = null;

  /** @param hold 0 for a source whose counts are exact */
  constructor(hold: Seconds) {
    this.#hold = hold;
  }

  add(at: UnixSeconds, counts: QueueCounts): KnownReading {
    const standing = this.#standingCounts(at, counts);
    this.#noteEmpty(at, counts);
    return {
      status: 'known',
      readAt: at,
      ...standing,
      oldestPendingAge:
        standing.pending > 0 && this.#emptyAt !== null ? Math.max(0, at - this.#emptyAt) : null,
    };
  }

  #standingCounts(at: UnixSeconds, counts: QueueCounts): QueueCounts {
    if (counts.pending + (counts.claimed ?? 0) > 0) {
      this.#lastPositive = counts;
      this.#zeroSince = null;
      return counts;
    }
    this.#zeroSince ??= at;
    if (this.#lastPositive === null || at - this.#zeroSince >= this.#hold) {
      this.#lastPositive = null;
      return counts;
    }
    return this.#lastPositive;
  }

  #noteEmpty(at: UnixSeconds, { pending }: QueueCounts): void {
    if (pending > 0) {
      this.#nothingPendingSince = null;
      return;
    }
    this.#nothingPendingSince ??= at;
    if (at - this.#nothingPendingSince >= this.#hold) this.#emptyAt = at - this.#hold;
  }
}

/** The lower of two upper bounds, of which either may be unknown. */
export function tighter(one: Seconds | null, other: Seconds | null): Seconds | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
