/** Calls from outside the loop that end its wait for the next iteration. */
export class WakeCalls {
  #listener: () => void = () => {};

  /** One listener; the last one counts. */
  onWake(listener: () => void): void {
    this.#listener = listener;
  }

  wake(): void {
    this.#listener();
  }
}
