import { describe, expect, it } from 'vitest';
import { capacityChange, spotBid } from '../../scaler/decide/old-provisioner.ts';

// The vectors of the Taskcluster AWS provisioner's own tests, as facts.
describe('capacity change of the Taskcluster AWS provisioner', () => {
  it.each([
    // expected, running, booting, pending, min, max, ratio
    [0, 0, 0, 0, 0, 20, 0],
    [1, 0, 0, 0, 1, 20, 0],
    [5, 0, 0, 5, 0, 20, 0],
    [5, 5, 0, 5, 0, 20, 0],
    [0, 5, 5, 5, 0, 20, 0],
    [0, 0, 5, 5, 0, 20, 0],
    [-5, 0, 10, 5, 0, 20, 0],
    [-5, 5, 10, 5, 0, 20, 0],
    [20, 0, 0, 20, 1, 20, 0],
    [20, 0, 0, 30, 1, 20, 0],
    [1, 0, 0, 0, 1, 1000, 0.2],
    [1000, 0, 0, 10_000, 0, 1000, 0.2],
    [960, 0, 40, 10_000, 0, 1000, 0.2],
    [1, 0, 0, 0, 1, 1000, -0.2],
  ])('%i for %i running, %i booting, %i pending, %i to %i, ratio %f', (expected, ...given) => {
    const [running, booting, pending, min, max, ratio] = given as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    expect(capacityChange({ running, booting, pending, min, max, ratio })).toBe(expected);
  });
});

describe('spot bid of the Taskcluster AWS provisioner', () => {
  it.each([
    ['twice the price', 3, 2, 0, 6, { bid: 6, pricePerUtility: 1.5 }],
    ['of the cheaper region', 2, 2, 0, 6, { bid: 4, pricePerUtility: 1 }],
    ['the minimum price per utility instead', 2, 2, 8, 10, { bid: 4, pricePerUtility: 1 }],
    ['none above the maximum price per utility', 14, 2, 0, 6, null],
  ] as const)('%s', (_, price, utility, minPrice, maxPrice, expected) => {
    expect(spotBid({ price, utility, minPrice, maxPrice, bias: 1 })).toEqual(expected);
  });
});
