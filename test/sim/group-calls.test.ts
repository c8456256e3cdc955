import { describe, expect, it } from 'vitest';
import { CloudError } from '../../scaler/ports.ts';
import type { SimulatedInstance } from '../../sim/instance-host.ts';
import { aGroup, type GroupInWorld } from './one-group.ts';
import { activityDelay, aFleet, aPool, certain, start } from './small-world.ts';

const four = { instanceType: 'c6i.4xlarge', weight: 4 };
const twoZones = () => aFleet([aPool({ capacity: { min: 1, max: 40 } })], 2);

async function grown(desired: number, fleet = twoZones()): Promise<GroupInWorld> {
  const world = await aGroup({}, fleet);
  world.group.setDesiredCapacity(desired);
  await world.runUntil(200);
  return world;
}

/** Those that the group counts. */
const present = ({ group }: GroupInWorld) =>
  group.instances.filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'));
const zonesOf = (instances: readonly SimulatedInstance[]) =>
  instances.map(({ offering }) => offering.zone.at(-1)).join('');

describe('TerminateInstanceInAutoScalingGroup', () => {
  it('replaces the instance, or asks for less by its weight', async () => {
    const world = await grown(3);
    const [first, second] = world.group.instances;
    world.group.terminate(first!);
    await world.runUntil(300);
    expect([world.group.desiredCapacity, present(world).length]).toEqual([3, 3]);
    world.group.terminate(second!, { decrement: true });
    await world.runUntil(400);
    expect([world.group.desiredCapacity, present(world).length]).toEqual([2, 2]);
    world.group.setOverrides([four], null);
    world.group.setDesiredCapacity(6);
    await world.runUntil(600);
    const large = present(world).find(({ seen }) => seen.weight === 4)!;
    world.group.terminate(large, { decrement: true });
    expect(world.group.desiredCapacity).toBe(2);
  });

  it('refuses to ask for less than the minimum, in the words of AWS', async () => {
    const world = await grown(1);
    const [only] = world.group.instances;
    expect(() => world.group.terminate(only!, { decrement: true })).toThrow(
      /desiredSize equals minSize \(1\)\. Terminating instance without replacement will violate/,
    );
    expect(only?.lifecycleState).toBe('InService');
  });

  it('twice ends one instance, and asks for less once', async () => {
    const world = await grown(3);
    const [first] = world.group.instances;
    world.group.terminate(first!, { decrement: true });
    world.group.terminate(first!, { decrement: true });
    await world.runUntil(500);
    expect([world.group.desiredCapacity, present(world).length]).toEqual([2, 2]);
  });
});

describe('scale-in by a lower desired capacity', () => {
  it('ends what is not protected, the oldest in the fullest zone first', async () => {
    const world = await grown(5);
    expect(zonesOf(world.group.instances)).toBe('ababa');
    const [first, second, third] = world.group.instances;
    world.group.setInstanceProtection([second!, third!], false);
    world.group.setDesiredCapacity(4);
    await world.runUntil(300);
    // The first is older, and protected; a has three.
    expect(present(world)).not.toContain(third);
    expect(present(world)).toContain(first);
    world.group.setDesiredCapacity(1);
    await world.runUntil(500);
    expect(present(world)).not.toContain(second);
    expect(present(world)).toHaveLength(3);
    world.group.setInstanceProtection(present(world), false);
    await world.runUntil(700);
    expect(present(world)).toHaveLength(1);
  });

  it('never goes below the desired capacity by a larger weight', async () => {
    const world = await aGroup();
    world.group.setOverrides([four], null);
    world.group.setDesiredCapacity(8);
    await world.runUntil(200);
    world.group.setInstanceProtection(world.group.instances, false);
    const both = world.group.instances;
    world.group.setDesiredCapacity(5);
    await world.runUntil(400);
    expect(present(world)).toEqual(both);
    world.group.setDesiredCapacity(4);
    await world.runUntil(600);
    expect(present(world)).toHaveLength(1);
  });
});

describe('SetInstanceHealth', () => {
  it('replaces an unhealthy instance, protected or not', async () => {
    const world = await grown(2);
    const [first, second] = world.group.instances;
    expect(first?.isProtected).toBe(true);
    world.group.setInstanceHealth(first!, false);
    await world.runUntil(200 + activityDelay);
    expect(first?.lifecycleState).toBe('Terminating:Wait');
    await world.runUntil(400);
    expect(present(world)).toHaveLength(2);
    expect(present(world)).toContain(second);
  });

  it('waits while ReplaceUnhealthy or Terminate is suspended', async () => {
    for (const process of ['ReplaceUnhealthy', 'Terminate'] as const) {
      const world = await grown(2);
      const [first] = world.group.instances;
      world.group.suspend([process]);
      world.group.setInstanceHealth(first!, false);
      await world.runUntil(1000);
      expect(first?.lifecycleState).toBe('InService');
      world.group.resume([process]);
      await world.runUntil(1000 + activityDelay);
      expect(first?.lifecycleState).toBe('Terminating:Wait');
    }
  });
});

describe('a suspended process', () => {
  it('Launch: starts nothing, by itself or asked to, until it is resumed', async () => {
    const world = await grown(1);
    world.group.suspend(['Launch']);
    world.group.setDesiredCapacity(3);
    expect(() => world.group.launch('eu-west-1a', 1)).toThrow(CloudError);
    await world.runUntil(1000);
    expect(present(world)).toHaveLength(1);
    world.group.resume(['Launch']);
    await world.runUntil(1000 + activityDelay);
    expect(present(world)).toHaveLength(3);
  });

  it('Terminate: ends nothing that is in service, and is told to the scaler', async () => {
    const world = await grown(2);
    world.group.suspend(['Terminate']);
    expect(world.group.observe().terminateSuspended).toBe(true);
    const [first] = world.group.instances;
    expect(() => world.group.terminate(first!)).toThrow(/Terminate process .* is suspended/);
    world.group.setInstanceProtection(world.group.instances, false);
    world.group.setDesiredCapacity(1);
    await world.runUntil(1000);
    expect(present(world)).toHaveLength(2);
    world.group.setDesiredCapacity(3);
    await world.runUntil(1000 + activityDelay);
    const pending = present(world).find(({ lifecycleState }) => lifecycleState === 'Pending');
    world.group.terminate(pending!);
    expect(pending?.lifecycleState).toBe('Terminating:Wait');
  });

  it('HealthCheck: what EC2 took back stays listed, and is replaced once it is resumed', async () => {
    const world = await grown(1);
    const [first] = world.group.instances;
    world.group.suspend(['HealthCheck']);
    world.simulation.host.interrupt(first!);
    await world.runUntil(1000);
    expect(present(world)).toEqual([first]);
    expect(first?.seen.phase).toBe('gone');
    world.group.resume(['HealthCheck']);
    await world.runUntil(1000 + activityDelay);
    expect(present(world)).toHaveLength(1);
    expect(present(world)).not.toContain(first);
  });

  it('AZRebalance, as the stacks have it: zones stay uneven; without it they are evened out', async () => {
    for (const suspended of [true, false]) {
      const world = await aGroup({}, twoZones());
      const { group } = world;
      group.setDesiredCapacity(1);
      await world.runUntil(200);
      const { zone } = group.instances[0]!.offering;
      group.launch(zone, 3);
      if (!suspended) group.resume(['AZRebalance']);
      group.setInstanceProtection(group.instances, false);
      await world.runUntil(2000);
      const counts = ['a', 'b'].map((letter) => zonesOf(present(world)).split(letter).length - 1);
      expect(counts).toEqual(suspended ? [4, 0] : [2, 2]);
      expect(present(world)).toHaveLength(4);
    }
  });

  it('AZRebalance moves nothing that is protected', async () => {
    const world = await aGroup({}, twoZones());
    world.group.launch('eu-west-1a', 4);
    world.group.resume(['AZRebalance']);
    await world.runUntil(2000);
    expect(zonesOf(present(world))).toBe('aaaab');
  });
});

describe('the cooldown', () => {
  const ask = ({ group }: GroupInWorld, desired: number) =>
    group.setDesiredCapacity(desired, { honorCooldown: true });

  it('is heeded by calls that honour it alone', async () => {
    const world = await grown(1);
    const endedAt = activityDelay + certain.boot.inService;
    const cooledAt = endedAt + certain.group.defaultCooldown;
    await world.runUntil(cooledAt - 1);
    expect(() => ask(world, 2)).toThrow(
      /^Scaling activity \S+ is in progress and blocks this action/,
    );
    expect(world.group.desiredCapacity).toBe(1);
    world.group.setDesiredCapacity(2);
    expect(world.group.desiredCapacity).toBe(2);
    await world.runUntil(cooledAt + 5);
    const code = 'ScalingActivityInProgress';
    expect(() => ask(world, 3)).toThrow(expect.objectContaining({ code, kind: 'unavailable' }));
    await world.runUntil(cooledAt + 1000);
    ask(world, 3);
    expect(world.group.desiredCapacity).toBe(3);
  });

  it('holds back nothing before the first activity', async () => {
    const world = await aGroup();
    ask(world, 2);
    expect(world.group.desiredCapacity).toBe(2);
  });
});

describe('UpdateAutoScalingGroup', () => {
  it('brings the desired capacity within new limits, and leaves the rest', async () => {
    const world = await grown(5);
    const { overrides } = world.group;
    world.group.update({ max: 3 });
    expect(world.group.desiredCapacity).toBe(3);
    world.group.update({ min: 6, max: 8 });
    expect(world.group.desiredCapacity).toBe(6);
    expect(world.group.overrides).toEqual(overrides);
    expect(() => world.group.update({ min: 9 })).toThrow(/Min bound, 9, must be less/);
    expect(world.group.declaration).toMatchObject({ min: 6, max: 8 });
    await world.runUntil(400);
    expect(present(world)).toHaveLength(6);
  });
});

it('a launch tells which instances started and what could not', async () => {
  const parameters = { capacity: { ...certain.capacity, depth: { from: 2, to: 2 } } };
  const { group } = await aGroup(parameters);
  const outcome = group.launch('eu-west-1a', 3);
  expect(outcome.slots).toBe(2);
  expect(outcome.instances).toEqual(group.instances);
  expect(outcome.failures).toMatchObject([{ at: start, zone: 'eu-west-1a', cause: 'no-capacity' }]);
});
