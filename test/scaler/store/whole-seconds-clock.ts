import type { Clock } from '../../../scaler/ports.ts';
import { systemClock } from '../../../scaler/system-clock.ts';

/**
 * Stands at a whole second until it is told. It starts a month ahead of real time, so that a server
 * with a clock of its own deletes nothing.
 */
export class WholeSecondsClock implements Clock {
  #now = Math.ceil(systemClock.now()) + 30 * 86_400;

  now(): number {
    return this.#now;
  }

  sleep(...call: Parameters<Clock['sleep']>): Promise<void> {
    return systemClock.sleep(...call);
  }

  advance(seconds: number): void {
    this.#now += seconds;
  }
}
