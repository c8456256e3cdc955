import type { Seconds, Slots, UnixSeconds } from '../pool/units.ts';
import type { Heartbeat } from '../scaler/decide/observation.ts';
import type { ScheduledEvent } from './event-queue.ts';
import type { Task } from './task-queue.ts';

/** A task on a slot. */
export interface Attempt {
  readonly task: Task;
  readonly startedAt: UnixSeconds;
  readonly end: ScheduledEvent;
}

export interface WorkerTraits {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly capacity: Slots;
  /** False: it says that it takes tasks, and takes none. */
  readonly takesTasks: boolean;
  /** Seconds that a task takes here for each second of its stated duration. */
  readonly slowness: number;
  readonly heartbeatInterval: Seconds;
  /** Whether it also speaks as soon as its tasks, or what it was told, change. */
  readonly speaksOnChange: boolean;
}

/**
 * What runs on an instance. It speaks at fixed intervals, and hears each time whether to drain.
 * Between two changes of its tasks that needs no event: {@link listen} brings it up to date
 * whenever someone looks.
 */
export class SimulatedWorker {
  readonly traits: WorkerTraits;
  /** Its last word. */
  word: Heartbeat;
  readonly attempts: Attempt[] = [];
  /** Place among the pool's workers with a free slot; -1: it is not among them. */
  freeIndex = -1;
  /** Slot-seconds spent on tasks that are over, finished or lost. */
  busySlotSeconds = 0;
  private nextWordAt: UnixSeconds;
  /** What the answer to its next word says, and what the answer to its last word said. */
  private answer: boolean;
  private draining = false;
  private leaving = false;

  constructor(traits: WorkerTraits, at: UnixSeconds, answer: boolean) {
    this.traits = traits;
    this.answer = answer;
    this.word = { at, capacity: traits.capacity, busySlots: 0, taking: true };
    this.draining = answer;
    this.nextWordAt = at + traits.heartbeatInterval;
  }

  get nextHeartbeatAt(): UnixSeconds {
    return this.nextWordAt;
  }

  /** Speaks and hears all that is due by now. Call before anything about the worker changes. */
  listen(now: UnixSeconds): void {
    if (this.nextWordAt > now) return;
    const { heartbeatInterval: interval } = this.traits;
    const last = this.nextWordAt + Math.floor((now - this.nextWordAt) / interval) * interval;
    if (last > this.nextWordAt) this.draining = this.answer;
    this.speak(last);
  }

  /** Its tasks are not what they were. */
  changed(now: UnixSeconds): void {
    if (this.traits.speaksOnChange) this.speak(now);
  }

  /** From its next heartbeat on, the answer says this. */
  tell(drain: boolean, now: UnixSeconds): void {
    this.listen(now);
    this.answer = drain;
  }

  /** It was told by EC2 that its end is near: it takes nothing more, whatever the scaler says. */
  prepareToLeave(now: UnixSeconds): void {
    this.listen(now);
    this.leaving = true;
    this.changed(now);
  }

  canTake(now: UnixSeconds): boolean {
    this.listen(now);
    return this.taking && this.traits.takesTasks && this.attempts.length < this.traits.capacity;
  }

  /** What it says is from before it hears the answer. */
  private speak(at: UnixSeconds): void {
    const { capacity, heartbeatInterval, speaksOnChange } = this.traits;
    const drainedBefore = this.draining;
    this.word = { at, capacity, busySlots: this.attempts.length, taking: this.taking };
    this.draining = this.answer;
    this.nextWordAt = at + heartbeatInterval;
    if (speaksOnChange && this.draining !== drainedBefore) {
      this.word = { ...this.word, taking: this.taking };
    }
  }

  private get taking(): boolean {
    return !this.draining && !this.leaving;
  }
}
