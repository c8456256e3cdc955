import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import type { MarketPolicy } from '../../pool/pool.ts';
import { noCap, plainSpot } from './plain-spot.ts';
import { changed } from './sample.ts';

function marketOf(text: string): MarketPolicy | undefined {
  return parseFleet(text, 'f').pools[0]?.market;
}

describe('a pool', () => {
  it.each<[string, MarketPolicy]>([
    ['spot', plainSpot],
    ['on-demand', { kind: 'on-demand' }],
    ['ondemand', { kind: 'on-demand' }],
    [
      '{ spot: { priceMultiplier: 1.15, maxPrice: null }, onDemandAfter: never }',
      { ...plainSpot, price: { ...noCap, priceMultiplier: 1.15 }, onDemandAfter: null },
    ],
    ['{ spot: {}, onDemandAfter: 0s }', { ...plainSpot, onDemandAfter: 0 }],
    [
      '{ spot: { maxPricePerUtility: 0.05, aboveOnDemand: true } }',
      { ...plainSpot, price: { ...noCap, maxPricePerUtility: 0.05, aboveOnDemand: true } },
    ],
    [
      '{ spot: { bid: { maxPrice: 6 }, price: max, product: Windows } }',
      {
        ...plainSpot,
        price: { kind: 'bid', minPrice: 0, maxPrice: 6 },
        priceHistory: { statistic: 'max', window: 1_800, product: 'Windows' },
      },
    ],
    [
      '{ spot: { bid: { minPrice: 8, maxPrice: 10 }, price: mean, window: 1h } }',
      {
        ...plainSpot,
        price: { kind: 'bid', minPrice: 8, maxPrice: 10 },
        priceHistory: { statistic: 'mean', window: 3_600, product: 'Linux/UNIX' },
      },
    ],
    [
      '{ spot: {}, onDemandAfter: never, onDemandBase: 2, onDemandShare: 0.2 }',
      { ...plainSpot, onDemandAfter: null, onDemandBase: 2, onDemandShare: 0.2 },
    ],
  ])('buys by market %s', (market, expected) => {
    expect(marketOf(changed('{ spot: { maxPrice: 0.30 } }', market))).toEqual(expected);
  });

  it('without a market buys spot with no cap', () => {
    const text = changed('    market: { spot: { maxPrice: 0.30 } }\n', '');
    expect(marketOf(text)).toEqual(plainSpot);
  });
});
