import type { Seconds, Slots, UnixSeconds } from '../pool/units.ts';
import {
  type Clock,
  CloudError,
  type CloudPort,
  type Launch,
  type OverridesChange,
  type RegionObservation,
} from '../scaler/ports.ts';
import type { SimulatedGroup } from './group.ts';
import type { ApiParameters } from './parameters.ts';
import { TokenBucket } from './token-bucket.ts';

/** Limits of an auto scaling group's mixed instances policy (EC2 Auto Scaling API reference). */
const maximumOverrides = 40;
const maximumWeight = 999;
/** Client tokens of LaunchInstances (EC2 Auto Scaling API reference). */
const tokenPattern = /^[A-Za-z0-9\-_/]{1,64}$/;
/** A token is known for this long. Assumption: the reference does not say. */
const tokenLife: Seconds = 8 * 3600;

/** How often each call was made. */
export type CallCounts = Record<
  'observe' | 'setOverrides' | 'setDesiredCapacity' | 'launch' | 'terminate',
  number
>;

/** A time in which a region answers no call. What runs there goes on. */
export interface Outage {
  readonly region: string;
  readonly from: UnixSeconds;
  readonly until: UnixSeconds;
}

export interface RegionFaults {
  readonly outages: readonly Outage[];
  readonly api: ApiParameters | null;
}

/** One region of the simulated cloud. It refuses what AWS refuses, and says so at once. */
export class SimulatedRegion implements CloudPort {
  readonly region: string;
  readonly calls: CallCounts = {
    observe: 0,
    setOverrides: 0,
    setDesiredCapacity: 0,
    launch: 0,
    terminate: 0,
  };
  private readonly groups: ReadonlyMap<string, SimulatedGroup>;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly outages: readonly Outage[];
  private readonly bucket: TokenBucket | null;
  /** Launches by token, oldest first. */
  private readonly launched = new Map<string, { launch: Launch; at: UnixSeconds; slots: Slots }>();

  constructor(
    region: string,
    groups: readonly SimulatedGroup[],
    clock: Pick<Clock, 'now'>,
    { outages, api }: RegionFaults,
  ) {
    this.region = region;
    this.groups = new Map(groups.map((group) => [group.declaration.name, group]));
    this.clock = clock;
    this.outages = outages.filter((outage) => outage.region === region);
    this.bucket = api === null ? null : new TokenBucket(clock, api);
  }

  async observe(): Promise<RegionObservation> {
    this.admit('observe');
    return { region: this.region, groups: [...this.groups.values()].map((each) => each.observe()) };
  }

  async setOverrides({ group: name, overrides, spotMaxPrice }: OverridesChange): Promise<void> {
    this.admit('setOverrides');
    const group = this.find(name);
    const types = new Set(overrides.map(({ instanceType }) => instanceType));
    if (overrides.length < 1 || overrides.length > maximumOverrides) {
      throw refuse(`${overrides.length} overrides; allowed are 1 to ${maximumOverrides}`);
    }
    if (types.size < overrides.length) throw refuse('an instance type is there twice');
    const wrong = overrides.find(({ weight }) => !isWeight(weight));
    if (wrong) {
      throw refuse(
        `weight ${wrong.weight} of ${wrong.instanceType} is not a whole number from 1 to ${maximumWeight}`,
      );
    }
    if (spotMaxPrice !== null && !(spotMaxPrice > 0)) {
      throw refuse(`spot max price ${spotMaxPrice} is not greater than 0`);
    }
    group.setOverrides(overrides, spotMaxPrice);
  }

  async setDesiredCapacity(name: string, desiredCapacity: Slots): Promise<void> {
    this.admit('setDesiredCapacity');
    const group = this.find(name);
    const { min, max } = group.declaration;
    if (!Number.isInteger(desiredCapacity) || desiredCapacity < min || desiredCapacity > max) {
      throw refuse(`desired capacity ${desiredCapacity} of ${name} is not from ${min} to ${max}`);
    }
    group.setDesiredCapacity(desiredCapacity);
  }

  async launch(launch: Launch): Promise<Slots> {
    this.admit('launch');
    const { group: name, zone, slots, token } = launch;
    const group = this.find(name);
    const { zones, max } = group.declaration;
    if (!tokenPattern.test(token)) throw refuse(`token ${token} does not match ${tokenPattern}`);
    if (!zones.includes(zone)) throw refuse(`${name} has no zone ${zone}, but ${zones.join(', ')}`);
    if (!Number.isInteger(slots) || slots < 1) throw refuse(`${slots} slots; at least 1 is asked`);
    const before = this.launchedBefore(launch);
    if (before !== null) return before;
    // Assumption: like any other change, a launch may not ask for more than the maximum.
    if (group.desiredCapacity + slots > max) {
      throw refuse(`${slots} slots on top of ${group.desiredCapacity} exceed ${name}'s ${max}`);
    }
    const started = group.launch(zone, slots);
    this.launched.set(token, { launch, at: this.clock.now(), slots: started });
    return started;
  }

  async terminate(instanceId: string): Promise<void> {
    this.admit('terminate');
    for (const group of this.groups.values()) {
      const instance = group.find(instanceId);
      if (instance) {
        group.terminate(instance);
        return;
      }
    }
    throw refuse(`no group has an instance ${instanceId}`);
  }

  /** Counts a call, and lets it fail if the region is out or throttles. */
  private admit(call: keyof CallCounts): void {
    this.calls[call]++;
    const now = this.clock.now();
    if (this.outages.some(({ from, until }) => now >= from && now < until)) {
      throw new CloudError('unavailable', 'ServiceUnavailable', `${this.region} does not answer`);
    }
    if (this.bucket?.take() === false) {
      throw new CloudError('throttled', 'Throttling', `${this.region}: rate exceeded`);
    }
  }

  /** What a launch of this token started; null: the token is new. */
  private launchedBefore({ group, zone, slots, token }: Launch): Slots | null {
    for (const [known, { at }] of this.launched) {
      if (this.clock.now() - at < tokenLife) break;
      this.launched.delete(known);
    }
    const before = this.launched.get(token);
    if (before === undefined) return null;
    const { launch } = before;
    if (launch.group === group && launch.zone === zone && launch.slots === slots) {
      return before.slots;
    }
    const message = `token ${token} was used for another launch`;
    throw new CloudError('refused', 'IdempotentParameterMismatch', message);
  }

  private find(name: string): SimulatedGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw refuse(`no group is named ${name}`);
    return group;
  }
}

function isWeight(weight: number): boolean {
  return Number.isInteger(weight) && weight >= 1 && weight <= maximumWeight;
}

/** Auto Scaling answers all of these with `ValidationError`. */
function refuse(message: string): CloudError {
  return new CloudError('refused', 'ValidationError', message);
}
