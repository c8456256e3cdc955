import type { Pool } from '../pool/pool.ts';
import type { Slots, UnixSeconds } from '../pool/units.ts';
import type { WorkerPhase } from '../scaler/decide/observation.ts';
import type { CloudGroup } from '../scaler/ports.ts';
import { instanceCost } from './billing.ts';
import { drawBoot } from './boot.ts';
import type { ScheduledEvent } from './event-queue.ts';
import { drawTimeToNotice } from './interruptions.ts';
import type { SimulationParameters } from './parameters.ts';
import type { LossCause, PoolWork } from './pool-work.ts';
import { priceAt } from './price-window.ts';
import { type Random, randomStream } from './random.ts';
import { occupy, type SimulatedOffering, vacate } from './simulated-offering.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { SimulatedWorker } from './worker.ts';
import type { WorkerDesk } from './worker-desk.ts';

export interface SimulatedInstance {
  readonly id: string;
  readonly pool: Pool;
  readonly offering: SimulatedOffering;
  readonly owner: InstanceOwner;
  /** Tasks at once, by the pool's declaration. */
  readonly capacity: Slots;
  readonly launchedAt: UnixSeconds;
  /** What the cloud tells of it; replaced when it changes. */
  seen: CloudGroup['workers'][number];
  worker: SimulatedWorker | null;
  /** EC2 has said that it will take it back. */
  noticed: boolean;
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
  /** Those of them that have not ended. */
  readonly running = new Set<SimulatedInstance>();
  private readonly clock: VirtualClock;
  private readonly parameters: SimulationParameters;
  private readonly desk: WorkerDesk;
  private readonly work: ReadonlyMap<string, PoolWork>;
  private readonly boots: Random;
  private readonly notices: Random;
  private readonly faults: Random;

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
    this.faults = randomStream(seed, 'workers that take nothing');
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
      owner,
      capacity: choice?.capacity ?? weight,
      launchedAt,
      seen: {
        instanceId: id,
        instanceType,
        zone,
        weight,
        launchedAt,
        phase: 'pending',
        outdated: false,
      },
      worker: null,
      noticed: false,
      endedAt: null,
      endedBecause: null,
      events: [],
    };
    occupy(offering);
    this.instances.push(instance);
    this.running.add(instance);
    const boot = drawBoot(this.boots, this.parameters.boot);
    this.later(instance, boot.inService, () => this.enter(instance, 'in-service'));
    if (boot.ready !== null) this.later(instance, boot.ready, () => this.startWorker(instance));
    const notice = drawTimeToNotice(this.notices, offering.interruptionsPerHour);
    if (Number.isFinite(notice)) {
      this.later(instance, notice, () => this.interrupt(instance));
    }
    return instance;
  }

  /** Ends it through its terminating hook. One that is ending already just goes on. */
  terminate(instance: SimulatedInstance): void {
    const { terminatingHook, shutdown } = this.parameters.group;
    const { phase } = instance.seen;
    if (phase === 'terminating') return;
    this.cancelAll(instance);
    if (phase === 'gone') {
      this.remove(instance);
      return;
    }
    instance.worker?.prepareToLeave(this.clock.now());
    this.enter(instance, 'terminating');
    this.later(instance, terminatingHook, () => this.end(instance, 'terminated'));
    this.later(instance, terminatingHook + shutdown, () => this.remove(instance));
  }

  /**
   * EC2 takes it back, after the two-minute notice. One that is still booting never gets to work;
   * one that is ending already is left alone.
   */
  interrupt(instance: SimulatedInstance): void {
    if (instance.noticed || instance.seen.phase === 'terminating') return;
    instance.noticed = true;
    const { healthCheckDelay } = this.parameters.group;
    const { notice } = this.parameters.interruptions;
    this.cancelAll(instance);
    instance.worker?.prepareToLeave(this.clock.now());
    this.later(instance, notice, () => {
      this.end(instance, 'interrupted');
      this.enter(instance, 'gone');
    });
    this.later(instance, notice + healthCheckDelay, () => this.remove(instance));
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
      priceAt: (time: UnixSeconds) => priceAt(offering.prices, time),
    };
    return instanceCost(billed, this.parameters.billing);
  }

  private startWorker(instance: SimulatedInstance): void {
    const { id, pool, offering, capacity } = instance;
    const { referenceUtilityPerSlot, neverTakesShare, ...speech } = this.parameters.worker;
    const utility = pool.instances.find(({ type }) => type === offering.instanceType)?.utility;
    const traits = {
      instanceId: id,
      instanceType: offering.instanceType,
      capacity,
      takesTasks: this.faults.uniform() >= neverTakesShare,
      slowness: referenceUtilityPerSlot / ((utility ?? capacity) / capacity),
      ...speech,
    };
    const worker = new SimulatedWorker(traits, this.clock.now(), this.desk.isDraining(id));
    const work = this.work.get(pool.id)!;
    instance.worker = worker;
    if (pool.heartbeats) this.desk.add(worker, work);
    work.offer(worker);
  }

  private end(instance: SimulatedInstance, cause: LossCause): void {
    instance.endedAt = this.clock.now();
    instance.endedBecause = cause;
    vacate(instance.offering);
    this.running.delete(instance);
    this.desk.silence(instance.id);
    if (instance.worker) this.work.get(instance.pool.id)!.abandon(instance.worker, cause);
  }

  private remove(instance: SimulatedInstance): void {
    this.desk.forget(instance.id);
    instance.owner.removed(instance);
  }

  private enter(instance: SimulatedInstance, phase: WorkerPhase): void {
    instance.seen = { ...instance.seen, phase };
    instance.owner.changed(instance);
  }

  private later(instance: SimulatedInstance, delay: number, happen: () => void): void {
    instance.events.push(this.clock.after(delay, happen));
  }

  private cancelAll(instance: SimulatedInstance): void {
    for (const event of instance.events.splice(0)) event.cancelled = true;
  }
}
