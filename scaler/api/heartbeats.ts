import type { FinishedTask, Heartbeat } from '../decide/observation.ts';
import type { Clock, WorkerPort } from '../ports.ts';
import type { HeartbeatAnswer, HeartbeatMessage } from './heartbeat-message.ts';

/** Workers remembered; past it the longest silent go. */
const mostWorkers = 20_000;
/** Finished tasks held for one pool until they are taken; past it the oldest are dropped. */
const mostFinishedTasks = 10_000;
/** Pools that finished tasks are held for. */
const mostPools = 1_000;

/**
 * The last word of each worker, in memory. Nothing is kept across a restart: until a worker is
 * heard again there is no word of it, and no word means busy.
 */
export class Heartbeats implements WorkerPort {
  readonly #clock: Clock;
  /** In the order in which they were last heard. */
  readonly #heartbeats = new Map<string, Heartbeat>();
  readonly #finished = new Map<string, FinishedTask[]>();
  #draining: ReadonlySet<string> = new Set();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in one worker's word. The answer tells it whether to drain. */
  receive(message: HeartbeatMessage): HeartbeatAnswer {
    const { instanceId, capacity, busySlots, taking, heldSeconds, holdOver } = message;
    // Taken out and put back, so that the map stays in the order of hearing.
    this.#heartbeats.delete(instanceId);
    this.#heartbeats.set(instanceId, {
      ...{ at: this.#clock.now(), capacity, busySlots, taking },
      ...(heldSeconds === undefined ? {} : { heldSeconds }),
      ...(holdOver === undefined ? {} : { holdOver }),
    });
    if (this.#heartbeats.size > mostWorkers) this.#forgetLongestSilent();
    this.#keepFinished(message);
    return { drain: this.#draining.has(instanceId) };
  }

  heartbeats(): ReadonlyMap<string, Heartbeat> {
    return this.#heartbeats;
  }

  takeFinishedTasks(): ReadonlyMap<string, readonly FinishedTask[]> {
    const taken = new Map(this.#finished);
    this.#finished.clear();
    return taken;
  }

  setDraining(instanceIds: ReadonlySet<string>): void {
    this.#draining = instanceIds;
  }

  #keepFinished({ instanceType, finished, pool }: HeartbeatMessage): void {
    if (finished.length === 0 || pool === undefined) return;
    const held = this.#finished.get(pool) ?? [];
    if (held.length === 0 && this.#finished.size >= mostPools) return;
    held.push(
      ...finished.map(({ durationSeconds }) => ({ instanceType, duration: durationSeconds })),
    );
    if (held.length > mostFinishedTasks) held.splice(0, held.length - mostFinishedTasks);
    this.#finished.set(pool, held);
  }

  #forgetLongestSilent(): void {
    const [longestSilent] = this.#heartbeats.keys();
    if (longestSilent !== undefined) this.#heartbeats.delete(longestSilent);
  }
}
