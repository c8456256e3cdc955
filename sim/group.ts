import type { MarketName } from '../pool/names.ts';
import type { Pool } from '../pool/pool.ts';
import type { Slots } from '../pool/units.ts';
import type { Override } from '../scaler/decide/observation.ts';
import type { CloudGroup } from '../scaler/ports.ts';
import type { AllocationStrategy, Candidate } from './allocation.ts';
import { chooseInZone } from './choose-in-zone.ts';
import type { ScheduledEvent } from './event-queue.ts';
import type { InstanceHost, InstanceOwner, SimulatedInstance } from './instance-host.ts';
import { LaunchFailures } from './launch-failures.ts';
import type { Market } from './market.ts';
import type { GroupParameters } from './parameters.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a group is for as long as it exists: Terraform's part of it. */
export interface GroupDeclaration {
  readonly name: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly pool: Pool;
  readonly market: MarketName;
  readonly min: Slots;
  readonly max: Slots;
  readonly allocation: AllocationStrategy;
  /** Instances are protected from scale-in, so lowering the desired capacity ends none. */
  readonly protectedFromScaleIn: boolean;
}

/** LaunchInstances starts no more instances in one call (EC2 Auto Scaling API reference). */
const mostInstancesPerLaunch = 100;

/**
 * An auto scaling group with a mixed instances policy, as far as its behaviour matters here
 * (EC2 Auto Scaling user guide): it launches overrides until the weights add up to the desired
 * capacity, which the last one may exceed; it replaces what ends while the desired capacity stands.
 */
export class SimulatedGroup implements InstanceOwner {
  readonly declaration: GroupDeclaration;
  desiredCapacity: Slots;
  private overrides: readonly Override[];
  private spotMaxPrice: number | null = null;
  private instances: SimulatedInstance[] = [];
  private activity: ScheduledEvent | null = null;
  private observed: CloudGroup | null = null;
  private readonly failures = new LaunchFailures();
  private readonly clock: VirtualClock;
  private readonly market: Market;
  private readonly host: InstanceHost;
  private readonly parameters: GroupParameters;

  constructor(
    declaration: GroupDeclaration,
    world: { clock: VirtualClock; market: Market; host: InstanceHost },
    parameters: GroupParameters,
  ) {
    this.declaration = declaration;
    this.desiredCapacity = declaration.min;
    this.overrides = declaration.pool.instances.map(({ type, capacity }) => ({
      instanceType: type,
      weight: capacity,
    }));
    this.clock = world.clock;
    this.market = world.market;
    this.host = world.host;
    this.parameters = parameters;
    this.actAfter(parameters.activityDelay);
  }

  /** The same object until something has changed. Each launch failure is told once. */
  observe(): CloudGroup {
    const launchFailures = this.failures.take();
    if (this.observed?.launchFailures !== launchFailures) this.observed = null;
    const { name, region, market, pool, min, max } = this.declaration;
    this.observed ??= {
      name,
      region,
      market,
      poolId: pool.id,
      desiredCapacity: this.desiredCapacity,
      min,
      max,
      overrides: this.overrides,
      spotMaxPrice: this.spotMaxPrice,
      instanceRefresh: false,
      terminateSuspended: false,
      launchFailures,
      workers: this.instances.map(({ seen }) => seen),
    };
    return this.observed;
  }

  setDesiredCapacity(desiredCapacity: Slots): void {
    this.desiredCapacity = desiredCapacity;
    this.observed = null;
    this.actAfter(this.parameters.activityDelay);
  }

  /** Touches no running instance. */
  setOverrides(overrides: readonly Override[], spotMaxPrice: number | null): void {
    this.overrides = overrides;
    this.spotMaxPrice = spotMaxPrice;
    this.observed = null;
  }

  /**
   * LaunchInstances without retry: starts in one zone, at once, what can be had there, and raises
   * the desired capacity by it. Returns the slots that started, which the last weight may take past
   * what was asked for.
   */
  launch(zone: string, slots: Slots): Slots {
    let started = 0;
    for (let count = 0; started < slots && count < mostInstancesPerLaunch; count++) {
      const chosen = this.chooseIn(zone);
      if (chosen === null) break;
      this.start(chosen);
      started += chosen.weight;
    }
    this.desiredCapacity += started;
    this.observed = null;
    return started;
  }

  find(instanceId: string): SimulatedInstance | undefined {
    return this.instances.find(({ id }) => id === instanceId);
  }

  /** Without lowering the desired capacity: what is then missing is launched anew. */
  terminate(instance: SimulatedInstance): void {
    this.host.terminate(instance);
    this.actAfter(this.parameters.activityDelay);
  }

  changed(_instance: SimulatedInstance): void {
    this.observed = null;
  }

  removed(instance: SimulatedInstance): void {
    this.instances = this.instances.filter((other) => other !== instance);
    this.observed = null;
    this.actAfter(this.parameters.activityDelay);
  }

  /** What the group believes it has: an instance that is gone counts until its health check. */
  private counted(): SimulatedInstance[] {
    return this.instances.filter(({ seen }) => seen.phase !== 'terminating');
  }

  /** One activity is due at a time; the sooner one stands. */
  private actAfter(delay: number): void {
    const at = this.clock.now() + delay;
    if (this.activity !== null && this.activity.at <= at) return;
    if (this.activity !== null) this.activity.cancelled = true;
    this.activity = this.clock.at(at, () => {
      this.activity = null;
      this.launchMissing();
      if (!this.declaration.protectedFromScaleIn) this.endSurplus();
    });
  }

  private launchMissing(): void {
    const counted = this.counted();
    let missing = this.desiredCapacity - weightOf(counted);
    if (missing <= 0) return;
    const inZone = new Map(this.declaration.zones.map((zone) => [zone, 0]));
    for (const { offering } of counted) inZone.set(offering.zone, inZone.get(offering.zone)! + 1);
    while (missing > 0) {
      const chosen = this.choose(inZone);
      if (chosen === null) {
        this.actAfter(this.parameters.launchRetry);
        return;
      }
      this.start(chosen);
      const { zone } = chosen.offering;
      inZone.set(zone, inZone.get(zone)! + 1);
      missing -= chosen.weight;
    }
  }

  private start({ offering, weight }: Candidate): void {
    this.instances.push(this.host.launch(this.declaration.pool, offering, weight, this));
    this.observed = null;
  }

  /** Zones with the fewest instances first; the next zone if nothing can be had in one. */
  private choose(inZone: ReadonlyMap<string, number>): Candidate | null {
    const { zones } = this.declaration;
    for (const zone of zones.toSorted((a, b) => inZone.get(a)! - inZone.get(b)!)) {
      const chosen = this.chooseIn(zone);
      if (chosen !== null) return chosen;
    }
    return null;
  }

  private chooseIn(zone: string): Candidate | null {
    const { declaration, market, overrides, spotMaxPrice } = this;
    const at = this.clock.now();
    const { chosen, failures } = chooseInZone(zone, {
      at,
      declaration,
      market,
      overrides,
      spotMaxPrice,
    });
    for (const failure of failures) this.failures.add(failure);
    return chosen;
  }

  /** Oldest first, as long as the group keeps its desired capacity; the default policy, simplified. */
  private endSurplus(): void {
    const counted = this.counted();
    let surplus = weightOf(counted) - this.desiredCapacity;
    for (const instance of counted) {
      if (instance.seen.phase === 'gone' || instance.seen.weight > surplus) continue;
      surplus -= instance.seen.weight;
      this.host.terminate(instance);
    }
  }
}

function weightOf(instances: readonly SimulatedInstance[]): Slots {
  return instances.reduce((sum, { seen }) => sum + seen.weight, 0);
}
