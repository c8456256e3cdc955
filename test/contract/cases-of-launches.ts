/** Instances that are launched in one zone at once. */
import { expect } from 'vitest';
import { type ContractCase, launch, refused } from './contract-case.ts';
import { one, region, theGroup, zones } from './contract-world.ts';

export const casesOfLaunches: readonly ContractCase[] = [
  {
    name: 'launches in one zone at once, and asks for that much more',
    async run(world) {
      await theGroup(world);
      expect(await launch(world)).toBe(2);
      await world.settle();
      const { workers, desiredCapacity } = await theGroup(world);
      expect(desiredCapacity).toBe(2);
      expect(workers.map(({ zone }) => zone)).toEqual([zones[0], zones[0]]);
    },
  },
  {
    name: 'launches nothing more for a token that was used',
    async run(world) {
      await theGroup(world);
      expect([await launch(world), await launch(world)]).toEqual([2, 2]);
      await world.settle();
      expect((await theGroup(world)).workers).toHaveLength(2);
      expect(await launch(world, { token: 'second' })).toBe(2);
      await world.settle();
      expect((await theGroup(world)).workers).toHaveLength(4);
    },
  },
  {
    name: 'refuses a token that was used for another launch',
    async run(world) {
      await theGroup(world);
      await launch(world);
      const code = expect.stringMatching(/^IdempotentParameterMismatch/);
      await expect(launch(world, { slots: 3 })).rejects.toMatchObject({ ...refused, code });
    },
  },
  {
    name: 'refuses a launch in a zone that the group does not have',
    async run(world) {
      await theGroup(world);
      await expect(launch(world, { zone: 'eu-west-1c' })).rejects.toMatchObject(refused);
    },
  },
  {
    name: 'tells once what a launch could not start, by type and zone',
    async run(world) {
      await theGroup(world);
      await world.exhaust(one.instanceType);
      expect(await launch(world)).toBe(0);
      await world.settle();
      const { launchFailures, desiredCapacity } = await theGroup(world);
      expect(launchFailures).toMatchObject([
        {
          region,
          market: 'spot',
          instanceType: one.instanceType,
          zone: zones[0],
          cause: 'no-capacity',
        },
      ]);
      expect(desiredCapacity).toBe(0);
      expect((await theGroup(world)).launchFailures).toEqual([]);
    },
  },
];
