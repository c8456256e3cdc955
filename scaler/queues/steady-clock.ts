import type { UnixSeconds } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';

/**
 * Time that never goes back, for ages and waits: when the clock is set back, what was measured before
 * keeps its age. A clock that jumps forward cannot be told from time that passed.
 */
export class SteadyClock {
  readonly #clock: Pick<Clock, 'now'>;
  #lead = 0;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  now(): UnixSeconds {
    const raw = this.#clock.now();
    if (raw + this.#lead < this.#latest) this.#lead = this.#latest - raw;
    this.#latest = raw + this.#lead;
    return this.#latest;
  }

  /** What the clock itself would have shown at a steady time, had it run as it does now. */
  toClockTime(at: UnixSeconds): UnixSeconds {
    return this.#clock.now() - (this.now() - at);
  }
}
