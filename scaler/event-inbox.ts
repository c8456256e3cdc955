import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { Clock, EventPort, FleetEvent, State } from './ports.ts';

/** Events that come together share an iteration: EC2 takes back an offering's instances at once. */
const gatherFor: Seconds = 0.5;

/** However many events come, iterations start no closer together: each reads every region. */
const leastSpacing: Seconds = 2;

/** What is so old is known from the groups themselves. */
const keptFor: Seconds = 600;

/** Beyond it the oldest are forgotten, which the groups themselves will tell. */
const mostKept = 5_000;

/**
 * Events that came, until the state that took them in is saved. One that concerns a worker or group
 * of the fleet ends the wait for the next iteration.
 */
export class EventInbox {
  private readonly port: EventPort;
  private readonly clock: Clock;
  private readonly waiting = new Map<string, FleetEvent>();
  /** As of the last decisions. */
  private state: State;
  private isUrgent = false;
  private wake: () => void = () => {};

  constructor(port: EventPort, clock: Clock, state: State) {
    this.port = port;
    this.clock = clock;
    this.state = state;
  }

  /** Resolves once the signal has fired. Never rejects. */
  async listen(signal: AbortSignal): Promise<void> {
    await this.port.listen((events) => this.hear(events, signal), signal);
  }

  /** All that came and was not settled, oldest first. They stay until {@link settle}. */
  take(): readonly FleetEvent[] {
    this.isUrgent = false;
    const oldest = this.clock.now() - keptFor;
    for (const [id, { at }] of this.waiting) if (at < oldest) this.waiting.delete(id);
    return [...this.waiting.values()];
  }

  /** What is decided on now: what follows from it is no news. */
  follow(state: State): void {
    this.state = state;
  }

  /** The state that took them in is saved. */
  async settle(taken: readonly FleetEvent[], signal: AbortSignal): Promise<void> {
    for (const { id } of taken) this.waiting.delete(id);
    if (taken.length > 0) await this.port.settle(taken, signal);
  }

  /**
   * Sleeps until then, or until an event that concerns the fleet has come and those that come with it
   * had {@link gatherFor}; no less than {@link leastSpacing} after `startedAt`.
   */
  async sleep(startedAt: UnixSeconds, until: UnixSeconds, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const stop = () => woken.abort();
    signal.addEventListener('abort', stop, { once: true });
    this.wake = stop;
    if (this.isUrgent || signal.aborted) stop();
    await this.clock.sleep(Math.max(0, until - this.clock.now()), woken.signal);
    this.wake = () => {};
    signal.removeEventListener('abort', stop);
    const now = this.clock.now();
    const ready = Math.min(until, Math.max(now + gatherFor, startedAt + leastSpacing));
    if (ready > now) await this.clock.sleep(ready - now, signal);
  }

  private hear(events: readonly FleetEvent[], signal: AbortSignal): void {
    const others: FleetEvent[] = [];
    for (const event of events) {
      this.waiting.set(event.id, event);
      if (this.concerns(event)) this.isUrgent = true;
      else others.push(event);
    }
    for (const id of this.waiting.keys()) {
      if (this.waiting.size <= mostKept) break;
      this.waiting.delete(id);
    }
    // The next iteration may know the instance. It is not worth telling again: few are ours.
    if (others.length > 0) void this.port.settle(others, signal);
    if (this.isUrgent) this.wake();
  }

  /** Whether it is news of the fleet, as far as is known. */
  private concerns(event: FleetEvent): boolean {
    if (event.kind === 'launch-failed') return true;
    for (const { workers } of Object.values(this.state.memories)) {
      const worker = workers[event.instanceId];
      if (worker === undefined) continue;
      return !worker.ended && (event.kind !== 'rebalance' || worker.warning === null);
    }
    return false;
  }
}
