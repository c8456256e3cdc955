import { createHash } from 'node:crypto';
import type { UnixSeconds } from '../pool/units.ts';
import { InstanceHost } from '../sim/instance-host.ts';
import type { BootParameters, SimulationParameters } from '../sim/parameters.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import type { HookNotification } from './hook-notifications.ts';
import { listedAfterEnd } from './instance-record.ts';
import { CloudRegion } from './region.ts';
import type { SubnetDirectory } from './subnets.ts';

type Mutable<Of> = { -readonly [Key in keyof Of]: Of[Key] };

export interface AccountOptions {
  /** The same seed, start and calls give the same cloud. */
  readonly seed: number;
  readonly start: UnixSeconds;
  readonly parameters: SimulationParameters;
  readonly subnets: SubnetDirectory;
}

/** moto's account, so that what is passed on to it has the same owner. */
export const accountId = '123456789012';

/** One AWS account on the simulated cloud: all its regions, on one clock. */
export class CloudAccount {
  readonly clock: VirtualClock;
  readonly host: InstanceHost;
  readonly seed: number;
  readonly parameters: SimulationParameters;
  /** Of instances launched from now on. */
  readonly boot: Mutable<BootParameters>;
  /** Whether calls need tokens of the buckets that AWS documents. */
  limitsCalls = false;
  readonly subnets: SubnetDirectory;
  /** Values of SSM parameters that were written through this cloud, by region and name. */
  readonly writtenParameters = new Map<string, string>();
  /** By name; a region comes to be at its first call. */
  readonly regions = new Map<string, CloudRegion>();
  /** Types that somebody asked for, in all regions. */
  offeredTypes = 0;
  readonly start: UnixSeconds;
  /** Hears what goes to the targets of lifecycle hooks. */
  onNotification: (notification: HookNotification) => void = () => {};
  private identifiers = 0;

  constructor({ seed, start, parameters, subnets }: AccountOptions) {
    this.clock = new VirtualClock(start);
    this.start = start;
    this.seed = seed;
    this.boot = { ...parameters.boot };
    this.parameters = { ...parameters, boot: this.boot };
    this.subnets = subnets;
    this.host = new InstanceHost(this.clock, seed, this.parameters, listedAfterEnd);
    // Before all other listeners: who hears of an instance can ask EC2 for it.
    this.host.listen({
      launched: (instance) => this.region(instance.offering.region).launched(instance),
    });
  }

  region(name: string): CloudRegion {
    let region = this.regions.get(name);
    if (region === undefined) {
      region = new CloudRegion(name, this);
      this.regions.set(name, region);
    }
    return region;
  }

  writeParameter(region: string, name: string, value: string): void {
    this.writtenParameters.set(`${region} ${name}`, value);
  }

  now(): Date {
    return dateOf(this.clock.now());
  }

  /** Hexadecimal digits that no other resource has, the same for the same seed and calls. */
  newHex(digits: number): string {
    this.identifiers++;
    const text = `${this.seed} ${this.identifiers}`;
    return createHash('sha256').update(text).digest('hex').slice(0, digits);
  }

  /** In the form of a UUID. */
  newUuid(): string {
    const hex = this.newHex(32);
    const cuts = [0, 8, 12, 16, 20, 32];
    return cuts
      .slice(1)
      .map((to, index) => hex.slice(cuts[index], to))
      .join('-');
  }
}

/** To the millisecond, which is as exact as AWS is. */
export function dateOf(at: UnixSeconds): Date {
  return new Date(Math.round(at * 1000));
}
