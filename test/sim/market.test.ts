import { describe, expect, it } from 'vitest';
import { onDemandPrice } from '../../pool/catalogue.ts';
import { Market, remaining } from '../../sim/market.ts';
import { defaultParameters } from '../../sim/parameters.ts';
import { createSimulation, SimulationError } from '../../sim/simulation.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { aFleet, aPool, aSimulation, certain, flatPrices, never, start } from './small-world.ts';

const types = ['c6i.4xlarge', 'c6i.xlarge'];

describe('the market', () => {
  it('offers each type in each zone on both markets, at a live price', async () => {
    const { prices } = aSimulation({ fleet: aFleet([aPool()], 2) });
    const offerings = await prices.offerings('eu-west-1', types);
    expect(offerings).toHaveLength(2 * 2 * 2);
    expect(
      new Set(offerings.map((one) => `${one.instanceType}${one.zone}${one.market}`)).size,
    ).toBe(8);
    const spot = { instanceType: 'c6i.4xlarge', zone: 'eu-west-1b', market: 'spot' };
    expect(offerings).toContainEqual({
      ...spot,
      region: 'eu-west-1',
      price: 0.4,
      priceSource: 'live',
    });
    expect(await prices.offerings('eu-west-1', ['c6i.xlarge'])).toHaveLength(4);
    expect(await prices.offerings('us-east-1', types)).toEqual([]);
    expect(await prices.offerings('eu-west-1', types)).toBe(offerings);
  });

  it('tells a new price from the moment at which it holds', async () => {
    const points = [
      { at: start, price: 0.1 },
      { at: start + 100, price: 0.2 },
    ];
    const prices = { ...flatPrices, spot: () => points.values() };
    const { clock, prices: market } = aSimulation({ prices });
    const price = async () => {
      const offerings = await market.offerings('eu-west-1', types);
      return offerings.find((one) => one.market === 'spot')?.price;
    };
    await clock.run(start + 99, never);
    expect(await price()).toBe(0.1);
    await clock.run(start + 100, never);
    expect(await price()).toBe(0.2);
  });

  it('has built-in prices: on-demand from the catalogue, spot below it', async () => {
    const fleet = aFleet();
    const { prices } = createSimulation({ fleet, seed: 1, start, arrivals: new Map() });
    for (const { market, price, instanceType } of await prices.offerings('eu-west-1', types)) {
      const listed = onDemandPrice(instanceType, 'eu-west-1')!;
      if (market === 'on-demand') expect(price).toBe(listed);
      else expect(price! / listed).toBeGreaterThan(0.25);
      expect(price).toBeLessThanOrEqual(listed);
    }
  });

  it('has no capacity for the stated share of time', async () => {
    const clock = new VirtualClock(0);
    const times = { meanAvailable: 3 * 3600, meanMissing: 3600 };
    const parameters = { ...certain, capacity: { ...certain.capacity, spot: times } };
    const zones = Array.from({ length: 50 }, (_, index) => `z${index}`);
    const regions = [{ region: 'r', zones, instanceTypes: ['t'] }];
    const market = new Market(clock, 1, regions, flatPrices, parameters);
    const found = zones.map((zone) => market.find(zone, 't', 'spot')!);
    let missing = 0;
    const hours = 500;
    for (let hour = 0; hour < hours; hour++) {
      await clock.run(hour * 3600, never);
      missing += found.filter((offering) => remaining(offering) === 0).length;
    }
    expect(Math.abs(missing / hours / found.length - 0.25)).toBeLessThan(0.02);
  });

  it('draws depths between the stated limits', () => {
    const { prices } = aSimulation({ parameters: defaultParameters, fleet: aFleet([aPool()], 6) });
    const depths = [...'abcdef'].flatMap((zone) =>
      types.map((type) => prices.find(`eu-west-1${zone}`, type, 'spot')!.depth),
    );
    const { from, to } = defaultParameters.capacity.depth;
    expect(Math.min(...depths)).toBeGreaterThanOrEqual(from);
    expect(Math.max(...depths)).toBeLessThanOrEqual(to);
    expect(new Set(depths).size).toBeGreaterThan(6);
  });
});

describe('a simulation refuses', () => {
  it('a pool none of whose types has a price, naming both', () => {
    const none = { onDemand: () => null, spot: () => null };
    expect(() => aSimulation({ prices: none })).toThrow(SimulationError);
    expect(() => aSimulation({ prices: none })).toThrow(/pool linux: .*c6i\.xlarge.*eu-west-1/);
  });

  it('tasks for a pool that is not there', () => {
    expect(() => aSimulation({ arrivals: new Map([['mac', []]]) })).toThrow(/mac/);
  });
});

describe('a pool has the groups that its stacks make', () => {
  const groups = async (change: object) => {
    const fleet = aFleet([aPool({ capacity: { min: 2, max: 9 }, ...change })]);
    const { groups: found } = await aSimulation({ fleet }).clouds[0]!.observe();
    return found.map(({ name, market, min, max }) => ({ name, market, min, max }));
  };
  const spot = { kind: 'spot', maxPrice: null, priceMultiplier: null, onDemandAfter: null };

  it.each([
    [spot, [{ name: 'ci-linux-spot', market: 'spot', min: 2, max: 9 }]],
    [
      { ...spot, onDemandAfter: 300 },
      [
        { name: 'ci-linux-spot', market: 'spot', min: 2, max: 9 },
        { name: 'ci-linux-on-demand', market: 'on-demand', min: 0, max: 9 },
      ],
    ],
    [{ kind: 'on-demand' }, [{ name: 'ci-linux-on-demand', market: 'on-demand', min: 2, max: 9 }]],
  ])('%j', async (market, expected) => {
    expect(await groups({ market })).toEqual(expected);
  });
});
