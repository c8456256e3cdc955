import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../pool/pool.ts';
import { ec2Buckets, type SimulationParameters } from '../../sim/parameters.ts';
import { simulateLoop } from '../../sim/simulate-loop.ts';
import { summarise } from '../../sim/summary.ts';
import { aGroup } from './one-group.ts';
import {
  activityDelay,
  aFleet,
  aPool,
  aSimulation,
  certain,
  start,
  tasksAt,
} from './small-world.ts';

const late = (staleness: number): Partial<SimulationParameters> => ({
  group: { ...certain.group, staleness },
});

describe('describing a group', () => {
  it('tells of it as it was, change by change', async () => {
    const world = await aGroup(late(10));
    const seen = () => {
      const { desiredCapacity, workers } = world.group.observe();
      return [desiredCapacity, ...workers.map(({ phase }) => phase)];
    };
    await world.runUntil(100);
    world.group.setDesiredCapacity(1);
    expect(seen()).toEqual([0]);
    await world.runUntil(100 + activityDelay);
    expect(world.group.instances).toHaveLength(1);
    await world.runUntil(109);
    expect(seen()).toEqual([0]);
    await world.runUntil(110);
    expect(seen()).toEqual([1]);
    await world.runUntil(110 + activityDelay);
    expect(seen()).toEqual([1, 'pending']);
    const inService = 100 + activityDelay + certain.boot.inService;
    await world.runUntil(inService + 9);
    expect(seen()).toEqual([1, 'pending']);
    await world.runUntil(inService + 10);
    expect(seen()).toEqual([1, 'in-service']);
    world.group.setDesiredCapacity(0);
    world.group.terminate(world.group.instances[0]!);
    expect(seen()).toEqual([1, 'in-service']);
    await world.runUntil(inService + 20);
    expect(seen()).toEqual([0, 'terminating']);
  });

  it('tells of failed launches as late, and once', async () => {
    const world = await aGroup({
      ...late(10),
      capacity: { ...certain.capacity, depth: { from: 0.4, to: 0.4 } },
    });
    world.group.setDesiredCapacity(1);
    await world.runUntil(activityDelay + 9);
    expect(world.group.observe().launchFailures).toEqual([]);
    await world.runUntil(activityDelay + 10);
    expect(world.group.observe().launchFailures).toHaveLength(1);
    expect(world.group.observe().launchFailures).toEqual([]);
  });

  it('tells of the same object until something has changed', async () => {
    const world = await aGroup(late(10));
    world.group.setDesiredCapacity(1);
    await world.runUntil(200);
    const before = world.group.observe();
    await world.runUntil(300);
    expect(world.group.observe()).toBe(before);
    world.group.setDesiredCapacity(2);
    expect(world.group.observe()).toBe(before);
    await world.runUntil(310);
    expect(world.group.observe()).not.toBe(before);
  });
});

describe('the production loop', () => {
  async function run(change: Partial<SimulationParameters>) {
    const fleet: Fleet = aFleet([aPool({ capacity: { min: 0, max: 100 } })]);
    const offsets = Array.from({ length: 400 }, (_, index) => Math.floor(index / 20) * 300);
    const parameters = { ...certain, ...change };
    const simulation = aSimulation({ fleet, arrivals: tasksAt(offsets, 300), parameters });
    const end = start + 6000;
    const tally = await simulateLoop(fleet, simulation, { arrivalsEnd: end, limit: end + 7200 });
    const { tasks, instances, wait } = summarise(simulation);
    return { tally, tasks, launched: instances.launched, wait };
  }

  it('buys no more for being told late, up to three iterations', async () => {
    const prompt = await run(late(0));
    expect(prompt.tasks).toMatchObject({ finished: 400, terminated: 0 });
    for (const staleness of [2, 10, 30]) {
      const told = await run(late(staleness));
      expect(told.tasks).toMatchObject({ finished: 400, terminated: 0 });
      expect(told.launched / prompt.launched, `${staleness} s`).toBeLessThan(1.1);
      expect(told.wait.p95, `${staleness} s`).toBeLessThan(prompt.wait.p95 + staleness + 10);
    }
  });

  it('is not throttled by the smallest bucket that EC2 documents', async () => {
    const { tally, tasks } = await run({ api: ec2Buckets.mutating });
    expect(tasks).toMatchObject({ finished: 400 });
    expect([...tally.failures]).toEqual([]);
  });
});
