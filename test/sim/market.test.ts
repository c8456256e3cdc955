import { describe, expect, it } from 'vitest';
import { onDemandPrice } from '../../pool/catalogue.ts';
import { groupName } from '../../pool/names.ts';
import type { PriceRequest } from '../../scaler/ports.ts';
import { SimulationError } from '../../sim/check-fleet.ts';
import { interruptionsPerHour } from '../../sim/interruptions.ts';
import { Market } from '../../sim/market.ts';
import { defaultParameters } from '../../sim/parameters.ts';
import { remaining } from '../../sim/simulated-offering.ts';
import { createSimulation } from '../../sim/simulation.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import {
  aFleet,
  anInstance,
  aPool,
  aSimulation,
  certain,
  flatPrices,
  group,
  latestPrices,
  never,
  spotMarket,
  start,
} from './small-world.ts';

const types = ['c6i.4xlarge', 'c6i.xlarge'];

/** What the loop asks for, for a pool that wants the latest prices. */
const latest = (instanceTypes: readonly string[] = types, region = 'eu-west-1'): PriceRequest => ({
  region,
  instanceTypes,
  history: latestPrices,
  mean: false,
});

describe('the market', () => {
  it('offers each type in each zone on both markets, at a live price', async () => {
    const { prices } = aSimulation({ fleet: aFleet([aPool()], 2) });
    const offerings = await prices.offerings(latest());
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
      meanPrice: null,
      onDemandPrice: 1,
      interruptionBucket: expect.toSatisfy((bucket) => [0, 1, 2, 3, 4].includes(bucket)),
    });
    const onDemand = offerings.find(({ market }) => market === 'on-demand');
    expect(onDemand).toMatchObject({ meanPrice: null, interruptionBucket: null });
    expect(onDemand?.onDemandPrice).toBe(onDemand?.price);
    expect(await prices.offerings(latest(['c6i.xlarge']))).toHaveLength(4);
    expect(await prices.offerings(latest(types, 'us-east-1'))).toEqual([]);
    expect(await prices.offerings(latest())).toBe(offerings);
  });

  it('tells a new price from the moment at which it holds', async () => {
    const points = [
      { at: start, price: 0.1 },
      { at: start + 100, price: 0.2 },
    ];
    const prices = { ...flatPrices, spot: () => points.values() };
    const { clock, prices: market } = aSimulation({ prices });
    const price = async () => {
      const offerings = await market.offerings(latest());
      return offerings.find((one) => one.market === 'spot')?.price;
    };
    await clock.run(start + 99, never);
    expect(await price()).toBe(0.1);
    await clock.run(start + 100, never);
    expect(await price()).toBe(0.2);
  });

  it('tells the mean of a day, and the statistic of the window that a pool wants', async () => {
    const day = 86_400;
    const points = [
      { at: start, price: 0.1 },
      { at: start + day, price: 0.3 },
      { at: start + day + 600, price: 0.2 },
    ];
    const { clock, prices: market } = aSimulation({
      prices: { ...flatPrices, spot: () => points.values() },
    });
    await clock.run(start + day + 1000, never);
    const ask = async (statistic: 'latest' | 'mean' | 'max', mean: boolean) => {
      const history = { ...latestPrices, statistic, window: 1200 };
      const offerings = await market.offerings({ ...latest(), history, mean });
      return offerings.find((one) => one.market === 'spot')!;
    };
    expect(await ask('latest', false)).toMatchObject({ price: 0.2, meanPrice: null });
    expect(await ask('max', false)).toMatchObject({ price: 0.3, meanPrice: null });
    const ofWindow = (200 * 0.1 + 600 * 0.3 + 400 * 0.2) / 1200;
    expect((await ask('mean', false)).price).toBeCloseTo(ofWindow, 12);
    const { price, meanPrice } = await ask('latest', true);
    expect(price).toBe(0.2);
    expect(meanPrice).toBeCloseTo((85_400 * 0.1 + 600 * 0.3 + 400 * 0.2) / day, 12);
    // Time goes on, and with it what the windows hold.
    await clock.run(start + day + 1799, never);
    expect((await ask('max', false)).price).toBe(0.3);
    await clock.run(start + day + 1800, never);
    expect((await ask('max', false)).price).toBe(0.2);
    expect((await ask('mean', false)).price).toBeCloseTo(0.2, 12);
  });

  it('has a published interruption frequency, which its instances follow', async () => {
    const { prices } = aSimulation({ parameters: defaultParameters, fleet: aFleet([aPool()], 6) });
    const buckets = new Map<number, Set<number>>();
    for (const { market, zone, instanceType, interruptionBucket } of await prices.offerings(
      latest(),
    )) {
      if (market === 'on-demand') continue;
      const { interruptionsPerHour: rate } = prices.find(zone, instanceType, market)!;
      expect(rate).toBe(interruptionsPerHour(interruptionBucket!, defaultParameters.interruptions));
      buckets.set(interruptionBucket!, (buckets.get(interruptionBucket!) ?? new Set()).add(rate));
    }
    expect(buckets.size).toBeGreaterThan(2);
  });

  it('has built-in prices: on-demand from the catalogue, spot below it', async () => {
    const fleet = aFleet();
    const { prices } = createSimulation({ fleet, seed: 1, start, arrivals: new Map() });
    for (const { market, price, instanceType } of await prices.offerings(latest())) {
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

  it('a quota of vCPUs where it cannot count a type', () => {
    const unknown = aFleet([aPool({ instances: [anInstance({ type: 'z9.4xlarge' })] })]);
    const quotas = { spot: 64, onDemand: null };
    const limited = { fleet: unknown, parameters: { ...certain, quotas } };
    expect(() => aSimulation({ fleet: unknown })).not.toThrow();
    expect(() => aSimulation(limited)).toThrow(SimulationError);
    expect(() => aSimulation(limited)).toThrow(/z9\.4xlarge.*vCPUs/);
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
  const both = [
    { name: group, market: 'spot', min: 2, max: 9 },
    { name: groupName('ci', 'linux', 'on-demand'), market: 'on-demand', min: 0, max: 9 },
  ];

  it.each([
    [spotMarket(), both.slice(0, 1)],
    [spotMarket({ onDemandAfter: 300 }), both],
    [spotMarket({ onDemandBase: 1 }), both],
    [spotMarket({ onDemandShare: 0.1 }), both],
    [
      { kind: 'on-demand' },
      [{ name: groupName('ci', 'linux', 'on-demand'), market: 'on-demand', min: 2, max: 9 }],
    ],
  ])('%j', async (market, expected) => {
    expect(await groups({ market })).toEqual(expected);
  });
});
