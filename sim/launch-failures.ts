import type { LaunchFailure } from '../scaler/decide/observation.ts';

const none: readonly LaunchFailure[] = [];

/** Failed launches of a group until someone asks: each offering and cause once, at its latest. */
export class LaunchFailures {
  private readonly failures = new Map<string, LaunchFailure>();

  add(failure: LaunchFailure): void {
    const { instanceType, zone, cause } = failure;
    this.failures.set(`${instanceType} ${zone} ${cause}`, failure);
  }

  /** What came since the last time; always the same empty list where nothing did. */
  take(): readonly LaunchFailure[] {
    if (this.failures.size === 0) return none;
    const taken = [...this.failures.values()];
    this.failures.clear();
    return taken;
  }
}
