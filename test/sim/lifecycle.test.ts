import { describe, expect, it } from 'vitest';
import { drainHookName } from '../../pool/names.ts';
import type { LifecycleHook } from '../../sim/lifecycle.ts';
import { hookLimits } from '../../sim/lifecycle-hooks.ts';
import { aGroup, hook, states } from './one-group.ts';
import { activityDelay, certain, runUntil, start } from './small-world.ts';

const { inService } = certain.boot;
const { completesHookAfter } = certain.worker;

/** One instance, which a launching hook holds from then on. */
const heldAt = activityDelay + inService;
async function held(change: Partial<LifecycleHook> = {}, more: readonly LifecycleHook[] = []) {
  const world = await aGroup();
  for (const each of [hook(change), ...more]) world.group.hooks.put(each);
  world.group.setDesiredCapacity(1);
  await world.runUntil(heldAt);
  return { ...world, instance: world.group.instances[0]! };
}

describe('a launching hook', () => {
  it('holds an instance in Pending:Wait until it is completed, by instance or by token', async () => {
    for (const byToken of [false, true]) {
      const world = await held();
      const { instance } = world;
      await world.runUntil(heldAt + 299);
      expect(states(world)).toEqual(['Pending:Wait']);
      expect(instance.seen.phase).toBe('pending');
      const [action] = world.group.hooks.actionsOf(instance.id);
      const by = byToken ? { token: action!.token } : { instanceId: instance.id };
      world.group.hooks.complete({ hook: 'setup', ...by }, 'CONTINUE');
      expect(states(world)).toEqual(['InService']);
      expect(instance.seen.phase).toBe('in-service');
      await world.runUntil(4000);
      expect(world.group.instances).toEqual([instance]);
    }
  });

  it('counts its time-out as its default result', async () => {
    const goesOn = await held({ defaultResult: 'CONTINUE' });
    await goesOn.runUntil(heldAt + 300);
    expect(states(goesOn)).toEqual(['InService']);
    const gives = await held({ defaultResult: 'ABANDON' });
    await gives.runUntil(heldAt + 299);
    expect(gives.instance.endedAt).toBeNull();
    await gives.runUntil(heldAt + 301 + completesHookAfter);
    expect(gives.instance.endedAt).toBeLessThanOrEqual(start + heldAt + 300 + completesHookAfter);
  });

  it('abandoned, ends the instance, and another one is started', async () => {
    const world = await held();
    const { group: of, instance } = world;
    of.hooks.complete({ hook: 'setup', instanceId: instance.id }, 'ABANDON');
    expect(instance.lifecycleState).toBe('Terminating:Wait');
    await world.runUntil(heldAt + activityDelay);
    expect(states(world)).toEqual(['Terminating:Wait', 'Pending']);
    await world.runUntil(heldAt + 200);
    expect(instance.endedAt).not.toBeNull();
    expect(of.instances.map(({ id }) => id)).not.toContain(instance.id);
    expect(states(world)).toEqual(['Pending:Wait']);
    const cancelled = of.activities.list(start + 300).find(({ status }) => status === 'Cancelled');
    expect(cancelled?.statusMessage).toMatch(
      /^Instance failed to complete user's Lifecycle Action: .* was abandoned/,
    );
  });

  it('begins its time anew with each heartbeat, up to its global time-out', async () => {
    const world = await held({ heartbeatTimeout: 30 });
    const { group: of, instance } = world;
    const beat = () => of.hooks.heartbeat({ hook: 'setup', instanceId: instance.id });
    const most = 30 * hookLimits.globalTimeoutHeartbeats;
    for (let at = 20; at < most; at += 20) {
      await world.runUntil(heldAt + at);
      beat();
    }
    await world.runUntil(heldAt + most - 1);
    expect(instance.lifecycleState).toBe('Pending:Wait');
    await world.runUntil(heldAt + most);
    expect(instance.lifecycleState).toBe('Terminating:Wait');
    expect(beat).toThrow(/No active Lifecycle Action found with instance ID/);
  });

  it('lets an instance go on once all hooks have', async () => {
    const world = await held({}, [hook({ name: 'other' })]);
    const { id } = world.instance;
    world.group.hooks.complete({ hook: 'other', instanceId: id }, 'CONTINUE');
    expect(states(world)).toEqual(['Pending:Wait']);
    world.group.hooks.complete({ hook: 'setup', instanceId: id }, 'CONTINUE');
    expect(states(world)).toEqual(['InService']);
  });

  it('that is removed ends what it holds by its default result', async () => {
    const world = await held({ defaultResult: 'CONTINUE' });
    world.group.hooks.remove('setup');
    expect(states(world)).toEqual(['InService']);
    expect(world.group.hooks.list().map(({ name }) => name)).toEqual([drainHookName]);
  });
});

describe('hooks refuse', () => {
  it('a heartbeat timeout out of range, more than 50 hooks, and what is not there', async () => {
    const world = await held();
    const { hooks } = world.group;
    const refusal = { kind: 'refused', code: 'ValidationError' };
    const wrong = [
      () => hooks.put(hook({ heartbeatTimeout: 29 })),
      () => hooks.put(hook({ heartbeatTimeout: 7201 })),
      () => hooks.remove('other'),
      () => hooks.complete({ hook: 'other', instanceId: world.instance.id }, 'CONTINUE'),
      () => hooks.complete({ hook: 'setup', instanceId: 'i-0' }, 'CONTINUE'),
      () => hooks.complete({ hook: 'setup', token: 'none' }, 'CONTINUE'),
      () => hooks.complete({ hook: 'setup' }, 'CONTINUE'),
      () => hooks.heartbeat({ hook: drainHookName, instanceId: world.instance.id }),
    ];
    for (const call of wrong) expect(call).toThrow(expect.objectContaining(refusal));
    for (let count = hooks.list().length; count < 50; count++)
      hooks.put(hook({ name: `${count}` }));
    expect(() => hooks.put(hook({ name: 'too many' }))).toThrow(expect.objectContaining(refusal));
    expect(states(world)).toEqual(['Pending:Wait']);
  });
});

it('a lifecycle is told to whoever listens, in order', async () => {
  const world = await aGroup();
  const told: string[] = [];
  world.simulation.host.listen({
    stateChanged: ({ state }) => told.push(state),
    lifecycleChanged: ({ lifecycleState }) => told.push(lifecycleState),
    removed: () => told.push('removed'),
  });
  world.group.setDesiredCapacity(1);
  await runUntil(world.simulation, 200);
  world.group.setDesiredCapacity(0);
  world.group.terminate(world.group.instances[0]!);
  await runUntil(world.simulation, 400);
  expect(told).toEqual([
    'running',
    'InService',
    'Terminating',
    'Terminating:Wait',
    'Terminating:Proceed',
    'shutting-down',
    'terminated',
    'Terminated',
    'removed',
  ]);
});
