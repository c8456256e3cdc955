import type { Pool } from '../pool/pool.ts';
import type { Decision } from '../scaler/decide/decision.ts';
import type { LaunchFailure, Observation } from '../scaler/decide/observation.ts';
import type { ReasonKind } from '../scaler/decide/reason.ts';
import type { RecorderPort } from '../scaler/ports.ts';

export interface LastDecision {
  readonly pool: Pool;
  readonly observation: Observation;
  readonly decision: Decision;
}

/** Counts what the loop does, and keeps each pool's last decision. */
export class DecisionTally implements RecorderPort {
  decisions = 0;
  iterations = 0;
  /** Decisions that carry a reason of this kind, once each. */
  readonly byReason = new Map<ReasonKind, number>();
  /** How often each thing failed, by what was being done and why. */
  readonly failures = new Map<string, number>();
  /** Launches that the cloud could not make, as decisions were told of them. */
  readonly launchFailures = new Map<LaunchFailure['cause'], number>();
  readonly last = new Map<string, LastDecision>();

  decision(pool: Pool, observation: Observation, decision: Decision): void {
    this.decisions++;
    this.last.set(pool.id, { pool, observation, decision });
    for (const kind of new Set(decision.reasons.map((reason) => reason.kind))) {
      this.byReason.set(kind, (this.byReason.get(kind) ?? 0) + 1);
    }
    for (const { cause } of observation.launchFailures) {
      this.launchFailures.set(cause, (this.launchFailures.get(cause) ?? 0) + 1);
    }
  }

  failure(_where: { pool?: string; region?: string }, doing: string, error: unknown): void {
    const what = `${doing}: ${error instanceof Error ? error.message : String(error)}`;
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }

  iteration(): void {
    this.iterations++;
  }

  async flush(): Promise<void> {}
}
