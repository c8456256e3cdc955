/** What a group tells of itself, and which changes of it are taken or refused. */
import { expect } from 'vitest';
import { type ContractCase, desire, grown, idsOf, overrides, refused } from './contract-case.ts';
import { four, group, limits, never, one, region, theGroup } from './contract-world.ts';

export const casesOfGroups: readonly ContractCase[] = [
  {
    name: 'tells of a group with its pool, its market, its limits and what it is asked for',
    async run(world) {
      const { workers, ...seen } = await theGroup(world);
      expect(workers).toEqual([]);
      expect(seen).toEqual({
        name: group,
        region,
        market: 'spot',
        poolId: 'linux',
        desiredCapacity: 0,
        ...limits,
        overrides: [one],
        spotMaxPrice: null,
        instanceRefresh: false,
        terminateSuspended: false,
        launchFailures: [],
      });
    },
  },
  {
    name: 'takes a desired capacity as absolute, so that repeating it starts nothing more',
    async run(world) {
      await grown(world, 2);
      const ids = await idsOf(world);
      await grown(world, 2);
      expect(await idsOf(world)).toEqual(ids);
      expect((await theGroup(world)).desiredCapacity).toBe(2);
    },
  },
  {
    name: 'refuses a desired capacity above the maximum or below the minimum',
    async run(world) {
      await theGroup(world);
      await expect(desire(world, limits.max + 1)).rejects.toMatchObject(refused);
      await expect(desire(world, limits.min - 1)).rejects.toMatchObject(refused);
      expect((await theGroup(world)).desiredCapacity).toBe(0);
    },
  },
  {
    name: 'refuses a group that is not there',
    async run(world) {
      await theGroup(world);
      const call = world.cloud.setDesiredCapacity('other', 1, never);
      await expect(call).rejects.toMatchObject(refused);
      await expect(overrides(world, { group: 'other' })).rejects.toMatchObject(refused);
    },
  },
  {
    name: 'changes overrides and spot max price, and nothing else',
    async run(world) {
      await grown(world, 2);
      const before = await theGroup(world);
      await overrides(world, { overrides: [four, one], spotMaxPrice: 0.25 });
      await world.settle();
      const after = await theGroup(world);
      expect(after).toEqual({
        ...before,
        overrides: [four, one],
        spotMaxPrice: 0.25,
        workers: after.workers,
      });
      expect(after.workers.map(({ phase: _, ...rest }) => rest)).toEqual(
        before.workers.map(({ phase: _, ...rest }) => rest),
      );
    },
  },
  {
    name: 'takes a spot max price away again',
    async run(world) {
      await theGroup(world);
      await overrides(world, { spotMaxPrice: 0.25 });
      await overrides(world, { spotMaxPrice: null });
      await world.settle();
      expect((await theGroup(world)).spotMaxPrice).toBeNull();
    },
  },
  {
    name: 'refuses no overrides, and 41',
    async run(world) {
      await theGroup(world);
      await expect(overrides(world, { overrides: [] })).rejects.toMatchObject(refused);
      const many = Array.from({ length: 41 }, () => one);
      await expect(overrides(world, { overrides: many })).rejects.toMatchObject(refused);
      expect((await theGroup(world)).overrides).toEqual([one]);
    },
  },
  {
    name: 'refuses weights that are not whole numbers from 1 to 999',
    async run(world) {
      await theGroup(world);
      for (const weight of [0, 1.5, 1000]) {
        const wrong = overrides(world, { overrides: [{ ...one, weight }] });
        await expect(wrong, `weight ${weight}`).rejects.toMatchObject(refused);
      }
      expect((await theGroup(world)).overrides).toEqual([one]);
    },
  },
];
