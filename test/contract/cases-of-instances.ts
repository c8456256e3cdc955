/** How a group comes by instances, keeps them and ends them. */
import { expect } from 'vitest';
import { type ContractCase, desire, grown, idsOf, overrides } from './contract-case.ts';
import { four, never, one, theGroup, zones } from './contract-world.ts';

export const casesOfInstances: readonly ContractCase[] = [
  {
    name: 'starts what is missing, and tells of each instance',
    async run(world) {
      const before = Date.now();
      await grown(world, 3);
      const { workers } = await theGroup(world);
      expect(workers).toHaveLength(3);
      expect(new Set(workers.map(({ instanceId }) => instanceId)).size).toBe(3);
      for (const { instanceType, weight, zone, phase, launchedAt, outdated } of workers) {
        expect({ instanceType, weight, outdated }).toEqual({ ...one, outdated: false });
        expect(zones).toContain(zone);
        expect(['pending', 'in-service']).toContain(phase);
        expect(launchedAt).toBeGreaterThan(0);
        expect(launchedAt).toBeLessThan(before + 3600);
      }
    },
  },
  {
    name: 'spreads what it starts over the zones',
    async run(world) {
      await grown(world, 4);
      const inZone = (await theGroup(world)).workers.map(({ zone }) => zone).sort();
      expect(inZone).toEqual([zones[0], zones[0], zones[1], zones[1]]);
    },
  },
  {
    name: 'starts by weight, and exceeds the desired capacity by the last instance',
    async run(world) {
      await theGroup(world);
      await overrides(world, { overrides: [four] });
      await grown(world, 5);
      const { workers, desiredCapacity } = await theGroup(world);
      expect(workers.map(({ weight }) => weight)).toEqual([4, 4]);
      expect(desiredCapacity).toBe(5);
    },
  },
  {
    name: 'keeps protected instances when less is asked for',
    async run(world) {
      await grown(world, 2);
      const ids = await idsOf(world);
      await grown(world, 0);
      expect(await idsOf(world)).toEqual(ids);
      expect((await theGroup(world)).desiredCapacity).toBe(0);
    },
  },
  {
    name: 'starts nothing above the spot max price',
    async run(world) {
      await theGroup(world);
      await overrides(world, { spotMaxPrice: 0.001 });
      await grown(world, 2);
      expect((await theGroup(world)).workers).toEqual([]);
    },
  },
  {
    name: 'ends an instance, protected or not, without asking for less: another one takes its place',
    async run(world) {
      await grown(world, 2);
      const [first, second] = await idsOf(world);
      await world.cloud.terminate(first!, never);
      await world.settle();
      const { desiredCapacity, workers } = await theGroup(world);
      expect(desiredCapacity).toBe(2);
      const staying = workers.filter(({ phase }) => phase === 'pending' || phase === 'in-service');
      expect(staying).toHaveLength(2);
      expect(staying.map(({ instanceId }) => instanceId)).toContain(second);
      expect(staying.map(({ instanceId }) => instanceId)).not.toContain(first);
    },
  },
  {
    name: 'replaces none when less was asked for first',
    async run(world) {
      await grown(world, 2);
      const [first, second] = await idsOf(world);
      await desire(world, 1);
      await world.cloud.terminate(first!, never);
      await world.settle();
      const { workers } = await theGroup(world);
      const staying = workers.filter(({ phase }) => phase === 'pending' || phase === 'in-service');
      expect(staying.map(({ instanceId }) => instanceId)).toEqual([second]);
    },
  },
  {
    name: 'takes the end of an instance that is gone, or never was, for done',
    async run(world) {
      await grown(world, 1);
      const [first] = await idsOf(world);
      await world.cloud.terminate(first!, never);
      await world.cloud.terminate(first!, never);
      await world.cloud.terminate('i-00000000000000abc', never);
      await world.settle();
      expect((await theGroup(world)).desiredCapacity).toBe(1);
    },
  },
  {
    name: 'holds an instance that is to end in its terminating hook',
    async run(world) {
      await grown(world, 1);
      const [first] = await idsOf(world);
      await desire(world, 0);
      await world.cloud.terminate(first!, never);
      await world.settle();
      const { workers } = await theGroup(world);
      expect(workers.map(({ phase }) => phase)).toEqual(['terminating']);
    },
  },
  {
    name: 'tells that a group could not start what it was asked for, and keeps asking',
    async run(world) {
      await theGroup(world);
      await world.exhaust(one.instanceType);
      await desire(world, 2);
      await world.settle();
      const { launchFailures, workers, desiredCapacity } = await theGroup(world);
      expect(workers).toEqual([]);
      expect(desiredCapacity).toBe(2);
      expect(new Set(launchFailures.map(({ cause }) => cause))).toEqual(new Set(['no-capacity']));
      expect(launchFailures.map(({ zone }) => zone).sort()).toEqual([...zones]);
    },
  },
];
