import type { Seconds, UnixSeconds } from '../pool/units.ts';

/** A task to come: when, and how long it takes on a slot of the reference utility. */
export interface TaskArrival {
  readonly at: UnixSeconds;
  readonly duration: Seconds;
}

export interface Task {
  readonly arrivedAt: UnixSeconds;
  readonly duration: Seconds;
  /** When a worker first took it; null: none has. */
  firstStartedAt: UnixSeconds | null;
}

/**
 * Tasks that no worker has taken, first in first out. A task that was given back goes before all
 * that were never taken, since it is older than any of them; given back, they keep their own order.
 */
export class TaskQueue {
  private fresh: Task[] = [];
  private head = 0;
  private readonly returned: Task[] = [];

  get length(): number {
    return this.fresh.length - this.head + this.returned.length;
  }

  get oldest(): Task | null {
    return this.returned[0] ?? this.fresh[this.head] ?? null;
  }

  add(task: Task): void {
    this.fresh.push(task);
  }

  giveBack(task: Task): void {
    let index = this.returned.length;
    while (index > 0 && this.returned[index - 1]!.arrivedAt > task.arrivedAt) index--;
    this.returned.splice(index, 0, task);
  }

  take(): Task | null {
    const returned = this.returned.shift();
    if (returned) return returned;
    const task = this.fresh[this.head];
    if (task === undefined) return null;
    this.head++;
    // Dropped in bulk: shifting a long array for each task would cost its length each time.
    if (this.head > 1024 && this.head * 2 > this.fresh.length) {
      this.fresh = this.fresh.slice(this.head);
      this.head = 0;
    }
    return task;
  }
}
