import type { InstanceListener, SimulatedInstance } from '../sim/instance-host.ts';
import { type LossCause, PoolWork } from '../sim/pool-work.ts';
import { randomStream } from '../sim/random.ts';
import type { TaskArrival } from '../sim/task-queue.ts';
import { SimulatedWorker } from '../sim/worker.ts';
import type { CloudAccount } from './account.ts';
import type { ListedTask, WorkloadOrder, WorkSummary } from './workload.ts';

/** A workload with what became of it. */
export interface Workload {
  readonly order: WorkloadOrder;
  readonly work: PoolWork;
  /** Those that speak, by instance id. */
  readonly workers: Map<string, SimulatedWorker>;
}

/** Heartbeats that nobody hears: often enough that a worker is never behind by much. */
const silentInterval = 60;

/** The workers on an account's instances, and the tasks that they work on. */
export class Workers implements InstanceListener {
  readonly workloads: Workload[] = [];
  private readonly account: CloudAccount;

  constructor(account: CloudAccount) {
    this.account = account;
    account.host.listen(this);
  }

  /** Instances that are up by then run no worker. */
  add(order: WorkloadOrder): void {
    const { clock, seed } = this.account;
    const random = randomStream(seed, `taking ${order.workerType} ${this.workloads.length}`);
    const work = new PoolWork(clock, random, order.heartbeats !== undefined);
    this.workloads.push({ order, work, workers: new Map() });
    const from = clock.now();
    const arrivals = order.tasks
      .map(({ after, duration }): TaskArrival => ({ at: from + after, duration }))
      .sort((one, other) => one.at - other.at);
    work.feed(arrivals.values());
  }

  /** What a worker heard in answer to its word. It heeds it at once. */
  tell(instanceId: string, drain: boolean): void {
    const now = this.account.clock.now();
    for (const { workers, work } of this.workloads) {
      const worker = workers.get(instanceId);
      if (worker === undefined) continue;
      worker.tell(drain, now);
      worker.changed(now);
      if (!drain) work.offer(worker);
    }
  }

  pending(): readonly ListedTask[] {
    return this.workloads.flatMap(({ order: { provisionerId, workerType }, work }) =>
      Array.from({ length: work.pendingTasks }, () => ({
        provisionerId,
        workerType,
        state: 'PENDING' as const,
      })),
    );
  }

  summary(): WorkSummary {
    const { clock, host } = this.account;
    const total = (count: (work: PoolWork) => number) =>
      this.workloads.reduce((sum, { work }) => sum + count(work), 0);
    return {
      now: clock.now(),
      tasks: {
        arrived: total(({ record }) => record.arrived),
        pending: total(({ pendingTasks }) => pendingTasks),
        claimed: total(({ claimed }) => claimed),
        finished: total(({ record }) => record.finished),
        interrupted: total(({ record }) => record.lost.interrupted),
        terminated: total(({ record }) => record.lost.terminated),
      },
      running: host.running.size,
      launched: host.launched,
      usd: host.totalCost(),
    };
  }

  ready(instance: SimulatedInstance): void {
    const workload = this.workloadOf(instance);
    if (workload === undefined) return;
    const now = this.account.clock.now();
    if (instance.lifecycleState.startsWith('Terminating')) {
      this.completeHooks(instance, now);
      return;
    }
    const { parameters } = this.account;
    const { heartbeats } = workload.order;
    const worker = new SimulatedWorker(
      {
        instanceId: instance.id,
        instanceType: instance.offering.instanceType,
        capacity: instance.capacity,
        takesTasks: true,
        slowness: 1,
        heartbeatInterval: heartbeats?.interval ?? silentInterval,
        speaksOnChange: parameters.worker.speaksOnChange,
      },
      now,
      false,
    );
    instance.worker = worker;
    workload.workers.set(instance.id, worker);
    workload.work.offer(worker);
  }

  noticed({ worker }: SimulatedInstance): void {
    worker?.prepareToLeave(this.account.clock.now());
  }

  /** A worker whose group is to end it finishes what it runs, and then lets it. */
  lifecycleChanged(instance: SimulatedInstance): void {
    const { lifecycleState, worker } = instance;
    if (lifecycleState !== 'Terminating:Wait' || worker === null) return;
    const now = this.account.clock.now();
    worker.prepareToLeave(now);
    this.completeHooks(instance, Math.max(now, ...worker.attempts.map(({ end }) => end.at)));
  }

  ended(instance: SimulatedInstance, cause: LossCause): void {
    const { worker } = instance;
    const workload = worker === null ? undefined : this.workloadOf(instance);
    if (worker === null || workload === undefined) return;
    workload.workers.delete(instance.id);
    workload.work.abandon(worker, cause);
  }

  private completeHooks(instance: SimulatedInstance, doneAt: number): void {
    const { clock, parameters } = this.account;
    const at = doneAt + parameters.worker.completesHookAfter;
    instance.events.push(clock.at(at, () => instance.owner.readyToEnd(instance)));
  }

  private workloadOf({ owner }: SimulatedInstance): Workload | undefined {
    return this.workloads.find(({ order }) => order.groups.includes(owner.group));
  }
}
