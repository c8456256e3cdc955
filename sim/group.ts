import type { Slots } from '../pool/units.ts';
import type { LaunchFailure, Override } from '../scaler/decide/observation.ts';
import { CloudError, type CloudGroup } from '../scaler/ports.ts';
import { ActivityLog } from './activity-log.ts';
import type { GroupChange, GroupDeclaration, ScalingProcess } from './group-declaration.ts';
import { GroupMembers, isTerminating } from './group-members.ts';
import { checkDesiredCapacity, checkLaunch, checkOverrides } from './group-requests.ts';
import { GroupViews } from './group-views.ts';
import type { InstanceHost, SimulatedInstance } from './instance-host.ts';
import { LaunchFailures } from './launch-failures.ts';
import type { LifecycleHooks } from './lifecycle-hooks.ts';
import type { Market } from './market.ts';
import type { GroupParameters } from './parameters.ts';
import { refuse } from './refuse.ts';
import { type GroupState, ScalingProcesses } from './scaling-processes.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** LaunchInstances starts no more instances in one call (EC2 Auto Scaling API reference). */
const mostInstancesPerLaunch = 100;

export interface GroupWorld {
  readonly clock: VirtualClock;
  readonly market: Pick<Market, 'find'>;
  readonly host: InstanceHost;
}

/** What LaunchInstances started, and what it could not. */
export interface LaunchOutcome {
  readonly slots: Slots;
  readonly instances: readonly SimulatedInstance[];
  readonly failures: readonly LaunchFailure[];
}

/**
 * An auto scaling group with a mixed instances policy, as far as its behaviour matters here
 * (EC2 Auto Scaling user guide): it launches overrides until the weights add up to the desired
 * capacity, which the last one may exceed; it replaces what ends while the desired capacity stands.
 *
 * Its methods are the calls of the Auto Scaling API that change a group or its instances. Each
 * throws a CloudError where AWS would refuse, and has then changed nothing.
 */
export class SimulatedGroup {
  readonly activities: ActivityLog;
  private readonly state: GroupState;
  private readonly members: GroupMembers;
  private readonly processes: ScalingProcesses;
  private readonly views: GroupViews;
  private readonly failures = new LaunchFailures();
  private readonly clock: VirtualClock;

  constructor(declaration: GroupDeclaration, world: GroupWorld, parameters: GroupParameters) {
    const { clock, host, market } = world;
    const { name: group, min, overrides, suspendedProcesses, hooks } = declaration;
    this.state = {
      settings: declaration,
      desiredCapacity: min,
      overrides,
      spotMaxPrice: null,
      suspended: new Set(suspendedProcesses),
    };
    this.clock = clock;
    this.activities = new ActivityLog(host.newId);
    this.views = new GroupViews(clock, parameters.staleness, () => this.look());
    this.members = new GroupMembers({
      clock,
      host,
      group,
      activities: this.activities,
      parameters,
      changing: () => this.views.changing(),
      fewer: () => this.processes.runSoon(),
      checksHealth: () => this.runs('HealthCheck') && this.runs('ReplaceUnhealthy'),
    });
    this.processes = new ScalingProcesses(this.state, {
      clock,
      market,
      members: this.members,
      activities: this.activities,
      parameters,
      onFailures: (activity, failures) => {
        for (const failure of failures) this.failures.add(failure);
        host.launchFailed(declaration, activity, failures);
      },
    });
    for (const hook of hooks) this.hooks.put(hook);
    this.processes.runSoon();
  }

  get declaration(): GroupDeclaration {
    return this.state.settings;
  }

  get desiredCapacity(): Slots {
    return this.state.desiredCapacity;
  }

  get overrides(): readonly Override[] {
    return this.state.overrides;
  }

  /** USD per weighted unit and hour; null: no cap. */
  get spotMaxPrice(): number | null {
    return this.state.spotMaxPrice;
  }

  get suspendedProcesses(): readonly ScalingProcess[] {
    return [...this.state.suspended];
  }

  /** To put, list and remove hooks, complete their actions and send heartbeats for them. */
  get hooks(): LifecycleHooks {
    return this.members.hooks;
  }

  /** As they are now, however late describing them tells. In order of launch. */
  get instances(): readonly SimulatedInstance[] {
    return this.members.list();
  }

  find(instanceId: string): SimulatedInstance | undefined {
    return this.members.find(instanceId);
  }

  /** The same object until something has changed. Each launch failure is told once. */
  observe(): CloudGroup {
    const view = this.views.read();
    const launchFailures = this.failures.take(this.views.asOf);
    return launchFailures.length > 0 ? { ...view, launchFailures } : view;
  }

  /** SetDesiredCapacity. */
  setDesiredCapacity(desiredCapacity: Slots, options: { honorCooldown?: boolean } = {}): void {
    checkDesiredCapacity(desiredCapacity, this.declaration);
    if (options.honorCooldown) this.refuseWhileCoolingDown();
    this.setDesired(desiredCapacity);
    this.processes.runSoon();
  }

  /** UpdateAutoScalingGroup: the rest stays. The desired capacity is brought within new limits. */
  update(change: GroupChange): void {
    const settings = { ...this.declaration, ...change };
    const { min, max } = settings;
    if (min > max) {
      throw refuse(`Min bound, ${min}, must be less than or equal to max bound, ${max}`);
    }
    this.views.changing();
    this.state.settings = settings;
    this.setDesired(Math.min(max, Math.max(min, this.desiredCapacity)));
    this.processes.runSoon();
  }

  /** Touches no running instance. */
  setOverrides(overrides: readonly Override[], spotMaxPrice: number | null): void {
    checkOverrides(overrides, spotMaxPrice);
    this.views.changing();
    this.state.overrides = overrides;
    this.state.spotMaxPrice = spotMaxPrice;
  }

  /**
   * LaunchInstances without retry: starts in one zone, at once, what can be had there, and raises
   * the desired capacity by it. The last weight may take what starts past what was asked for.
   */
  launch(zone: string, slots: Slots): LaunchOutcome {
    const { name, zones, max } = this.declaration;
    const { desiredCapacity } = this;
    const launchSuspended = !this.runs('Launch');
    checkLaunch({ zone, slots }, { name, zones, max, desiredCapacity, launchSuspended });
    const instances: SimulatedInstance[] = [];
    let failures: readonly LaunchFailure[] = [];
    let started = 0;
    while (started < slots && instances.length < mostInstancesPerLaunch) {
      const choice = this.processes.chooseIn(zone);
      ({ failures } = choice);
      if (choice.chosen === null) break;
      instances.push(this.processes.start(choice.chosen, { kind: 'launch-instances' }));
      started += choice.chosen.weight;
    }
    for (const failure of failures) this.failures.add(failure);
    this.setDesired(desiredCapacity + started);
    return { slots: started, instances, failures };
  }

  /**
   * TerminateInstanceInAutoScalingGroup. Without a decrement, what is then missing is launched anew.
   * One that is on its way out already goes on.
   */
  terminate(instance: SimulatedInstance, options: { decrement?: boolean } = {}): void {
    if (isTerminating(instance)) return;
    const { name, min } = this.declaration;
    // Other states than InService are not held by it ("Considerations for suspending processes").
    if (!this.runs('Terminate') && instance.lifecycleState === 'InService') {
      throw refuse(`the Terminate process of ${name} is suspended`);
    }
    const from = this.desiredCapacity;
    const to = options.decrement ? from - instance.seen.weight : from;
    if (to < min) throw refuse(belowMinimum(min));
    this.setDesired(to);
    this.members.terminate(instance, { kind: 'terminate-instance', from, to });
    this.processes.runSoon();
  }

  /** SetInstanceHealth: an unhealthy instance is replaced, protected or not. */
  setInstanceHealth(instance: SimulatedInstance, isHealthy: boolean): void {
    instance.isHealthy = isHealthy;
    if (!isHealthy) this.processes.runSoon();
  }

  /** SetInstanceProtection. */
  setInstanceProtection(instances: readonly SimulatedInstance[], isProtected: boolean): void {
    for (const instance of instances) instance.isProtected = isProtected;
    if (!isProtected) this.processes.runSoon();
  }

  suspend(processes: Iterable<ScalingProcess>): void {
    this.views.changing();
    for (const process of processes) this.state.suspended.add(process);
  }

  resume(processes: Iterable<ScalingProcess>): void {
    this.views.changing();
    for (const process of processes) this.state.suspended.delete(process);
    this.members.checkHealth();
    this.processes.runSoon();
  }

  private runs(process: ScalingProcess): boolean {
    return !this.state.suspended.has(process);
  }

  private setDesired(desired: Slots): void {
    if (desired === this.state.desiredCapacity) return;
    this.views.changing();
    this.state.desiredCapacity = desired;
  }

  private look(): CloudGroup {
    const { name, region, market, pool, min, max } = this.declaration;
    const { desiredCapacity, overrides, spotMaxPrice } = this.state;
    return {
      name,
      region,
      market,
      poolId: pool?.id ?? '',
      desiredCapacity,
      min,
      max,
      overrides,
      spotMaxPrice,
      instanceRefresh: false,
      terminateSuspended: !this.runs('Terminate'),
      launchFailures: noFailures,
      workers: this.instances.map(({ seen }) => seen),
    };
  }

  /** A cooldown begins when an activity ends, and none may be under way (user guide, "Scaling cooldowns"). */
  private refuseWhileCoolingDown(): void {
    const { inProgress, latest } = this.activities;
    const last = inProgress ?? latest;
    if (last === null) return;
    const cooledAt = (last.endedAt ?? Number.POSITIVE_INFINITY) + this.declaration.defaultCooldown;
    if (this.clock.now() >= cooledAt) return;
    throw new CloudError(
      'unavailable',
      'ScalingActivityInProgress',
      `Scaling activity ${last.id} is in progress and blocks this action`,
    );
  }
}

const noFailures: readonly LaunchFailure[] = [];

/** In AWS's words. */
function belowMinimum(min: Slots): string {
  return (
    `Currently, desiredSize equals minSize (${min}). Terminating instance without replacement will ` +
    "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false " +
    "or lower group's min size."
  );
}
