import type { Slots } from '../pool/units.ts';
import type { InstanceListener, SimulatedInstance } from './instance-host.ts';
import type { WorkerParameters } from './parameters.ts';
import type { LossCause, PoolWork } from './pool-work.ts';
import { type Random, randomStream } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { SimulatedWorker } from './worker.ts';
import type { WorkerDesk } from './worker-desk.ts';

/**
 * What runs on the instances of pools: a worker, as `examples/worker` is one. It takes no more tasks
 * once EC2 or the group says that the end is near, and completes the group's hook when its tasks are done.
 */
export class WorkerHost implements InstanceListener {
  private readonly clock: VirtualClock;
  private readonly desk: WorkerDesk;
  private readonly work: ReadonlyMap<string, PoolWork>;
  private readonly parameters: WorkerParameters;
  private readonly faults: Random;

  constructor(
    clock: VirtualClock,
    seed: number,
    desk: WorkerDesk,
    work: ReadonlyMap<string, PoolWork>,
    parameters: WorkerParameters,
  ) {
    this.clock = clock;
    this.desk = desk;
    this.work = work;
    this.parameters = parameters;
    this.faults = randomStream(seed, 'workers that take nothing');
  }

  ready(instance: SimulatedInstance): void {
    const work = this.workOf(instance);
    if (work === undefined) return;
    if (instance.lifecycleState.startsWith('Terminating')) {
      this.completeHook(instance, this.clock.now());
      return;
    }
    const { id } = instance;
    const worker = new SimulatedWorker(
      this.traitsOf(instance),
      this.clock.now(),
      this.desk.isDraining(id),
    );
    instance.worker = worker;
    if (instance.pool!.heartbeats) this.desk.add(worker, work);
    work.offer(worker);
  }

  noticed({ worker }: SimulatedInstance): void {
    worker?.prepareToLeave(this.clock.now());
  }

  lifecycleChanged(instance: SimulatedInstance): void {
    const { lifecycleState, worker } = instance;
    if (lifecycleState !== 'Terminating:Wait' || worker === null) return;
    worker.prepareToLeave(this.clock.now());
    const ends = worker.attempts.map(({ end }) => end.at);
    this.completeHook(instance, Math.max(this.clock.now(), ...ends));
  }

  ended({ id, worker, pool }: SimulatedInstance, cause: LossCause): void {
    this.desk.silence(id);
    if (worker !== null && pool !== null) this.work.get(pool.id)!.abandon(worker, cause);
  }

  removed({ id }: SimulatedInstance): void {
    this.desk.forget(id);
  }

  /** Its group may know by then that it has ended, and hears nothing new. */
  private completeHook(instance: SimulatedInstance, doneAt: number): void {
    const at = doneAt + this.parameters.completesHookAfter;
    instance.events.push(this.clock.at(at, () => instance.owner.readyToEnd(instance)));
  }

  private workOf({ pool }: SimulatedInstance): PoolWork | undefined {
    return pool === null ? undefined : this.work.get(pool.id);
  }

  private traitsOf({ id, pool, offering, capacity }: SimulatedInstance) {
    const { referenceUtilityPerSlot, neverTakesShare, heartbeatInterval, speaksOnChange } =
      this.parameters;
    const { instanceType } = offering;
    const utility: Slots =
      pool?.instances.find(({ type }) => type === instanceType)?.utility ?? capacity;
    return {
      instanceId: id,
      instanceType,
      capacity,
      takesTasks: this.faults.uniform() >= neverTakesShare,
      slowness: referenceUtilityPerSlot / (utility / capacity),
      heartbeatInterval,
      speaksOnChange,
    };
  }
}
