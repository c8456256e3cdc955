import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { FinishedTask, QueueReading } from '../scaler/decide/observation.ts';
import type { Random } from './random.ts';
import { type Task, type TaskArrival, TaskQueue } from './task-queue.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { Attempt, SimulatedWorker } from './worker.ts';

/** Why a worker left tasks behind. */
export type LossCause = 'interrupted' | 'terminated';

export interface WorkRecord {
  arrived: number;
  finished: number;
  /** From arrival to first start, of every task that was ever started. */
  readonly waits: Seconds[];
  /** From arrival to finish. */
  readonly flowTimes: Seconds[];
  readonly lost: Record<LossCause, number>;
}

/** A pool's tasks: they arrive, wait, run on workers that take them, and finish or are given back. */
export class PoolWork {
  readonly record: WorkRecord = {
    arrived: 0,
    finished: 0,
    waits: [],
    flowTimes: [],
    lost: { interrupted: 0, terminated: 0 },
  };
  claimed = 0;
  private readonly pending = new TaskQueue();
  /** Workers that had a free slot when last looked at. */
  private readonly free: SimulatedWorker[] = [];
  private reported: FinishedTask[] = [];
  private readonly clock: VirtualClock;
  private readonly random: Random;
  private readonly reports: boolean;

  /**
   * `random` chooses among free workers: to a polling queue all are equal. `reports`: whether
   * workers tell of finished tasks.
   */
  constructor(clock: VirtualClock, random: Random, reports: boolean) {
    this.clock = clock;
    this.random = random;
    this.reports = reports;
  }

  get pendingTasks(): number {
    return this.pending.length;
  }

  /** Lets tasks arrive, in order of time, each when it is due. */
  feed(arrivals: Iterator<TaskArrival, unknown>): void {
    const next = arrivals.next();
    if (next.done) return;
    const { at, duration } = next.value;
    this.clock.at(at, () => {
      this.record.arrived++;
      this.pending.add({ arrivedAt: this.clock.now(), duration, firstStartedAt: null });
      this.assign();
      this.feed(arrivals);
    });
  }

  /** A worker has, or may have, a free slot. */
  offer(worker: SimulatedWorker): void {
    if (worker.freeIndex < 0 && worker.canTake(this.clock.now())) {
      worker.freeIndex = this.free.length;
      this.free.push(worker);
    }
    this.assign();
  }

  /** A worker is gone, and with it what it ran. */
  abandon(worker: SimulatedWorker, cause: LossCause): void {
    this.unlist(worker);
    for (const attempt of worker.attempts.splice(0)) {
      attempt.end.cancelled = true;
      this.claimed--;
      this.record.lost[cause]++;
      worker.busySlotSeconds += this.clock.now() - attempt.startedAt;
      this.pending.giveBack(attempt.task);
    }
    this.assign();
  }

  read(): QueueReading {
    const readAt = this.clock.now();
    const oldest = this.pending.oldest;
    return {
      status: 'known',
      readAt,
      pending: this.pending.length,
      claimed: this.claimed,
      oldestPendingAge: oldest ? readAt - oldest.arrivedAt : null,
    };
  }

  takeReported(): readonly FinishedTask[] {
    const reported = this.reported;
    this.reported = [];
    return reported;
  }

  private assign(): void {
    const now = this.clock.now();
    while (this.pending.length > 0 && this.free.length > 0) {
      const worker = this.free[this.random.integer(this.free.length)]!;
      if (worker.canTake(now)) this.start(worker, this.pending.take()!, now);
      if (!worker.canTake(now)) this.unlist(worker);
    }
  }

  private start(worker: SimulatedWorker, task: Task, now: UnixSeconds): void {
    if (task.firstStartedAt === null) {
      task.firstStartedAt = now;
      this.record.waits.push(now - task.arrivedAt);
    }
    const end = this.clock.after(task.duration * worker.traits.slowness, () => {
      this.finish(worker, attempt);
    });
    const attempt: Attempt = { task, startedAt: now, end };
    worker.attempts.push(attempt);
    worker.changed(now);
    this.claimed++;
  }

  private finish(worker: SimulatedWorker, attempt: Attempt): void {
    const now = this.clock.now();
    worker.listen(now);
    worker.attempts.splice(worker.attempts.indexOf(attempt), 1);
    worker.changed(now);
    const duration = now - attempt.startedAt;
    worker.busySlotSeconds += duration;
    this.claimed--;
    this.record.finished++;
    this.record.flowTimes.push(now - attempt.task.arrivedAt);
    if (this.reports) {
      this.reported.push({ instanceType: worker.traits.instanceType, duration });
    }
    this.offer(worker);
  }

  private unlist(worker: SimulatedWorker): void {
    if (worker.freeIndex < 0) return;
    const last = this.free.pop()!;
    if (last !== worker) {
      this.free[worker.freeIndex] = last;
      last.freeIndex = worker.freeIndex;
    }
    worker.freeIndex = -1;
  }
}
