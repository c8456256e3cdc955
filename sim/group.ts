import type { MarketName } from '../pool/names.ts';
import type { Pool } from '../pool/pool.ts';
import type { Slots } from '../pool/units.ts';
import type { Override } from '../scaler/decide/observation.ts';
import type { CloudGroup } from '../scaler/ports.ts';
import { type AllocationStrategy, allocate, type Candidate, pricePerWeight } from './allocation.ts';
import type { ScheduledEvent } from './event-queue.ts';
import type { InstanceHost, InstanceOwner, SimulatedInstance } from './instance-host.ts';
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

  /** The same object until something has changed. */
  observe(): CloudGroup {
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

  find(instanceId: string): SimulatedInstance | undefined {
    return this.instances.find(({ id }) => id === instanceId);
  }

  /** Without lowering the desired capacity: what is then missing is launched anew. */
  terminate(instance: SimulatedInstance): void {
    this.host.terminate(instance, this);
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
  private get countedCapacity(): Slots {
    return this.counted().reduce((sum, { seen }) => sum + seen.weight, 0);
  }

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
    let missing = this.desiredCapacity - this.countedCapacity;
    while (missing > 0) {
      const chosen = this.choose();
      if (chosen === null) {
        this.actAfter(this.parameters.launchRetry);
        return;
      }
      const { offering, weight } = chosen;
      this.instances.push(this.host.launch(this.declaration.pool, offering, weight, this));
      this.observed = null;
      missing -= weight;
    }
  }

  /** Zones with the fewest instances first; within a zone the allocation strategy decides. */
  private choose(): Candidate | null {
    const { zones, allocation } = this.declaration;
    const counts = new Map(zones.map((zone) => [zone, 0]));
    for (const { offering } of this.counted()) {
      counts.set(offering.zone, counts.get(offering.zone)! + 1);
    }
    for (const zone of zones.toSorted((a, b) => counts.get(a)! - counts.get(b)!)) {
      const chosen = allocate(allocation, this.candidates(zone));
      if (chosen !== null) return chosen;
    }
    return null;
  }

  private candidates(zone: string): Candidate[] {
    const { market } = this.declaration;
    const cap = market === 'spot' ? this.spotMaxPrice : null;
    return this.overrides.flatMap(({ instanceType, weight }) => {
      const offering = this.market.find(zone, instanceType, market);
      if (offering === undefined) return [];
      const candidate = { offering, weight };
      return cap !== null && pricePerWeight(candidate) > cap ? [] : [candidate];
    });
  }

  /** Oldest first, as long as the group keeps its desired capacity; the default policy, simplified. */
  private endSurplus(): void {
    let surplus = this.countedCapacity - this.desiredCapacity;
    for (const instance of this.counted()) {
      if (instance.seen.phase === 'gone' || instance.seen.weight > surplus) continue;
      surplus -= instance.seen.weight;
      this.host.terminate(instance, this);
    }
  }
}
