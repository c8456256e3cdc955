import type { Clock } from '../scaler/ports.ts';
import type { ApiParameters } from './parameters.ts';

/** Starts full, is refilled at a constant rate, and never holds more than its burst. */
export class TokenBucket {
  private readonly clock: Pick<Clock, 'now'>;
  private readonly parameters: ApiParameters;
  private tokens: number;
  private filledAt: number;

  constructor(clock: Pick<Clock, 'now'>, parameters: ApiParameters) {
    this.clock = clock;
    this.parameters = parameters;
    this.tokens = parameters.burst;
    this.filledAt = clock.now();
  }

  /** Takes a token if there is one. */
  take(): boolean {
    const { burst, perSecond } = this.parameters;
    const now = this.clock.now();
    this.tokens = Math.min(burst, this.tokens + (now - this.filledAt) * perSecond);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
