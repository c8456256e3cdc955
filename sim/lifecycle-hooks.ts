import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { ScheduledEvent } from './event-queue.ts';
import type { LifecycleHook, LifecycleResult, LifecycleTransition } from './lifecycle.ts';
import { refuse } from './refuse.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Limits of a hook and of hooks in a group (PutLifecycleHook, and "Quotas for Auto Scaling"). */
export const hookLimits = {
  heartbeatTimeout: { least: 30, most: 7200 },
  hooksInGroup: 50,
  /** However often it is extended, an action ends after 48 hours or 100 heartbeat timeouts. */
  globalTimeout: 48 * 3600,
  globalTimeoutHeartbeats: 100,
} as const;

/** A hook's hold on one instance. */
export interface LifecycleAction {
  readonly hook: LifecycleHook;
  readonly instanceId: string;
  readonly token: string;
  readonly startedAt: UnixSeconds;
  timeout: ScheduledEvent;
}

/** Which action is meant: by its hook's name, and by its token or its instance. */
export interface ActionReference {
  readonly hook: string;
  readonly token?: string | undefined;
  readonly instanceId?: string | undefined;
}

export interface HooksContext {
  readonly clock: VirtualClock;
  readonly newId: () => string;
  /** No hook holds the instance any more, after this action, the last of its transition or an abandoned one. */
  readonly onDone: (action: LifecycleAction, result: LifecycleResult) => void;
}

/**
 * A group's lifecycle hooks and what they hold (Auto Scaling user guide, "Amazon EC2 Auto Scaling
 * lifecycle hooks"). All hooks of a transition hold an instance at the same time. A change of a
 * hook does not touch the actions that it has begun.
 */
export class LifecycleHooks {
  private readonly hooks = new Map<string, LifecycleHook>();
  private readonly actions = new Map<string, LifecycleAction[]>();
  private readonly context: HooksContext;

  constructor(context: HooksContext) {
    this.context = context;
  }

  /** Adds a hook, or replaces the one of its name. */
  put(hook: LifecycleHook): void {
    const { least, most } = hookLimits.heartbeatTimeout;
    const { name, heartbeatTimeout } = hook;
    if (!(heartbeatTimeout >= least && heartbeatTimeout <= most)) {
      throw refuse(`heartbeat timeout ${heartbeatTimeout} of ${name} is not ${least} to ${most} s`);
    }
    if (!this.hooks.has(name) && this.hooks.size >= hookLimits.hooksInGroup) {
      throw refuse(`the group has ${this.hooks.size} hooks, and may have no more`);
    }
    this.hooks.set(name, hook);
  }

  /** Actions that it has begun end as its time-out would end them. */
  remove(name: string): void {
    const hook = this.hooks.get(name);
    if (hook === undefined) throw refuse(`no lifecycle hook is named ${name}`);
    this.hooks.delete(name);
    for (const action of [...this.actions.values()].flat()) {
      if (action.hook.name === name) this.finish(action, hook.defaultResult);
    }
  }

  list(): readonly LifecycleHook[] {
    return [...this.hooks.values()];
  }

  /** Whether any hook holds the instance from now on. */
  begin(instanceId: string, transition: LifecycleTransition): boolean {
    const hooks = this.list().filter((hook) => hook.transition === transition);
    if (hooks.length === 0) return false;
    const { clock, newId } = this.context;
    this.forget(instanceId);
    const begun = hooks.map((hook) => {
      const action: LifecycleAction = {
        hook,
        instanceId,
        token: newId(),
        startedAt: clock.now(),
        timeout: clock.after(hook.heartbeatTimeout, () => this.finish(action, hook.defaultResult)),
      };
      return action;
    });
    this.actions.set(instanceId, begun);
    return true;
  }

  /** The actions that hold an instance now. */
  actionsOf(instanceId: string): readonly LifecycleAction[] {
    return this.actions.get(instanceId) ?? [];
  }

  /** CompleteLifecycleAction. */
  complete(reference: ActionReference, result: LifecycleResult): void {
    this.finish(this.find(reference), result);
  }

  /** RecordLifecycleActionHeartbeat: the action times out one heartbeat timeout from now. */
  heartbeat(reference: ActionReference): void {
    const { clock } = this.context;
    const action = this.find(reference);
    const { hook, startedAt } = action;
    const { globalTimeout, globalTimeoutHeartbeats } = hookLimits;
    const most: Seconds = Math.min(globalTimeout, globalTimeoutHeartbeats * hook.heartbeatTimeout);
    const at = Math.min(clock.now() + hook.heartbeatTimeout, startedAt + most);
    action.timeout.cancelled = true;
    action.timeout = clock.at(at, () => this.finish(action, hook.defaultResult));
  }

  /** Nothing holds the instance any more, and nobody hears of it. */
  forget(instanceId: string): void {
    for (const { timeout } of this.actionsOf(instanceId)) timeout.cancelled = true;
    this.actions.delete(instanceId);
  }

  private find({ hook, token, instanceId }: ActionReference): LifecycleAction {
    if (!this.hooks.has(hook)) throw refuse(`no lifecycle hook is named ${hook}`);
    const among =
      instanceId === undefined ? [...this.actions.values()].flat() : this.actionsOf(instanceId);
    const found = among.find(
      (action) => action.hook.name === hook && (token === undefined || action.token === token),
    );
    if (found !== undefined && (token ?? instanceId) !== undefined) return found;
    const named = token === undefined ? `instance ID ${instanceId}` : `token ${token}`;
    throw refuse(`No active Lifecycle Action found with ${named}`);
  }

  private finish(action: LifecycleAction, result: LifecycleResult): void {
    const { instanceId } = action;
    action.timeout.cancelled = true;
    const left = this.actionsOf(instanceId).filter((other) => other !== action);
    if (result === 'CONTINUE' && left.length > 0) {
      this.actions.set(instanceId, left);
      return;
    }
    // An abandoned action makes an end of the others too.
    this.forget(instanceId);
    this.context.onDone(action, result);
  }
}
