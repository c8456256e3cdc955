import type { Seconds, Slots } from '../../pool/units.ts';
import {
  CloudError,
  type CloudPort,
  type Launch,
  type OverridesChange,
  type RegionObservation,
} from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import type { HeldLease } from './held-lease.ts';

/** A call that changes something ends within that, all of its attempts included. */
export const actLimit: Seconds = 7;

/**
 * A cloud that changes things only under a lease. AWS takes no fencing token: so a call is sent only
 * while the lease outlasts the call's time limit, and ends when the lease does. What is sent all the
 * same, by a process that was stopped after it looked, does no harm: desired capacities are absolute,
 * a launch bears its decision's token, and an ended instance is ended once.
 */
export class LeasedCloud implements CloudPort {
  readonly region: string;
  readonly #cloud: CloudPort;
  readonly #lease: Pick<HeldLease, 'remaining'>;
  readonly #beforeAct: () => Promise<void>;

  /** @param beforeAct done before each call; what it rejects with, the call does */
  constructor(
    cloud: CloudPort,
    lease: Pick<HeldLease, 'remaining'>,
    beforeAct: () => Promise<void>,
  ) {
    this.region = cloud.region;
    this.#cloud = cloud;
    this.#lease = lease;
    this.#beforeAct = beforeAct;
  }

  observe(signal: AbortSignal): Promise<RegionObservation> {
    return this.#cloud.observe(signal);
  }

  setOverrides(change: OverridesChange, signal: AbortSignal): Promise<void> {
    return this.#act(signal, (limited) => this.#cloud.setOverrides(change, limited));
  }

  setDesiredCapacity(group: string, slots: Slots, signal: AbortSignal): Promise<void> {
    return this.#act(signal, (limited) => this.#cloud.setDesiredCapacity(group, slots, limited));
  }

  launch(launch: Launch, signal: AbortSignal): Promise<Slots> {
    return this.#act(signal, (limited) => this.#cloud.launch(launch, limited));
  }

  terminate(instanceId: string, signal: AbortSignal): Promise<void> {
    return this.#act(signal, (limited) => this.#cloud.terminate(instanceId, limited));
  }

  async #act<Answer>(
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    await this.#beforeAct();
    requireLease(this.#lease, actLimit);
    return withinLimit(actLimit, signal, call);
  }
}

/** @throws CloudError `unavailable` unless the lease is held for that much longer. */
export function requireLease(lease: Pick<HeldLease, 'remaining'>, least: Seconds): void {
  const remaining = lease.remaining();
  if (remaining > least) return;
  throw new CloudError(
    'unavailable',
    'LeaseTooShort',
    `not sent: the lease is held for ${remaining.toFixed(1)} s more, and a call may take ${least} s`,
  );
}
