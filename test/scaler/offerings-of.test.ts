import { describe, expect, it } from 'vitest';
import { hourlyPrice } from '../../scaler/aws/on-demand-prices.ts';
import { offeringsOf } from '../../scaler/aws/prices.ts';
import { priceEntry } from './price-entry.ts';
import { region } from './samples.ts';

describe('offeringsOf', () => {
  const known = { region, instanceType: 'c6i.xlarge', zones: ['a', 'b'] } as const;
  const onDemand = { price: 0.2, source: 'live' } as const;

  it('takes a zone that is left out to have no such type', () => {
    const spot = [{ zone: 'a', price: 0.1, source: 'live' }] as const;
    const offerings = offeringsOf({ ...known, spot, onDemand });
    expect(offerings.map(({ zone, market, price }) => [zone, market, price])).toEqual([
      ['a', 'spot', 0.1],
      ['a', 'on-demand', 0.2],
      ['b', 'spot', null],
      ['b', 'on-demand', null],
    ]);
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
