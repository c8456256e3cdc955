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
import { refuse } from './refuse.ts';
import { TokenBucket } from './token-bucket.ts';

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

  /** For whoever acts on it as AWS itself, or by calls that the scaler does not make. */
  group(name: string): SimulatedGroup | undefined {
    return this.groups.get(name);
  }

  async observe(signal?: AbortSignal): Promise<RegionObservation> {
    this.admit('observe', signal);
    return { region: this.region, groups: [...this.groups.values()].map((each) => each.observe()) };
  }

  async setOverrides(change: OverridesChange, signal?: AbortSignal): Promise<void> {
    this.admit('setOverrides', signal);
    const { group, overrides, spotMaxPrice } = change;
    this.find(group).setOverrides(overrides, spotMaxPrice);
  }

  async setDesiredCapacity(
    group: string,
    desiredCapacity: Slots,
    signal?: AbortSignal,
  ): Promise<void> {
    this.admit('setDesiredCapacity', signal);
    this.find(group).setDesiredCapacity(desiredCapacity);
  }

  async launch(launch: Launch, signal?: AbortSignal): Promise<Slots> {
    this.admit('launch', signal);
    const { group: name, zone, slots, token } = launch;
    const group = this.find(name);
    if (!tokenPattern.test(token)) throw refuse(`token ${token} does not match ${tokenPattern}`);
    const before = this.launchedBefore(launch);
    if (before !== null) return before;
    const { slots: started } = group.launch(zone, slots);
    this.launched.set(token, { launch, at: this.clock.now(), slots: started });
    return started;
  }

  /** An instance that is already gone is what was wanted, so that repeating it does no harm. */
  async terminate(instanceId: string, signal?: AbortSignal): Promise<void> {
    this.admit('terminate', signal);
    for (const group of this.groups.values()) {
      const instance = group.find(instanceId);
      if (instance) {
        group.terminate(instance);
        return;
      }
    }
  }

  /** Counts a call, and lets it fail if its caller has given up, or the region is out or throttles. */
  private admit(call: keyof CallCounts, signal: AbortSignal | undefined): void {
    if (signal?.aborted) {
      throw new CloudError('unavailable', 'AbortError', `${call}: ended before an answer`);
    }
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
