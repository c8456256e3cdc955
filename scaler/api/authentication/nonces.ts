import type { Seconds, UnixSeconds } from '../../../pool/units.ts';

/** Nonces held at once; a signed request beyond that is refused until older ones are forgotten. */
const mostNonces = 1_000_000;

/**
 * The nonces of signed requests, so that none is taken twice. Each is kept for as long as its time
 * stamp could be taken, in two halves of which the older is dropped whole. In memory: processes that
 * share a store do not share these.
 */
export class Nonces {
  readonly #window: Seconds;
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnedAt: UnixSeconds = 0;

  /** @param window a time stamp may be this far from our clock, before or after */
  constructor(window: Seconds) {
    this.#window = window;
  }

  /** False: it was seen before, or there is no room to remember it. */
  take(nonce: string, now: UnixSeconds): boolean {
    // One that came with a stamp of the future can come again for twice the window.
    if (now - this.#turnedAt >= 2 * this.#window) {
      this.#previous = now - this.#turnedAt < 4 * this.#window ? this.#current : new Set();
      this.#current = new Set();
      this.#turnedAt = now;
    }
    if (this.#current.has(nonce) || this.#previous.has(nonce)) return false;
    if (this.#current.size >= mostNonces) return false;
    this.#current.add(nonce);
    return true;
  }
}
