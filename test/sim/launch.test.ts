import { describe, expect, it } from 'vitest';
import { groupName } from '../../pool/names.ts';
import type { CloudGroup, Launch } from '../../scaler/ports.ts';
import type { SimulationParameters } from '../../sim/parameters.ts';
import type { Simulation } from '../../sim/simulation.ts';
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
  spotMarket,
  start,
  theGroup,
} from './small-world.ts';

const one = { instanceType: 'c6i.xlarge', weight: 1 };
const four = { instanceType: 'c6i.4xlarge', weight: 4 };
const zone = 'eu-west-1a';
const twoZones = aFleet([aPool()], 2);

function aLaunch(change: Partial<Launch> = {}): Launch {
  return { group, zone, slots: 4, token: 'one', ...change };
}

function withDepth(depth: number): SimulationParameters {
  return { ...certain, capacity: { ...certain.capacity, depth: { from: depth, to: depth } } };
}

/** Zones and phases of what the group has. */
const seen = ({ workers }: CloudGroup) => workers.map((each) => `${each.zone} ${each.phase}`);

async function offering(simulation: Simulation, overrides = [four]) {
  const cloud = simulation.clouds[0]!;
  await cloud.setOverrides({ group, overrides, spotMaxPrice: null });
  return cloud;
}

describe('a launch', () => {
  it('starts at once, in its zone alone, and raises the desired capacity', async () => {
    const simulation = aSimulation({ fleet: twoZones });
    const cloud = await offering(simulation);
    expect(await cloud.launch(aLaunch({ slots: 8 }))).toBe(8);
    const now = await theGroup(simulation);
    expect(now.desiredCapacity).toBe(8);
    expect(seen(now)).toEqual([`${zone} pending`, `${zone} pending`]);
    // The group is content with it, and starts nothing on its own.
    await runUntil(simulation, 600);
    expect(seen(await theGroup(simulation))).toEqual([`${zone} in-service`, `${zone} in-service`]);
  });

  it('starts whole instances, and says what they weigh', async () => {
    const simulation = aSimulation();
    const cloud = await offering(simulation);
    expect(await cloud.launch(aLaunch({ slots: 5 }))).toBe(8);
    expect((await theGroup(simulation)).desiredCapacity).toBe(8);
  });

  it('adds to what the group was asked for already', async () => {
    const simulation = aSimulation({ fleet: twoZones });
    const cloud = await offering(simulation);
    await cloud.setDesiredCapacity(group, 4);
    expect(await cloud.launch(aLaunch())).toBe(4);
    await runUntil(simulation, 600);
    const { desiredCapacity, workers } = await theGroup(simulation);
    expect(desiredCapacity).toBe(8);
    expect(workers.map((worker) => worker.zone).toSorted()).toEqual(['eu-west-1a', 'eu-west-1b']);
  });

  it('starts what there is, tells what failed once, and does not retry', async () => {
    const simulation = aSimulation({ fleet: twoZones, parameters: withDepth(1) });
    const cloud = await offering(simulation);
    expect(await cloud.launch(aLaunch({ slots: 12 }))).toBe(4);
    const now = await theGroup(simulation);
    expect(now.desiredCapacity).toBe(4);
    expect(now.launchFailures).toEqual([
      {
        at: start,
        region: 'eu-west-1',
        market: 'spot',
        instanceType: 'c6i.4xlarge',
        zone,
        cause: 'no-capacity',
      },
    ]);
    await runUntil(simulation, 600);
    const later = await theGroup(simulation);
    expect(later.launchFailures).toEqual([]);
    expect(later.workers).toHaveLength(1);
  });

  it('started nothing: the desired capacity stays', async () => {
    const simulation = aSimulation();
    const cloud = await offering(simulation);
    simulation.prices.find(zone, 'c6i.4xlarge', 'spot')!.available = false;
    expect(await cloud.launch(aLaunch())).toBe(0);
    expect((await theGroup(simulation)).desiredCapacity).toBe(0);
  });

  it('with the same token again starts nothing more and answers the same', async () => {
    const simulation = aSimulation();
    const cloud = await offering(simulation);
    const answers = [await cloud.launch(aLaunch()), await cloud.launch(aLaunch())];
    expect(answers).toEqual([4, 4]);
    expect((await theGroup(simulation)).workers).toHaveLength(1);
    expect(await cloud.launch(aLaunch({ token: 'two' }))).toBe(4);
    expect((await theGroup(simulation)).workers).toHaveLength(2);
    await expect(cloud.launch(aLaunch({ slots: 8 }))).rejects.toMatchObject({
      kind: 'refused',
      code: 'IdempotentParameterMismatch',
    });
  });

  it('is at most 100 instances', async () => {
    const pool = aPool({ capacity: { min: 0, max: 500 } });
    const simulation = aSimulation({ fleet: aFleet([pool]) });
    const cloud = await offering(simulation, [one]);
    expect(await cloud.launch(aLaunch({ slots: 250 }))).toBe(100);
  });

  it.each([
    ['a zone that the group has not', { zone: 'eu-west-1b' }],
    ['no slots', { slots: 0 }],
    ['half a slot', { slots: 0.5 }],
    ['more than the maximum', { slots: 41 }],
    ['a group that is not there', { group: 'other' }],
    ['an empty token', { token: '' }],
    ['a token of 65 characters', { token: 'x'.repeat(65) }],
    ['a token with a point', { token: '1678060800.5-1-0' }],
  ])('refuses %s, and changes nothing', async (_, change) => {
    const simulation = aSimulation();
    const cloud = await offering(simulation);
    const before = await theGroup(simulation);
    const refused = { kind: 'refused', code: 'ValidationError' };
    await expect(cloud.launch(aLaunch(change))).rejects.toMatchObject(refused);
    expect(await theGroup(simulation)).toEqual(before);
  });
});

describe('launches that a group could not make', () => {
  const failures = async (simulation: Simulation) =>
    (await theGroup(simulation)).launchFailures.map(
      ({ instanceType, zone: where, cause, at }) =>
        `${at - start} ${instanceType} ${where} ${cause}`,
    );

  it('are told with type, zone and cause, each once, and again at the next attempt', async () => {
    const simulation = aSimulation({ fleet: twoZones });
    const cloud = await offering(simulation, [one, four]);
    for (const each of ['eu-west-1a', 'eu-west-1b']) {
      for (const { instanceType } of [one, four]) {
        simulation.prices.find(each, instanceType, 'spot')!.available = false;
      }
    }
    await cloud.setDesiredCapacity(group, 8);
    await runUntil(simulation, activityDelay);
    const all = (at: number) => [
      `${at} c6i.xlarge eu-west-1a no-capacity`,
      `${at} c6i.4xlarge eu-west-1a no-capacity`,
      `${at} c6i.xlarge eu-west-1b no-capacity`,
      `${at} c6i.4xlarge eu-west-1b no-capacity`,
    ];
    expect(await failures(simulation)).toEqual(all(activityDelay));
    expect(await failures(simulation)).toEqual([]);
    const { launchRetry } = certain.group;
    await runUntil(simulation, activityDelay + launchRetry - 1);
    expect(await failures(simulation)).toEqual([]);
    await runUntil(simulation, activityDelay + launchRetry);
    expect(await failures(simulation)).toEqual(all(activityDelay + launchRetry));
  });

  it('are of the zone that had nothing, although another one gave all', async () => {
    const simulation = aSimulation({ fleet: twoZones });
    const cloud = await offering(simulation);
    simulation.prices.find('eu-west-1a', four.instanceType, 'spot')!.available = false;
    await cloud.setDesiredCapacity(group, 8);
    await runUntil(simulation, activityDelay);
    expect((await theGroup(simulation)).workers).toHaveLength(2);
    await cloud.setDesiredCapacity(group, 12);
    await runUntil(simulation, 2 * activityDelay);
    expect(await failures(simulation)).toEqual([`8 c6i.4xlarge eu-west-1a no-capacity`]);
  });

  it('are none where the zone gave another type', async () => {
    const simulation = aSimulation();
    const cloud = await offering(simulation, [one, four]);
    simulation.prices.find(zone, one.instanceType, 'spot')!.available = false;
    await cloud.setDesiredCapacity(group, 8);
    await runUntil(simulation, activityDelay);
    expect(await failures(simulation)).toEqual([]);
  });

  it('are price-rejected above the spot max price', async () => {
    const simulation = aSimulation({ prices: { ...flatPrices } });
    const cloud = simulation.clouds[0]!;
    await cloud.setOverrides({ group, overrides: [one], spotMaxPrice: 0.09 });
    await cloud.setDesiredCapacity(group, 1);
    await runUntil(simulation, activityDelay);
    expect(await failures(simulation)).toEqual([`4 c6i.xlarge ${zone} price-rejected`]);
  });
});

describe('a quota of vCPUs', () => {
  // c6i.xlarge has 4, c6i.4xlarge has 16.
  const limited = (spot: number | null, onDemand: number | null): SimulationParameters => ({
    ...certain,
    quotas: { spot, onDemand },
  });
  const onDemandGroup = groupName('ci', 'linux', 'on-demand');
  const fleet = aFleet([
    aPool({ market: spotMarket({ onDemandAfter: 300 }) }),
    aPool({ id: 'other', name: 'other' }),
  ]);

  it('holds for all groups of a market in the region, and names no zone', async () => {
    const simulation = aSimulation({ fleet, parameters: limited(40, null) });
    const cloud = await offering(simulation, [four]);
    const other = groupName('ci', 'other', 'spot');
    await cloud.setOverrides({ group: other, overrides: [four], spotMaxPrice: null });
    await cloud.setDesiredCapacity(group, 4);
    await cloud.setDesiredCapacity(other, 12);
    await runUntil(simulation, activityDelay);
    const { groups } = await cloud.observe();
    const [mine, others] = [group, other].map((name) => groups.find((one) => one.name === name)!);
    expect([mine?.workers.length, others?.workers.length]).toEqual([1, 1]);
    expect(others?.launchFailures).toMatchObject([
      { instanceType: 'c6i.4xlarge', zone: null, market: 'spot', cause: 'quota' },
    ]);
    // A smaller type still fits in.
    await cloud.setOverrides({ group: other, overrides: [one], spotMaxPrice: null });
    await runUntil(simulation, 100);
    const later = (await cloud.observe()).groups.find(({ name }) => name === other)!;
    expect(later.workers.map(({ weight }) => weight)).toEqual([4, 1, 1]);
  });

  it('does not hold for the other market', async () => {
    const simulation = aSimulation({ fleet, parameters: limited(0, 32) });
    const cloud = simulation.clouds[0]!;
    await cloud.setOverrides({ group: onDemandGroup, overrides: [four], spotMaxPrice: null });
    await cloud.setDesiredCapacity(onDemandGroup, 12);
    await runUntil(simulation, activityDelay);
    const { groups } = await cloud.observe();
    const onDemand = groups.find(({ name }) => name === onDemandGroup)!;
    expect(onDemand.workers).toHaveLength(2);
    expect(onDemand.launchFailures).toMatchObject([{ market: 'on-demand', cause: 'quota' }]);
  });

  it('is free again once an instance has ended', async () => {
    const simulation = aSimulation({ parameters: limited(16, null) });
    const cloud = await offering(simulation, [four]);
    expect(await cloud.launch(aLaunch({ slots: 8 }))).toBe(4);
    expect(await cloud.launch(aLaunch({ token: 'two' }))).toBe(0);
    await cloud.setDesiredCapacity(group, 0);
    await runUntil(simulation, bootTime);
    await cloud.terminate(simulation.host.instances[0]!.id);
    await runUntil(simulation, bootTime + certain.worker.completesHookAfter);
    expect(await cloud.launch(aLaunch({ token: 'three' }))).toBe(4);
  });
});
