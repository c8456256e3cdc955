import { describe, expect, it } from 'vitest';
import { drainHookTimeout } from '../../pool/drain-hook.ts';
import { drainHookName } from '../../pool/names.ts';
import type { LifecycleHook } from '../../sim/lifecycle.ts';
import { aGroup, hook, states } from './one-group.ts';
import {
  activityDelay,
  aFleet,
  aPool,
  aSimulation,
  bootTime,
  certain,
  group,
  start,
} from './small-world.ts';

const { completesHookAfter } = certain.worker;

/** A world with no worker on its instances, which are in service, and a terminating hook alone. */
async function leaving(change: Partial<LifecycleHook> = {}) {
  const world = await aGroup({ boot: { ...certain.boot, failureShare: 1 } });
  world.group.hooks.put(hook({ transition: 'terminating', ...change }));
  world.group.hooks.remove(drainHookName);
  world.group.setDesiredCapacity(1);
  await world.runUntil(100);
  const instance = world.group.instances[0]!;
  world.group.setDesiredCapacity(0);
  world.group.terminate(instance);
  return { ...world, instance };
}

describe('a terminating hook', () => {
  it('holds an instance, which is billed, until it is completed or times out', async () => {
    const world = await leaving();
    expect(states(world)).toEqual(['Terminating:Wait']);
    expect(world.instance.state).toBe('running');
    await world.runUntil(100 + 299);
    expect(world.instance.endedAt).toBeNull();
    await world.runUntil(100 + 300);
    expect(world.instance.endedAt).toBe(start + 100 + 300);
    expect([world.instance.state, ...states(world)]).toEqual([
      'shutting-down',
      'Terminating:Proceed',
    ]);
    await world.runUntil(100 + 300 + certain.group.shutdown);
    expect(world.instance.state).toBe('terminated');
    expect(world.group.instances).toEqual([]);
    const early = await leaving();
    early.group.hooks.complete({ hook: 'setup', instanceId: early.instance.id }, 'CONTINUE');
    expect(early.instance.endedAt).toBe(start + 100);
  });

  it('abandoned, waits for no other hook; continued, it does', async () => {
    for (const result of ['ABANDON', 'CONTINUE'] as const) {
      const world = await aGroup({ boot: { ...certain.boot, failureShare: 1 } });
      world.group.hooks.put(hook({ transition: 'terminating' }));
      world.group.setDesiredCapacity(1);
      await world.runUntil(100);
      const instance = world.group.instances[0]!;
      world.group.terminate(instance);
      world.group.hooks.complete({ hook: 'setup', instanceId: instance.id }, result);
      expect(instance.endedAt !== null).toBe(result === 'ABANDON');
    }
  });

  it('is completed by the worker, and times out where none came up', async () => {
    for (const failureShare of [0, 1]) {
      const world = await aGroup({ boot: { ...certain.boot, failureShare } });
      world.group.setDesiredCapacity(1);
      await world.runUntil(activityDelay + bootTime + 1);
      const instance = world.group.instances[0]!;
      world.group.setDesiredCapacity(0);
      world.group.terminate(instance);
      await world.runUntil(5000);
      const lasted = failureShare === 0 ? completesHookAfter : aPool().lifecycle.drain;
      expect(instance.endedAt).toBe(start + activityDelay + bootTime + 1 + lasted);
    }
  });

  it('is completed by a worker that comes up only then', async () => {
    const world = await aGroup();
    world.group.setDesiredCapacity(1);
    await world.runUntil(activityDelay + 1);
    const instance = world.group.instances[0]!;
    world.group.setDesiredCapacity(0);
    world.group.terminate(instance);
    await world.runUntil(5000);
    expect(instance.endedAt).toBe(start + activityDelay + bootTime + completesHookAfter);
    expect(instance.worker).toBeNull();
  });

  it('holds no instance that EC2 has taken back', async () => {
    const world = await aGroup({ boot: { ...certain.boot, failureShare: 1 } });
    world.group.setDesiredCapacity(1);
    await world.runUntil(200);
    const instance = world.group.instances[0]!;
    const { notice } = certain.interruptions;
    world.simulation.host.interrupt(instance);
    await world.runUntil(200 + notice - 1);
    world.group.hooks.remove(drainHookName);
    world.group.hooks.put(hook({ transition: 'terminating' }));
    world.group.terminate(instance);
    expect(world.group.hooks.actionsOf(instance.id)).toHaveLength(1);
    await world.runUntil(200 + notice);
    expect(world.group.hooks.actionsOf(instance.id)).toEqual([]);
    expect(instance.seen.phase).toBe('gone');
    await world.runUntil(200 + notice + certain.group.healthCheckDelay);
    expect(world.group.instances).not.toContain(instance);
  });

  it('is declared for each group as the stacks declare it', async () => {
    for (const drain of [5, 900, 100_000]) {
      const pool = aPool({ lifecycle: { ...aPool().lifecycle, drain } });
      const { clouds } = aSimulation({ fleet: aFleet([pool]) });
      expect(clouds[0]!.group(group)!.hooks.list()).toEqual([
        {
          name: drainHookName,
          transition: 'terminating',
          heartbeatTimeout: drainHookTimeout(pool),
          defaultResult: 'CONTINUE',
        },
      ]);
    }
  });
});
