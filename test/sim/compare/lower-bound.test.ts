import { describe, expect, it } from 'vitest';
import { type BoundBasis, lowerBound } from '../../../sim/compare/lower-bound.ts';
import type { PriceSource } from '../../../sim/market.ts';
import { defaultParameters } from '../../../sim/parameters.ts';
import type { PricePoint } from '../../../sim/spot-prices.ts';
import { anInstance, aPool, spotMarket, start } from '../small-world.ts';

const hour = 3600;
/** No volume, so that figures can be worked out in the head. */
const free = { ...defaultParameters.billing, ebsUsdPerGibibyteMonth: 0 };
const spotPrices = (...points: readonly PricePoint[]): PriceSource => ({
  onDemand: () => null,
  spot: () => points.values(),
});

function bound(change: Partial<BoundBasis> = {}): number {
  return lowerBound({
    pool: aPool({ instances: [anInstance()] }),
    tasks: [{ at: start + 10 * hour, duration: hour }],
    regions: [{ region: 'eu-west-1', zones: ['eu-west-1a'] }],
    prices: spotPrices({ at: start, price: 0.1 }),
    wait: 120,
    parameters: { worker: defaultParameters.worker, billing: free },
    ...change,
  });
}

describe('the lower bound', () => {
  it('is the price of the work where there is one type at one price', () => {
    expect(bound()).toBeCloseTo(0.1, 12);
    const tasks = [5, 6, 7].map((at) => ({ at: start + at * hour, duration: hour / 2 }));
    expect(bound({ tasks })).toBeCloseTo(0.15, 12);
    expect(bound({ tasks: [] })).toBe(0);
  });

  it('takes the type with the lowest price per utility', () => {
    const large = anInstance({ type: 'c6i.4xlarge', capacity: 4, utility: 5 });
    const pool = aPool({ instances: [anInstance(), large] });
    const prices: PriceSource = {
      onDemand: () => null,
      spot: ({ instanceType }) =>
        [{ at: start, price: instanceType === 'c6i.4xlarge' ? 0.4 : 0.1 }].values(),
    };
    // An hour on the reference of 1 is 48 min of a slot of utility 1.25, a quarter of USD 0.40 an hour.
    expect(bound({ pool, prices })).toBeCloseTo((0.8 * 0.4) / 4, 12);
  });

  it('counts work in the utility of the type that durations are of', () => {
    const worker = { ...defaultParameters.worker, referenceUtilityPerSlot: 0.5 };
    expect(bound({ parameters: { worker, billing: free } })).toBeCloseTo(0.05, 12);
  });

  it('has the volume in it', () => {
    const billing = { ...free, ebsUsdPerGibibyteMonth: 0.073 };
    const pool = aPool({ instances: [anInstance()], disk: { root: 20, data: 80 } });
    const parameters = { worker: defaultParameters.worker, billing };
    expect(bound({ pool, parameters })).toBeCloseTo(0.1 + (100 * 0.073) / 730, 12);
  });

  it.each([
    ['an hour and more before the task', 8.2, 0.1],
    ['within the hour before it', 9.5, 0.04],
    ['while it may run', 11, 0.04],
    ['after it must have ended', 12.1, 0.1],
  ])('with a price that is low only %s', (_, at, expected) => {
    const low = { at: start + at * hour, price: 0.04 };
    const back = { at: low.at + 60, price: 0.1 };
    const prices = spotPrices({ at: start, price: 0.1 }, low, back);
    expect(bound({ prices })).toBeCloseTo(expected, 12);
  });

  it('lets a longer wait reach a price that comes later', () => {
    const prices = spotPrices({ at: start, price: 0.1 }, { at: start + 14 * hour, price: 0.04 });
    expect(bound({ prices })).toBeCloseTo(0.1, 12);
    expect(bound({ prices, wait: 4 * hour })).toBeCloseTo(0.04, 12);
  });

  it('passes over the price of an offer that was never there, and keeps that of one that ended', () => {
    const gone = { at: start, price: 0.01, gone: true as const };
    const late = spotPrices(gone, { at: start + 9.5 * hour, price: 0.1 });
    expect(bound({ prices: late })).toBeCloseTo(0.1, 12);
    const ended = spotPrices({ at: start, price: 0.1 }, { ...gone, at: start + hour, price: 0.1 });
    expect(bound({ prices: ended })).toBeCloseTo(0.1, 12);
  });

  it('looks at the markets of the pool alone, and at on-demand without discounts, as bills do', () => {
    const prices: PriceSource = { ...spotPrices({ at: start, price: 0.1 }), onDemand: () => 0.08 };
    expect(bound({ prices })).toBeCloseTo(0.1, 12);
    const instances = [anInstance({ onDemandDiscount: 0.5 })];
    const both = aPool({ instances, market: spotMarket({ onDemandAfter: 300 }) });
    expect(bound({ pool: both, prices })).toBeCloseTo(0.08, 12);
    const onDemand = aPool({ instances, market: { kind: 'on-demand' } });
    expect(bound({ pool: onDemand, prices: { ...prices, onDemand: () => 0.3 } })).toBeCloseTo(
      0.3,
      12,
    );
  });

  it('looks at every zone', () => {
    const prices: PriceSource = {
      onDemand: () => null,
      spot: ({ zone }) => [{ at: start, price: zone === 'eu-west-1b' ? 0.07 : 0.1 }].values(),
    };
    const regions = [{ region: 'eu-west-1', zones: ['eu-west-1a', 'eu-west-1b'] }];
    expect(bound({ prices, regions })).toBeCloseTo(0.07, 12);
  });
});
