import type { UnixSeconds } from '../pool/units.ts';
import type { LaunchFailure } from '../scaler/decide/observation.ts';

const none: readonly LaunchFailure[] = [];

/** Failed launches of a group until someone asks: each offering and cause once, at its latest. */
export class LaunchFailures {
  private readonly failures = new Map<string, LaunchFailure>();

  add(failure: LaunchFailure): void {
    const { instanceType, zone, cause } = failure;
    this.failures.set(`${instanceType} ${zone} ${cause}`, failure);
  }

  /** What came until `asOf` and was not taken; always the same empty list where nothing did. */
  take(asOf: UnixSeconds): readonly LaunchFailure[] {
    if (this.failures.size === 0) return none;
    const taken: LaunchFailure[] = [];
    for (const [key, failure] of this.failures) {
      if (failure.at > asOf) continue;
      taken.push(failure);
      this.failures.delete(key);
    }
    return taken.length === 0 ? none : taken;
  }
}
