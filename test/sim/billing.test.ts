import { describe, expect, it } from 'vitest';
import { type BilledInstance, instanceCost } from '../../sim/billing.ts';
import { defaultParameters, hoursPerMonth } from '../../sim/parameters.ts';

const { billing } = defaultParameters;
const instance: BilledInstance = {
  market: 'spot',
  launchedAt: 1000,
  endedAt: 1000 + 1800,
  interrupted: false,
  disk: 0,
  priceAt: () => 0.36,
};

describe('the bill of an instance', () => {
  it('is by the second', () => {
    expect(instanceCost(instance, billing)).toBeCloseTo(0.18, 10);
    expect(instanceCost({ ...instance, endedAt: 1000 + 1801 }, billing)).toBeCloseTo(0.1801, 10);
  });

  it('is for a minute at least', () => {
    expect(instanceCost({ ...instance, endedAt: 1001 }, billing)).toBeCloseTo(0.006, 10);
  });

  it('takes for each hour of a spot instance the price at its start', () => {
    // The price doubles half an hour after launch: the first hour is unharmed.
    const priceAt = (time: number) => (time < 1000 + 1800 ? 0.36 : 0.72);
    const bill = { ...instance, priceAt, endedAt: 1000 + 5400 };
    expect(instanceCost(bill, billing)).toBeCloseTo(0.36 + 0.36, 10);
    expect(instanceCost({ ...bill, market: 'on-demand' }, billing)).toBeCloseTo(0.54, 10);
  });

  it('is nothing but the disk when EC2 ends a spot instance in its first hour', () => {
    const disk = (100 * 0.08) / hoursPerMonth;
    const ended = { ...instance, interrupted: true, disk: 100 };
    expect(instanceCost(ended, billing)).toBeCloseTo(disk / 2, 10);
    const later = { ...ended, endedAt: 1000 + 3600 };
    expect(instanceCost(later, billing)).toBeCloseTo(disk + 0.36, 10);
  });
});
