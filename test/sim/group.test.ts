import { describe, expect, it } from 'vitest';
import {
  activityDelay,
  aFleet,
  aPool,
  aSimulation,
  bootTime,
  certain,
  flatPrices,
  group,
  runUntil,
  start,
  theGroup,
} from './small-world.ts';

const four = { instanceType: 'c6i.4xlarge', weight: 4 };
const one = { instanceType: 'c6i.xlarge', weight: 1 };

async function scaled(desired: number, overrides = [four], change = {}) {
  const simulation = aSimulation(change);
  const cloud = simulation.clouds[0]!;
  await cloud.setOverrides({ group, overrides, spotMaxPrice: null });
  await cloud.setDesiredCapacity(group, desired);
  await runUntil(simulation, activityDelay);
  return { simulation, cloud };
}

describe('a group', () => {
  it('launches until the weights reach the desired capacity, and overshoots by the last', async () => {
    const { simulation } = await scaled(5);
    const { workers, desiredCapacity } = await theGroup(simulation);
    expect(desiredCapacity).toBe(5);
    expect(workers.map(({ weight, phase }) => [weight, phase])).toEqual([
      [4, 'pending'],
      [4, 'pending'],
    ]);
    await runUntil(simulation, 3600);
    const later = await theGroup(simulation);
    expect(later.workers.map(({ phase }) => phase)).toEqual(['in-service', 'in-service']);
  });

  it('never scales in by itself when its instances are protected', async () => {
    const { simulation, cloud } = await scaled(8);
    await cloud.setDesiredCapacity(group, 0);
    await runUntil(simulation, 100_000);
    expect((await theGroup(simulation)).workers).toHaveLength(2);
  });

  it('scales in, but not below the desired capacity, when they are not', async () => {
    const { simulation, cloud } = await scaled(8, [four], { protectedFromScaleIn: false });
    await cloud.setDesiredCapacity(group, 3);
    await runUntil(simulation, 1000);
    expect((await theGroup(simulation)).workers).toHaveLength(1);
  });

  it('replaces a terminated instance while the desired capacity stands', async () => {
    const { simulation, cloud } = await scaled(4);
    const [before] = (await theGroup(simulation)).workers;
    await cloud.terminate(before!.instanceId);
    await runUntil(simulation, 2 * activityDelay);
    const phases = (await theGroup(simulation)).workers.map(({ phase }) => phase);
    expect(phases).toEqual(['terminating', 'pending']);
    await runUntil(simulation, 1000);
    const after = (await theGroup(simulation)).workers;
    expect(after).toHaveLength(1);
    expect(after[0]?.instanceId).not.toBe(before?.instanceId);
  });

  it('does not when the desired capacity was lowered first; a second call does no harm', async () => {
    const { simulation, cloud } = await scaled(4);
    const [before] = (await theGroup(simulation)).workers;
    const terminatedAt = activityDelay + bootTime + 1;
    await runUntil(simulation, terminatedAt);
    await cloud.setDesiredCapacity(group, 0);
    await cloud.terminate(before!.instanceId);
    const { completesHookAfter } = certain.worker;
    await runUntil(simulation, terminatedAt + completesHookAfter - 1);
    await cloud.terminate(before!.instanceId);
    await runUntil(simulation, 1000);
    expect(simulation.host.instances[0]?.endedAt).toBe(start + terminatedAt + completesHookAfter);
    expect((await theGroup(simulation)).workers).toEqual([]);
    expect(simulation.host.instances).toHaveLength(1);
    await cloud.terminate(before!.instanceId);
    await runUntil(simulation, 2000);
    expect(simulation.host.instances).toHaveLength(1);
  });

  it('spreads over zones and takes the cheapest per weighted unit in each', async () => {
    const dearInB = {
      ...flatPrices,
      spot: ({ instanceType, zone }: { instanceType: string; zone: string }) => {
        const big = instanceType === four.instanceType;
        const perSlot = big === (zone === 'eu-west-1b') ? 0.2 : 0.1;
        return [{ at: start, price: perSlot * (big ? 4 : 1) }].values();
      },
    };
    const change = { fleet: aFleet([aPool()], 2), prices: dearInB };
    const { simulation } = await scaled(5, [one, four], change);
    const { workers } = await theGroup(simulation);
    expect(workers.map(({ zone, instanceType }) => [zone, instanceType])).toEqual([
      ['eu-west-1a', 'c6i.4xlarge'],
      ['eu-west-1b', 'c6i.xlarge'],
    ]);
  });

  it('pays no more than the spot max price per weighted unit', async () => {
    const simulation = aSimulation();
    const cloud = simulation.clouds[0]!;
    await cloud.setOverrides({ group, overrides: [one, four], spotMaxPrice: 0.099 });
    await cloud.setDesiredCapacity(group, 4);
    await runUntil(simulation, 600);
    expect((await theGroup(simulation)).workers).toEqual([]);
    await cloud.setOverrides({ group, overrides: [one, four], spotMaxPrice: 0.1 });
    await runUntil(simulation, 700);
    expect((await theGroup(simulation)).workers).not.toEqual([]);
  });

  it('takes what an offering has, and tries again for the rest', async () => {
    const depth = { from: 2, to: 2 };
    const parameters = { ...certain, capacity: { ...certain.capacity, depth } };
    const { simulation, cloud } = await scaled(12, [four], { parameters });
    expect((await theGroup(simulation)).workers).toHaveLength(2);
    const [first] = (await theGroup(simulation)).workers;
    await cloud.terminate(first!.instanceId);
    await runUntil(simulation, 600);
    const { workers } = await theGroup(simulation);
    expect(workers.filter(({ phase }) => phase === 'in-service')).toHaveLength(2);
    expect(workers.map(({ instanceId }) => instanceId)).not.toContain(first?.instanceId);
  });

  it('is the same object to look at until something changes', async () => {
    const { simulation } = await scaled(4);
    const before = await theGroup(simulation);
    expect(await theGroup(simulation)).toBe(before);
    await runUntil(simulation, activityDelay + bootTime);
    expect(await theGroup(simulation)).not.toBe(before);
  });
});

describe('the simulated cloud refuses', () => {
  const cloud = aSimulation().clouds[0]!;
  const overrides = (change: object) =>
    cloud.setOverrides({ group, overrides: [one], spotMaxPrice: null, ...change });
  const many = Array.from({ length: 41 }, (_, index) => ({ instanceType: `t${index}`, weight: 1 }));
  const cases: [string, () => Promise<void>][] = [
    ['more than the maximum', () => cloud.setDesiredCapacity(group, 41)],
    ['less than the minimum', () => cloud.setDesiredCapacity(group, -1)],
    ['half a slot', () => cloud.setDesiredCapacity(group, 1.5)],
    ['a group that is not there', () => cloud.setDesiredCapacity('other', 1)],
    ['no overrides', () => overrides({ overrides: [] })],
    ['41 overrides', () => overrides({ overrides: many })],
    ['a type twice', () => overrides({ overrides: [one, one] })],
    ['a weight of 0', () => overrides({ overrides: [{ ...one, weight: 0 }] })],
    ['a weight of 1000', () => overrides({ overrides: [{ ...one, weight: 1000 }] })],
    ['a max price of 0', () => overrides({ spotMaxPrice: 0 })],
  ];
  it.each(cases)('%s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ kind: 'refused', code: 'ValidationError' });
  });

  it('and changes nothing by it', async () => {
    const before = await cloud.observe();
    for (const [, call] of cases) await call().catch(() => {});
    expect(await cloud.observe()).toEqual(before);
  });
});
