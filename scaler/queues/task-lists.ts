import type { QueueReading } from '../decide/observation.ts';
import type { Clock } from '../ports.ts';
import { QueueHistory, tighter } from './queue-history.ts';
import {
  fetchTaskList,
  type ListedTask,
  type TaskListDeclaration,
  taskListUrl,
} from './task-list-queue.ts';

/** Pools whose tasks come from the interface of `task-list-queue.ts`; one fetch serves an endpoint. */
export class TaskLists {
  readonly #clock: Clock;
  readonly #histories = new Map<string, QueueHistory>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Readings by pool id of pools that share one endpoint. Never rejects.
   * The interface lists pending tasks only, so `claimed` is not told; workers' heartbeats tell.
   */
  async read(
    declarations: ReadonlyMap<string, TaskListDeclaration>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, QueueReading>> {
    const [first] = declarations.values();
    if (first === undefined) return new Map();
    try {
      const tasks = await fetchTaskList(taskListUrl(first), signal);
      return mapValues(declarations, (pool, declaration) =>
        this.#reading(pool, declaration, tasks),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return mapValues(declarations, () => ({ status: 'unknown', error: reason }));
    }
  }

  #reading(
    pool: string,
    { provisionerId, workerType }: TaskListDeclaration,
    tasks: readonly ListedTask[],
  ): QueueReading {
    const ours = tasks.filter(
      (task) => task.provisionerId === provisionerId && task.workerType === workerType,
    );
    const history = this.#histories.get(pool) ?? new QueueHistory(0);
    this.#histories.set(pool, history);
    const now = this.#clock.now();
    const reading = history.add(now, { pending: ours.length, claimed: null });
    const told = oldestAge(ours, now);
    return { ...reading, oldestPendingAge: tighter(reading.oldestPendingAge, told) };
  }
}

/** By the tasks' own word; null: one of them does not say, and it may be the oldest. */
function oldestAge(tasks: readonly ListedTask[], now: number): number | null {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { createdAt } of tasks) {
    if (createdAt === null) return null;
    oldest = Math.min(oldest, createdAt);
  }
  return tasks.length === 0 ? null : Math.max(0, now - oldest);
}

function mapValues<V, W>(map: ReadonlyMap<string, V>, to: (key: string, value: V) => W) {
  return new Map([...map].map(([key, value]) => [key, to(key, value)] as const));
}
