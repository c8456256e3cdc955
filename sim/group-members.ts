import type { Slots } from '../pool/units.ts';
import type { ActivityCause, ActivityLog } from './activity-log.ts';
import type {
  InstanceHost,
  InstanceOwner,
  LaunchOrder,
  SimulatedInstance,
} from './instance-host.ts';
import {
  type LifecycleResult,
  type LifecycleState,
  type LifecycleTransition,
  phaseOf,
} from './lifecycle.ts';
import { type LifecycleAction, LifecycleHooks } from './lifecycle-hooks.ts';
import type { GroupParameters } from './parameters.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface MembersContext {
  readonly clock: VirtualClock;
  readonly host: InstanceHost;
  /** The group's name. */
  readonly group: string;
  readonly activities: ActivityLog;
  readonly parameters: GroupParameters;
  /** Called before anything changes that describing the group tells. */
  readonly changing: () => void;
  /** What the group has is less than it was. */
  readonly fewer: () => void;
  /** Whether the group looks at what EC2 says of its instances, and acts on it. */
  readonly checksHealth: () => boolean;
}

/**
 * A group's instances, each on its way through the lifecycle: launched, held by launching hooks, in
 * service, held by terminating hooks, ended, and no longer listed.
 */
export class GroupMembers implements InstanceOwner {
  readonly group: string;
  readonly hooks: LifecycleHooks;
  private readonly members = new Map<string, SimulatedInstance>();
  private readonly context: MembersContext;

  constructor(context: MembersContext) {
    this.context = context;
    const { clock, host, group } = context;
    this.group = group;
    this.hooks = new LifecycleHooks({
      clock,
      newId: host.newId,
      onDone: (action, result) => this.released(action, result),
    });
  }

  /** In order of launch. */
  list(): readonly SimulatedInstance[] {
    return [...this.members.values()];
  }

  find(instanceId: string): SimulatedInstance | undefined {
    return this.members.get(instanceId);
  }

  /**
   * What the group believes it has, in order of launch: an instance that EC2 ended counts until the
   * group's health check.
   */
  counted(): SimulatedInstance[] {
    const counted: SimulatedInstance[] = [];
    for (const instance of this.members.values()) {
      if (!isTerminating(instance)) counted.push(instance);
    }
    return counted;
  }

  launch(order: LaunchOrder, cause: ActivityCause): SimulatedInstance {
    const { host, activities, changing, clock } = this.context;
    changing();
    const instance = host.launch(order, this);
    this.members.set(instance.id, instance);
    const { zone } = order.offering;
    const startedAt = clock.now();
    activities.begin({ kind: 'launch', cause, startedAt, zone, instanceId: instance.id });
    return instance;
  }

  /** Takes it out of service, through the terminating hooks. One that is on its way already goes on. */
  terminate(instance: SimulatedInstance, cause: ActivityCause): void {
    if (isTerminating(instance)) return;
    if (instance.endedAt !== null) {
      this.remove(instance);
      return;
    }
    const { clock, activities } = this.context;
    const { id } = instance;
    const startedAt = clock.now();
    this.hooks.forget(id);
    activities.finish(id, startedAt, 'Cancelled');
    const { zone } = instance.offering;
    activities.begin({ kind: 'terminate', cause, startedAt, zone, instanceId: id });
    this.enter(instance, 'Terminating');
    if (this.hooks.begin(id, 'terminating')) {
      activities.mark(id, 'MidLifecycleAction');
      this.enter(instance, 'Terminating:Wait');
    } else {
      this.endAndRemove(instance);
    }
  }

  running(instance: SimulatedInstance): void {
    if (instance.lifecycleState !== 'Pending') return;
    if (this.hooks.begin(instance.id, 'launching')) {
      this.context.activities.mark(instance.id, 'MidLifecycleAction');
      this.enter(instance, 'Pending:Wait');
    } else {
      this.enterService(instance);
    }
  }

  reclaimed(instance: SimulatedInstance): void {
    const { clock, changing, parameters } = this.context;
    changing();
    instance.seen = { ...instance.seen, phase: 'gone' };
    this.hooks.forget(instance.id);
    clock.after(parameters.healthCheckDelay, () => this.noticeEnd(instance));
  }

  readyToEnd({ id }: SimulatedInstance): void {
    for (const { hook, token } of this.hooks.actionsOf(id)) {
      if (hook.transition !== 'terminating') continue;
      this.hooks.complete({ hook: hook.name, token, instanceId: id }, 'CONTINUE');
    }
  }

  /** Looks again at what EC2 ended while the group did not look. */
  checkHealth(): void {
    for (const instance of this.list()) {
      if (instance.seen.phase === 'gone') this.noticeEnd(instance);
    }
  }

  private noticeEnd(instance: SimulatedInstance): void {
    const { id, offering } = instance;
    if (!this.members.has(id)) return;
    if (!isTerminating(instance)) {
      if (!this.context.checksHealth()) return;
      const { activities, clock } = this.context;
      const startedAt = clock.now();
      activities.finish(id, startedAt, 'Cancelled');
      const { zone } = offering;
      const cause = { kind: 'ended-by-ec2' } as const;
      activities.begin({ kind: 'terminate', cause, startedAt, zone, instanceId: id });
    }
    this.remove(instance);
  }

  /** The hooks of a transition let go of an instance. */
  private released(action: LifecycleAction, result: LifecycleResult): void {
    const instance = this.members.get(action.instanceId);
    if (instance === undefined) return;
    const transition: LifecycleTransition = action.hook.transition;
    if (transition === 'terminating') {
      this.enter(instance, 'Terminating:Proceed');
      this.endAndRemove(instance);
    } else if (result === 'CONTINUE') {
      this.enter(instance, 'Pending:Proceed');
      this.enterService(instance);
    } else {
      const { activities, clock } = this.context;
      // AWS's words, as users of hooks quote them in public threads.
      const message =
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token " +
        `${action.token} was abandoned: Lifecycle Action Completed with ABANDON Result`;
      activities.finish(instance.id, clock.now(), 'Cancelled', message);
      this.terminate(instance, { kind: 'launch-abandoned' });
      this.context.fewer();
    }
  }

  private enterService(instance: SimulatedInstance): void {
    this.enter(instance, 'InService');
    this.context.activities.finish(instance.id, this.context.clock.now());
  }

  private endAndRemove(instance: SimulatedInstance): void {
    const { clock, host, parameters } = this.context;
    host.terminate(instance);
    clock.after(parameters.shutdown, () => this.remove(instance));
  }

  private remove(instance: SimulatedInstance): void {
    const { activities, changing, clock, fewer, host } = this.context;
    if (!this.members.has(instance.id)) return;
    this.enter(instance, 'Terminated');
    changing();
    this.members.delete(instance.id);
    this.hooks.forget(instance.id);
    activities.finish(instance.id, clock.now());
    host.removed(instance);
    fewer();
  }

  private enter(instance: SimulatedInstance, state: LifecycleState): void {
    const { changing, host } = this.context;
    const { seen } = instance;
    const phase = seen.phase === 'gone' ? 'gone' : phaseOf(state);
    if (phase !== seen.phase) {
      changing();
      instance.seen = { ...seen, phase };
    }
    instance.lifecycleState = state;
    host.lifecycleChanged(instance);
  }
}

/** The group has let go of it, and counts it no more. */
export function isTerminating({ lifecycleState }: SimulatedInstance): boolean {
  return lifecycleState.startsWith('Terminat');
}

export function weightOf(instances: readonly SimulatedInstance[]): Slots {
  return instances.reduce((sum, { seen }) => sum + seen.weight, 0);
}
