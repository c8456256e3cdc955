import type { Pool } from '../pool/pool.ts';
import type { Gibibytes, Seconds, Slots, UnixSeconds } from '../pool/units.ts';
import type { LaunchFailure } from '../scaler/decide/observation.ts';
import type { CloudGroup } from '../scaler/ports.ts';
import type { ScalingActivity } from './activity-log.ts';
import { instanceCost } from './billing.ts';
import { drawBoot } from './boot.ts';
import type { ScheduledEvent } from './event-queue.ts';
import type { GroupDeclaration } from './group-declaration.ts';
import { drawWarning } from './interruptions.ts';
import type { LifecycleState } from './lifecycle.ts';
import type { SimulationParameters } from './parameters.ts';
import type { LossCause } from './pool-work.ts';
import { priceAt } from './price-window.ts';
import { type Random, randomStream } from './random.ts';
import { occupy, type SimulatedOffering, vacate } from './simulated-offering.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { SimulatedWorker } from './worker.ts';

/** EC2's own word on an instance (EC2 user guide, "Amazon EC2 instance state changes"). */
export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated';

export interface SimulatedInstance {
  readonly id: string;
  /** Whose tasks it works on; null: no pool's that the simulation knows of. */
  readonly pool: Pool | null;
  readonly offering: SimulatedOffering;
  readonly owner: InstanceOwner;
  /** Tasks at once, by the pool's declaration. */
  readonly capacity: Slots;
  readonly disk: Gibibytes;
  readonly launchedAt: UnixSeconds;
  /** What the cloud tells of it; replaced when it changes. */
  seen: CloudGroup['workers'][number];
  state: InstanceState;
  /** Its group's word on it. */
  lifecycleState: LifecycleState;
  /** From scale-in: its group ends it neither to shrink nor to even out its zones. */
  isProtected: boolean;
  /** False: SetInstanceHealth said so, and its group replaces it. */
  isHealthy: boolean;
  worker: SimulatedWorker | null;
  /** When EC2 recommended to replace it, and when it said that it will take it back; null: never. */
  rebalanceRecommendedAt: UnixSeconds | null;
  noticedAt: UnixSeconds | null;
  /** null: it runs. */
  endedAt: UnixSeconds | null;
  endedBecause: LossCause | null;
  /** What is still to happen to it. */
  readonly events: ScheduledEvent[];
}

/** The group's side of an instance's life. */
export interface InstanceOwner {
  /** Its name, unique in its region. */
  readonly group: string;
  /** EC2 says that it runs. */
  running(instance: SimulatedInstance): void;
  /** EC2 has ended it, and the group has not yet noticed. */
  reclaimed(instance: SimulatedInstance): void;
  /** The software on it has done what the group's hook waits for. */
  readyToEnd(instance: SimulatedInstance): void;
}

/** Who hears of what happens to instances, as the instance's own metadata and EC2's events tell it. */
export interface InstanceListener {
  launched?(instance: SimulatedInstance): void;
  /** EC2's state is another. */
  stateChanged?(instance: SimulatedInstance): void;
  /** It has booted as far as its worker would say its first word. A boot that fails never does. */
  ready?(instance: SimulatedInstance): void;
  rebalanceRecommended?(instance: SimulatedInstance): void;
  /** The two-minute notice. */
  noticed?(instance: SimulatedInstance): void;
  /** Its state in its group is another. */
  lifecycleChanged?(instance: SimulatedInstance): void;
  /** It runs no more. */
  ended?(instance: SimulatedInstance, cause: LossCause): void;
  /** Its group no longer lists it. */
  removed?(instance: SimulatedInstance): void;
  /** A group could not launch what it is asked to have. */
  launchFailed?(
    group: GroupPlace,
    activity: ScalingActivity,
    failures: readonly LaunchFailure[],
  ): void;
}

export type GroupPlace = Pick<GroupDeclaration, 'name' | 'region'>;

export interface LaunchOrder {
  readonly pool: Pool | null;
  readonly offering: SimulatedOffering;
  readonly weight: Slots;
  readonly disk: Gibibytes;
  readonly isProtected: boolean;
}

/** EC2: starts and ends instances, boots them, interrupts them and bills them. */
export class InstanceHost {
  /** Every instance there ever was and that is not forgotten, in order of launch. */
  readonly instances: SimulatedInstance[] = [];
  /** How many were ever launched. */
  launched = 0;
  /** Those of them that have not ended. */
  readonly running = new Set<SimulatedInstance>();
  private readonly listeners: InstanceListener[] = [];
  private readonly clock: VirtualClock;
  private readonly parameters: SimulationParameters;
  private readonly boots: Random;
  private readonly notices: Random;
  private readonly recommendations: Random;
  private readonly forgetAfter: Seconds | null;
  /** USD that forgotten instances cost. */
  private forgottenCost = 0;
  private ids = 0;

  /** `forgetAfter`: an instance is forgotten so long after its end. null: never. */
  constructor(
    clock: VirtualClock,
    seed: number,
    parameters: SimulationParameters,
    forgetAfter: Seconds | null = null,
  ) {
    this.clock = clock;
    this.forgetAfter = forgetAfter;
    this.parameters = parameters;
    this.boots = randomStream(seed, 'boots');
    this.notices = randomStream(seed, 'interruptions');
    this.recommendations = randomStream(seed, 'rebalance recommendations');
  }

  listen(listener: InstanceListener): void {
    this.listeners.push(listener);
  }

  /** For activities and tokens: in the form of a UUID, counted. */
  readonly newId = (): string => {
    this.ids++;
    return `00000000-0000-4000-8000-${this.ids.toString(16).padStart(12, '0')}`;
  };

  launch(order: LaunchOrder, owner: InstanceOwner): SimulatedInstance {
    const { pool, offering, weight, disk, isProtected } = order;
    const launchedAt = this.clock.now();
    this.launched++;
    const id = `i-${this.launched.toString(16).padStart(17, '0')}`;
    const { instanceType, zone } = offering;
    const choice = pool?.instances.find(({ type }) => type === instanceType);
    const instance: SimulatedInstance = {
      id,
      pool,
      offering,
      owner,
      capacity: choice?.capacity ?? weight,
      disk,
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
      state: 'pending',
      lifecycleState: 'Pending',
      isProtected,
      isHealthy: true,
      worker: null,
      rebalanceRecommendedAt: null,
      noticedAt: null,
      endedAt: null,
      endedBecause: null,
      events: [],
    };
    occupy(offering);
    this.instances.push(instance);
    this.running.add(instance);
    for (const listener of this.listeners) listener.launched?.(instance);
    this.boot(instance);
    this.awaitInterruption(instance);
    return instance;
  }

  /** TerminateInstances: it stops at once, and is billed no longer. One that has ended already stays so. */
  terminate(instance: SimulatedInstance): void {
    this.end(instance, 'terminated');
  }

  /** EC2 takes it back, after the two-minute notice. One that is still booting never gets to work. */
  interrupt(instance: SimulatedInstance): void {
    if (instance.noticedAt !== null || instance.endedAt !== null) return;
    instance.noticedAt = this.clock.now();
    this.recommendRebalance(instance);
    for (const listener of this.listeners) listener.noticed?.(instance);
    this.later(instance, this.parameters.interruptions.notice, () => {
      this.end(instance, 'interrupted');
      instance.owner.reclaimed(instance);
    });
  }

  /** EC2 takes back all that runs of an offering. */
  reclaim(offering: SimulatedOffering): void {
    for (const instance of this.running) {
      if (instance.offering === offering) this.interrupt(instance);
    }
  }

  /** EC2 says that it is at elevated risk. May come with the notice, at the latest. */
  recommendRebalance(instance: SimulatedInstance): void {
    if (instance.rebalanceRecommendedAt !== null || instance.endedAt !== null) return;
    instance.rebalanceRecommendedAt = this.clock.now();
    for (const listener of this.listeners) listener.rebalanceRecommended?.(instance);
  }

  /** For the instance's group: its state there is another. */
  lifecycleChanged(instance: SimulatedInstance): void {
    for (const listener of this.listeners) listener.lifecycleChanged?.(instance);
  }

  /** For the instance's group: it no longer lists it. */
  removed(instance: SimulatedInstance): void {
    for (const listener of this.listeners) listener.removed?.(instance);
  }

  /** For a group that could not launch. */
  launchFailed(...told: Parameters<NonNullable<InstanceListener['launchFailed']>>): void {
    for (const listener of this.listeners) listener.launchFailed?.(...told);
  }

  /** USD that it has cost until now, disk included. */
  cost(instance: SimulatedInstance): number {
    const { offering, disk, launchedAt } = instance;
    const billed = {
      market: offering.market,
      launchedAt,
      endedAt: instance.endedAt ?? this.clock.now(),
      interrupted: instance.endedBecause === 'interrupted',
      disk,
      priceAt: (time: UnixSeconds) => priceAt(offering.prices, time),
    };
    return instanceCost(billed, this.parameters.billing);
  }

  /** USD that all instances ever cost until now, disks included. */
  totalCost(): number {
    return this.instances.reduce((sum, each) => sum + this.cost(each), this.forgottenCost);
  }

  private forget(instance: SimulatedInstance): void {
    this.forgottenCost += this.cost(instance);
    this.instances.splice(this.instances.indexOf(instance), 1);
  }

  private boot(instance: SimulatedInstance): void {
    const boot = drawBoot(this.boots, this.parameters.boot);
    this.later(instance, boot.inService, () => {
      this.enter(instance, 'running');
      instance.owner.running(instance);
    });
    if (boot.ready === null) return;
    this.later(instance, boot.ready, () => {
      if (instance.noticedAt !== null) return;
      for (const listener of this.listeners) listener.ready?.(instance);
    });
  }

  private awaitInterruption(instance: SimulatedInstance): void {
    const { interruptionsPerHour } = instance.offering;
    const warning = drawWarning(
      this.notices,
      this.recommendations,
      interruptionsPerHour,
      this.parameters.interruptions,
    );
    if (warning === null) return;
    const { notice, recommendation } = warning;
    const interrupt = () => this.interrupt(instance);
    if (recommendation === null) {
      this.later(instance, notice, interrupt);
      return;
    }
    this.later(instance, recommendation, () => {
      this.recommendRebalance(instance);
      this.later(instance, notice - recommendation, interrupt);
    });
  }

  private end(instance: SimulatedInstance, cause: LossCause): void {
    if (instance.endedAt !== null) return;
    for (const event of instance.events.splice(0)) event.cancelled = true;
    instance.endedAt = this.clock.now();
    instance.endedBecause = cause;
    vacate(instance.offering);
    this.running.delete(instance);
    this.enter(instance, 'shutting-down');
    for (const listener of this.listeners) listener.ended?.(instance, cause);
    this.clock.after(this.parameters.group.shutdown, () => this.enter(instance, 'terminated'));
    if (this.forgetAfter !== null) this.clock.after(this.forgetAfter, () => this.forget(instance));
  }

  private enter(instance: SimulatedInstance, state: InstanceState): void {
    instance.state = state;
    for (const listener of this.listeners) listener.stateChanged?.(instance);
  }

  private later(instance: SimulatedInstance, delay: Seconds, happen: () => void): void {
    instance.events.push(this.clock.after(delay, happen));
  }
}
