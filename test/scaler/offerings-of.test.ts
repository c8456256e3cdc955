import { describe, expect, it } from 'vitest';
import { offeringsOf } from '../../scaler/aws/offerings-of.ts';
import { hourlyPrice } from '../../scaler/aws/on-demand-prices.ts';
import { priceEntry } from './price-entry.ts';
import { region } from './samples.ts';

describe('offeringsOf', () => {
  const known = {
    region,
    instanceType: 'c6i.xlarge',
    zones: ['a', 'b'],
    interruptionBucket: 3,
  } as const;
  const onDemand = { price: 0.2, source: 'live' } as const;

  it('takes a zone that is left out to have no such type', () => {
    const spot = [{ zone: 'a', price: 0.1, source: 'live', meanPrice: 0.12 }] as const;
    const offerings = offeringsOf({ ...known, spot, onDemand });
    expect(offerings.map(({ zone, market, price }) => [zone, market, price])).toEqual([
      ['a', 'spot', 0.1],
      ['a', 'on-demand', 0.2],
      ['b', 'spot', null],
      ['b', 'on-demand', null],
    ]);
  });

  it('tells beside a spot price the mean, the on-demand price and how often it is interrupted', () => {
    const spot = [{ zone: 'a', price: 0.1, source: 'live', meanPrice: 0.12 }] as const;
    const [ofSpot, ofOnDemand] = offeringsOf({ ...known, spot, onDemand });
    expect(ofSpot).toMatchObject({ meanPrice: 0.12, onDemandPrice: 0.2, interruptionBucket: 3 });
    expect(ofOnDemand).toMatchObject({
      meanPrice: null,
      onDemandPrice: 0.2,
      interruptionBucket: null,
    });
    const [unpriced] = offeringsOf({ ...known, spot: null, onDemand });
    expect(unpriced).toMatchObject({ price: 0.2, priceSource: 'on-demand', meanPrice: null });
  });

  it('offers on-demand in every zone of a type that has no spot market', () => {
    const offerings = offeringsOf({ ...known, spot: [], onDemand });
    expect(offerings.filter(({ price }) => price === 0.2).map(({ market }) => market)).toEqual([
      'on-demand',
      'on-demand',
    ]);
  });
});

describe('hourlyPrice', () => {
  it.each([
    [priceEntry('0.34'), 0.34],
    [priceEntry('0.0000000000'), null],
    [priceEntry('12', 'Quantity'), null],
    ['{"terms":{}}', null],
    ['<html>', null],
  ])('reads %s as %s', (entry, price) => {
    expect(hourlyPrice(entry)).toBe(price);
  });
});
