import type { Seconds } from '../pool/units.ts';
import type { WorkerPhase } from '../scaler/decide/observation.ts';

/** States of an instance in its group (Auto Scaling user guide, "Amazon EC2 Auto Scaling instance lifecycle"). */
export type LifecycleState =
  | 'Pending'
  | 'Pending:Wait'
  | 'Pending:Proceed'
  | 'InService'
  | 'Terminating'
  | 'Terminating:Wait'
  | 'Terminating:Proceed'
  | 'Terminated';

export type LifecycleTransition = 'launching' | 'terminating';

/** CONTINUE: go on. ABANDON: end a launching instance; keep a terminating one waiting for no other hook. */
export type LifecycleResult = 'CONTINUE' | 'ABANDON';

/** Holds an instance in its transition until somebody completes the action, or until it times out. */
export interface LifecycleHook {
  readonly name: string;
  readonly transition: LifecycleTransition;
  /** From the start of the action, or its last heartbeat, to its time-out; 30 to 7,200. */
  readonly heartbeatTimeout: Seconds;
  /** What a time-out counts as. */
  readonly defaultResult: LifecycleResult;
}

/** What the scaler calls the state. */
export function phaseOf(state: LifecycleState): WorkerPhase {
  if (state === 'InService') return 'in-service';
  return state.startsWith('Pending') ? 'pending' : 'terminating';
}
