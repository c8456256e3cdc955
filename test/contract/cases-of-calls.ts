/** What is the same for every call, and prices. */
import { expect } from 'vitest';
import { type ContractCase, desire } from './contract-case.ts';
import { four, group, never, one, region, theGroup, zones } from './contract-world.ts';

export const casesOfCalls: readonly ContractCase[] = [
  {
    name: 'ends each call whose signal has fired',
    async run(world) {
      await theGroup(world);
      const { cloud } = world;
      const fired = AbortSignal.abort();
      const ended = { name: 'CloudError', kind: 'unavailable', code: 'AbortError' };
      const aLaunch = { group, zone: zones[0], slots: 1, token: 'aborted' };
      const aChange = { group, overrides: [four], spotMaxPrice: null };
      await expect(cloud.observe(fired)).rejects.toMatchObject(ended);
      await expect(cloud.setDesiredCapacity(group, 1, fired)).rejects.toMatchObject(ended);
      await expect(cloud.setOverrides(aChange, fired)).rejects.toMatchObject(ended);
      await expect(cloud.launch(aLaunch, fired)).rejects.toMatchObject(ended);
      await expect(cloud.terminate('i-00000000000000abc', fired)).rejects.toMatchObject(ended);
      await world.settle();
      expect(await theGroup(world)).toMatchObject({ desiredCapacity: 0, overrides: [one] });
    },
  },
  {
    name: 'says that it throttles, and has then changed nothing',
    async run(world) {
      await theGroup(world);
      await world.throttle();
      await expect(desire(world, 2)).rejects.toMatchObject({ kind: 'throttled' });
      await world.settle();
      expect((await theGroup(world)).desiredCapacity).toBe(0);
    },
  },
  {
    name: 'prices the types that are asked for in each zone of the groups, and no others',
    async run(world) {
      await theGroup(world);
      const history = { statistic: 'latest', window: 1800, product: 'Linux/UNIX' } as const;
      const instanceTypes = [one.instanceType];
      const request = { region, instanceTypes, history, mean: false };
      const offerings = await world.prices.offerings(request, never);
      const spot = offerings.filter(({ market }) => market === 'spot');
      expect(spot.map(({ zone }) => zone).sort()).toEqual([...zones]);
      expect(spot.map(({ priceSource }) => priceSource)).toEqual(['live', 'live']);
      for (const offering of offerings) {
        expect(offering).toMatchObject({ region, instanceType: one.instanceType });
        expect(offering.price).toBeGreaterThan(0);
        expect(offering.meanPrice).toBeNull();
      }
      expect(offerings.some(({ market }) => market === 'on-demand')).toBe(true);
    },
  },
];
