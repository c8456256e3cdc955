import type { Pool } from '../pool/pool.ts';
import type { Slots, UnixSeconds } from '../pool/units.ts';
import type { WorkerPhase } from '../scaler/decide/observation.ts';
import type { CloudGroup } from '../scaler/ports.ts';
import { instanceCost } from './billing.ts';
import { drawBoot } from './boot.ts';
import type { ScheduledEvent } from './event-queue.ts';
import { drawTimeToNotice } from './interruptions.ts';
import { priceAt, type SimulatedOffering } from './market.ts';
import type { SimulationParameters } from './parameters.ts';
import type { LossCause, PoolWork } from './pool-work.ts';
import { type Random, randomStream } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { SimulatedWorker } from './worker.ts';
import type { WorkerDesk } from './worker-desk.ts';

export interface SimulatedInstance {
  readonly id: string;
  readonly pool: Pool;
  readonly offering: SimulatedOffering;
  /** Tasks at once, by the pool's declaration. */
  readonly capacity: Slots;
  readonly launchedAt: UnixSeconds;
  /** What the cloud tells of it; replaced when it changes. */
  seen: CloudGroup['workers'][number];
  worker: SimulatedWorker | null;
  /** null: it runs. */
  endedAt: UnixSeconds | null;
  endedBecause: LossCause | null;
  /** What is still to happen to it. */
  readonly events: ScheduledEvent[];
}

/** The group's side of an instance's life. */
export interface InstanceOwner {
  /** Its phase is another. */
  changed(instance: SimulatedInstance): void;
  /** The group has let go of it, or noticed that it is gone. */
  removed(instance: SimulatedInstance): void;
}

/** Starts and ends instances: boots, workers, interruptions and bills. */
export class InstanceHost {
  /** Every instance there ever was, in order of launch. */
  readonly instances: SimulatedInstance[] = [];
  private readonly clock: VirtualClock;
  private readonly parameters: SimulationParameters;
  private readonly desk: WorkerDesk;
  private readonly work: ReadonlyMap<string, PoolWork>;
  private readonly boots: Random;
  private readonly notices: Random;

  constructor(
    clock: VirtualClock,
    seed: number,
    desk: WorkerDesk,
    work: ReadonlyMap<string, PoolWork>,
    parameters: SimulationParameters,
  ) {
    this.clock = clock;
    this.parameters = parameters;
    this.desk = desk;
    this.work = work;
    this.boots = randomStream(seed, 'boots');
    this.notices = randomStream(seed, 'interruptions');
  }

  launch(
    pool: Pool,
    offering: SimulatedOffering,
    weight: Slots,
    owner: InstanceOwner,
  ): SimulatedInstance {
    const launchedAt = this.clock.now();
    const id = `i-${(this.instances.length + 1).toString(16).padStart(17, '0')}`;
    const { instanceType, zone } = offering;
    const choice = pool.instances.find(({ type }) => type === instanceType);
    const instance: SimulatedInstance = {
      id,
      pool,
      offering,
      capacity: choice?.capacity ?? weight,
      launchedAt,
      seen: { instanceId: id, instanceType, zone, weight, launchedAt, phase: 'pending' },
      worker: null,
      endedAt: null,
      endedBecause: null,
      events: [],
    };
    offering.running++;
    this.instances.push(instance);
    const boot = drawBoot(this.boots, this.parameters.boot);
    this.later(instance, boot.inService, () => this.enter(instance, 'in-service', owner));
    if (boot.ready !== null) this.later(instance, boot.ready, () => this.startWorker(instance));
    const notice = drawTimeToNotice(this.notices, offering.interruptionsPerHour);
    if (Number.isFinite(notice)) {
      this.later(instance, notice, () => this.giveNotice(instance, owner));
    }
    return instance;
  }

  /** Ends it through its terminating hook. One that is ending already just goes on. */
  terminate(instance: SimulatedInstance, owner: InstanceOwner): void {
    const { terminatingHook, shutdown } = this.parameters.group;
    const { phase } = instance.seen;
    if (phase === 'terminating') return;
    this.cancelAll(instance);
    if (phase === 'gone') {
      this.remove(instance, owner);
      return;
    }
    instance.worker?.prepareToLeave(this.clock.now());
    this.enter(instance, 'terminating', owner);
    this.later(instance, terminatingHook, () => this.end(instance, 'terminated'));
    this.later(instance, terminatingHook + shutdown, () => this.remove(instance, owner));
  }

  /** USD that it has cost until now, disk included. */
  cost(instance: SimulatedInstance): number {
    const { offering, pool, launchedAt } = instance;
    const billed = {
      market: offering.market,
      launchedAt,
      endedAt: instance.endedAt ?? this.clock.now(),
      interrupted: instance.endedBecause === 'interrupted',
      disk: pool.disk.root + (pool.disk.data ?? 0),
      priceAt: (time: UnixSeconds) => priceAt(offering, time),
    };
    return instanceCost(billed, this.parameters.billing);
  }

  private startWorker(instance: SimulatedInstance): void {
    const { id, pool, offering, capacity } = instance;
    const { referenceUtilityPerSlot, ...speech } = this.parameters.worker;
    const utility = pool.instances.find(({ type }) => type === offering.instanceType)?.utility;
    const traits = {
      instanceId: id,
      instanceType: offering.instanceType,
      capacity,
      slowness: referenceUtilityPerSlot / ((utility ?? capacity) / capacity),
      ...speech,
    };
    const worker = new SimulatedWorker(traits, this.clock.now(), this.desk.isDraining(id));
    const work = this.work.get(pool.id)!;
    instance.worker = worker;
    if (pool.heartbeats) this.desk.add(worker, work);
    work.offer(worker);
  }

  /** The two-minute notice. An instance that is still booting never gets to work. */
  private giveNotice(instance: SimulatedInstance, owner: InstanceOwner): void {
    const { healthCheckDelay } = this.parameters.group;
    const { notice } = this.parameters.interruptions;
    this.cancelAll(instance);
    instance.worker?.prepareToLeave(this.clock.now());
    this.later(instance, notice, () => {
      this.end(instance, 'interrupted');
      this.enter(instance, 'gone', owner);
    });
    this.later(instance, notice + healthCheckDelay, () => this.remove(instance, owner));
  }

  private end(instance: SimulatedInstance, cause: LossCause): void {
    instance.endedAt = this.clock.now();
    instance.endedBecause = cause;
    instance.offering.running--;
    this.desk.silence(instance.id);
    if (instance.worker) this.work.get(instance.pool.id)!.abandon(instance.worker, cause);
  }

  private remove(instance: SimulatedInstance, owner: InstanceOwner): void {
    this.desk.forget(instance.id);
    owner.removed(instance);
  }

  private enter(instance: SimulatedInstance, phase: WorkerPhase, owner: InstanceOwner): void {
    instance.seen = { ...instance.seen, phase };
    owner.changed(instance);
  }

  private later(instance: SimulatedInstance, delay: number, happen: () => void): void {
    instance.events.push(this.clock.after(delay, happen));
  }

  private cancelAll(instance: SimulatedInstance): void {
    for (const event of instance.events.splice(0)) event.cancelled = true;
  }
}
