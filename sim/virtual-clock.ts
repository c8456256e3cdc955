import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { Clock } from '../scaler/ports.ts';
import { EventQueue, type ScheduledEvent } from './event-queue.ts';

/**
 * A clock that stands still while code runs and jumps from event to event while everyone sleeps.
 * Whoever sleeps on it must need nothing of the real world between two sleeps but promises that are
 * already on their way: {@link run} lets those settle before time goes on.
 */
export class VirtualClock implements Clock {
  private time: UnixSeconds;
  private readonly events = new EventQueue();
  private someoneWoke = false;

  constructor(start: UnixSeconds) {
    this.time = start;
  }

  now(): UnixSeconds {
    return this.time;
  }

  /** A time that has passed already means at once, as soon as the present event is over. */
  at(time: UnixSeconds, happen: () => void): ScheduledEvent {
    return this.events.add(Math.max(time, this.time), happen);
  }

  after(delay: Seconds, happen: () => void): ScheduledEvent {
    return this.at(this.time + delay, happen);
  }

  sleep(duration: Seconds, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        event.cancelled = true;
        signal.removeEventListener('abort', wake);
        this.someoneWoke = true;
        resolve();
      };
      const event = this.after(duration, wake);
      signal.addEventListener('abort', wake);
    });
  }

  /**
   * Lets everything happen that is due by `until`, and leaves the clock there, or at the last event
   * before the signal fired. `onWake` is awaited each time that a sleeper woke and went to sleep again.
   */
  async run(
    until: UnixSeconds,
    signal: AbortSignal,
    onWake?: () => Promise<void> | void,
  ): Promise<void> {
    await settle();
    while (!signal.aborted) {
      const event = this.events.take(until);
      if (event === null) {
        this.time = Math.max(this.time, until);
        return;
      }
      this.time = event.at;
      event.happen();
      if (!this.someoneWoke) continue;
      await settle();
      this.someoneWoke = false;
      await onWake?.();
    }
  }
}

/** Resolves once every promise that needs nothing but other promises has run its course. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
