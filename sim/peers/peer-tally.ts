import type { LaunchFailure } from '../../scaler/decide/observation.ts';

/** Calls that a peer's own system makes for what it does. */
export type PeerCall = 'describe' | 'launch' | 'setDesiredCapacity' | 'terminate';

/** Counts what a peer does. */
export class PeerTally {
  iterations = 0;
  /** The system's own calls. `SimulatedRegion.calls` has launches that are alike as one. */
  readonly calls: Record<PeerCall, number> = {
    describe: 0,
    launch: 0,
    setDesiredCapacity: 0,
    terminate: 0,
  };
  /** Launches that the cloud could not make: each request, and each that its group reports. */
  readonly launchFailures = new Map<LaunchFailure['cause'], number>();

  /** Calls that failed as a whole, by the service's error code: throttled, or without an answer. */
  readonly failedCalls = new Map<string, number>();

  get apiCalls(): number {
    const { describe, launch, setDesiredCapacity, terminate } = this.calls;
    return describe + launch + setDesiredCapacity + terminate;
  }

  failed(cause: LaunchFailure['cause'], times = 1): void {
    this.launchFailures.set(cause, (this.launchFailures.get(cause) ?? 0) + times);
  }

  callFailed(code: string): void {
    this.failedCalls.set(code, (this.failedCalls.get(code) ?? 0) + 1);
  }
}
