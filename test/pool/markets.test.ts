import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { marketsOf } from '../../pool/markets.ts';
import { changed } from './sample.ts';

const both = ['spot', 'on-demand'];

describe('the groups of a pool', () => {
  it.each([
    ['on-demand', ['on-demand']],
    ['spot', both],
    ['{ spot: {}, onDemandAfter: 0s }', both],
    ['{ spot: {}, onDemandAfter: never }', ['spot']],
    ['{ spot: {}, onDemandAfter: never, onDemandBase: 1 }', both],
    ['{ spot: {}, onDemandAfter: never, onDemandShare: 0.01 }', both],
  ])('with market %s are for %s', (market, markets) => {
    const [pool] = parseFleet(changed('{ spot: { maxPrice: 0.30 } }', market), 'f').pools;
    expect(pool && marketsOf(pool)).toEqual(markets);
  });
});
