import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { Clock } from './ports.ts';

/** However often queues have news, iterations start no closer together: each reads every region. */
const leastSpacing: Seconds = 1;

/** Ends the wait for the next iteration when a queue has more tasks than the last one knew of. */
export class WakeUp {
  private readonly clock: Clock;
  private isRung = false;
  private wake: () => void = () => {};

  constructor(clock: Clock) {
    this.clock = clock;
  }

  ring(): void {
    this.isRung = true;
    this.wake();
  }

  /**
   * Waits until `wait` ends, or is rung, but no less than {@link leastSpacing} after `startedAt`.
   * @param wait ends early, without an error, when its signal fires
   */
  async sleep(
    startedAt: UnixSeconds,
    wait: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const woken = new AbortController();
    const stop = () => woken.abort();
    signal.addEventListener('abort', stop, { once: true });
    this.wake = stop;
    if (this.isRung || signal.aborted) stop();
    await wait(woken.signal);
    this.wake = () => {};
    signal.removeEventListener('abort', stop);
    const rest = startedAt + leastSpacing - this.clock.now();
    if (this.isRung && rest > 0) await this.clock.sleep(rest, signal);
    this.isRung = false;
  }
}
