import type { Seconds } from '../pool/units.ts';

/**
 * A stop that lets work under way come to its end: the signal fires when a stop is asked for and no work
 * is under way, or when that work has had its grace.
 */
export class GracefulStop {
  readonly #asked: AbortSignal;
  readonly #grace: Seconds;
  readonly #ended = new AbortController();
  #working = 0;

  /** @param asked fires when a stop is asked for: the work is to hear of it, too, and end itself */
  constructor(asked: AbortSignal, grace: Seconds) {
    this.#asked = asked;
    this.#grace = grace;
    if (asked.aborted) this.#onAsked();
    else asked.addEventListener('abort', () => this.#onAsked(), { once: true });
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  async working<T>(work: () => Promise<T>): Promise<T> {
    this.#working += 1;
    try {
      return await work();
    } finally {
      this.#working -= 1;
      if (this.#asked.aborted && this.#working === 0) this.#end();
    }
  }

  #onAsked(): void {
    if (this.#working === 0) this.#end();
    // A process with nothing else to do need not wait for it.
    else setTimeout(() => this.#end(), this.#grace * 1000).unref();
  }

  #end(): void {
    this.#ended.abort(this.#asked.reason);
  }
}
