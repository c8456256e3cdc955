import type { FinishedTask, Heartbeat } from '../scaler/decide/observation.ts';
import type { WorkerPort } from '../scaler/ports.ts';
import type { PoolWork } from './pool-work.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { SimulatedWorker } from './worker.ts';

/** Where the workers of every pool report, and hear whether to drain. */
export class WorkerDesk implements WorkerPort {
  private readonly workers = new Map<string, { worker: SimulatedWorker; work: PoolWork }>();
  private readonly words = new Map<string, Heartbeat>();
  private draining: ReadonlySet<string> = new Set();
  private readonly clock: VirtualClock;
  private readonly work: ReadonlyMap<string, PoolWork>;

  constructor(clock: VirtualClock, work: ReadonlyMap<string, PoolWork>) {
    this.clock = clock;
    this.work = work;
  }

  isDraining(instanceId: string): boolean {
    return this.draining.has(instanceId);
  }

  add(worker: SimulatedWorker, work: PoolWork): void {
    this.workers.set(worker.traits.instanceId, { worker, work });
  }

  /** It speaks no more; its last word is known until {@link forget}. */
  silence(instanceId: string): void {
    this.workers.delete(instanceId);
  }

  forget(instanceId: string): void {
    this.workers.delete(instanceId);
    this.words.delete(instanceId);
  }

  /** The same map each time, brought up to date. */
  heartbeats(): ReadonlyMap<string, Heartbeat> {
    const now = this.clock.now();
    for (const [instanceId, { worker }] of this.workers) {
      worker.listen(now);
      this.words.set(instanceId, worker.word);
    }
    return this.words;
  }

  takeFinishedTasks(): ReadonlyMap<string, readonly FinishedTask[]> {
    return new Map([...this.work].map(([poolId, work]) => [poolId, work.takeReported()]));
  }

  setDraining(instanceIds: ReadonlySet<string>): void {
    const before = this.draining;
    this.draining = new Set(instanceIds);
    for (const instanceId of this.draining) {
      if (!before.has(instanceId)) this.tell(instanceId, true);
    }
    for (const instanceId of before) {
      if (!this.draining.has(instanceId)) this.tell(instanceId, false);
    }
  }

  private tell(instanceId: string, drain: boolean): void {
    const known = this.workers.get(instanceId);
    if (known === undefined) return;
    known.worker.tell(drain, this.clock.now());
    // One that may take tasks again looks at the queue as soon as it hears of it.
    if (!drain) this.clock.at(known.worker.nextHeartbeatAt, () => this.lookForWork(instanceId));
  }

  private lookForWork(instanceId: string): void {
    const known = this.workers.get(instanceId);
    if (known !== undefined) known.work.offer(known.worker);
  }
}
