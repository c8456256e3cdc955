import type { Seconds, Slots, UnixSeconds } from '../pool/units.ts';
import type { Clock, CloudGroup, CloudPort, RegionObservation } from './ports.ts';

/**
 * Describes may be late: EC2 calls its API eventually consistent and names no bound (EC2 API reference,
 * "Eventual consistency"). Most are up to date within seconds; this is several looks.
 */
const trustedFor: Seconds = 60;

/**
 * A cloud that knows its own writes: for {@link trustedFor} after a call, a group has the desired capacity
 * that the call gave it, and an instance that was ended is ending, whatever an older answer says. Else a
 * launch, which adds to what is there, would be made again at each look until it shows, and what has
 * been ended would be asked for anew. What others do to a group meanwhile is seen after that time.
 */
export class CloudWithOwnWrites implements CloudPort {
  readonly region: string;
  private readonly cloud: CloudPort;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly written = new Map<string, { readonly at: UnixSeconds; readonly slots: Slots }>();
  /** By instance id, in order of time. */
  private readonly ended = new Map<string, UnixSeconds>();
  /** As last told of. */
  private readonly known = new Map<string, Slots>();

  constructor(cloud: CloudPort, clock: Pick<Clock, 'now'>) {
    this.region = cloud.region;
    this.cloud = cloud;
    this.clock = clock;
  }

  async observe(signal: AbortSignal): Promise<RegionObservation> {
    const { region, groups } = await this.cloud.observe(signal);
    return { region, groups: groups.map((group) => this.upToDate(group)) };
  }

  setOverrides(...call: Parameters<CloudPort['setOverrides']>): Promise<void> {
    return this.cloud.setOverrides(...call);
  }

  async setDesiredCapacity(group: string, slots: Slots, signal: AbortSignal): Promise<void> {
    await this.cloud.setDesiredCapacity(group, slots, signal);
    this.write(group, slots);
  }

  async launch(...[launch, signal]: Parameters<CloudPort['launch']>): Promise<Slots> {
    const started = await this.cloud.launch(launch, signal);
    const before = this.known.get(launch.group);
    if (before !== undefined) this.write(launch.group, before + started);
    return started;
  }

  async terminate(instanceId: string, signal: AbortSignal): Promise<void> {
    await this.cloud.terminate(instanceId, signal);
    this.ended.set(instanceId, this.clock.now());
  }

  private write(group: string, slots: Slots): void {
    this.written.set(group, { at: this.clock.now(), slots });
    this.known.set(group, slots);
  }

  private upToDate(group: CloudGroup): CloudGroup {
    const now = this.clock.now();
    for (const [instanceId, at] of this.ended) {
      if (now - at < trustedFor) break;
      this.ended.delete(instanceId);
    }
    const own = this.written.get(group.name);
    const trusted = own !== undefined && now - own.at < trustedFor;
    const desiredCapacity = trusted ? own.slots : group.desiredCapacity;
    this.known.set(group.name, desiredCapacity);
    const late = this.ended.size > 0 && group.workers.some((worker) => this.isLate(worker));
    if (desiredCapacity === group.desiredCapacity && !late) return group;
    const workers = late
      ? group.workers.map((worker) =>
          this.isLate(worker) ? { ...worker, phase: 'terminating' as const } : worker,
        )
      : group.workers;
    return { ...group, desiredCapacity, workers };
  }

  private isLate({ instanceId, phase }: CloudGroup['workers'][number]): boolean {
    return (phase === 'pending' || phase === 'in-service') && this.ended.has(instanceId);
  }
}
