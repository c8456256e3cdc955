import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget, SpotPriceRule } from '../../pool/pool.ts';
import { openUntil } from '../../scaler/decide/breaker.ts';
import { addSpend, budgetState } from '../../scaler/decide/budget.ts';
import { declaredCap } from '../../scaler/decide/price-cap.ts';

const open = Number.POSITIVE_INFINITY;
const rule = { kind: 'cap', maxPrice: null, priceMultiplier: null, maxPricePerUtility: null };
const type = {
  price: 0.1,
  utility: 2,
  meanPrice: 0.2 as number | null,
  maxPrice: null as number | null,
};

function capOf(given: SpotPriceRule, of: Partial<typeof type> = {}): number {
  const { price, utility, meanPrice, maxPrice } = { ...type, ...of };
  return declaredCap(given, price, utility, meanPrice, maxPrice);
}

describe('declaredCap', () => {
  it.each([
    ['nothing is declared', {}, {}, open],
    ['a fixed cap', { maxPrice: 0.3 }, {}, 0.3],
    ['a multiple of the mean', { priceMultiplier: 1.15 }, {}, 0.23],
    ['the multiple is capped', { priceMultiplier: 2, maxPrice: 0.3 }, {}, 0.3],
    ['the mean is not known', { priceMultiplier: 2, maxPrice: 0.3 }, { meanPrice: null }, 0.3],
    ['per utility', { maxPricePerUtility: 0.06 }, {}, 0.12],
    ["the type's own", { maxPrice: 0.3 }, { maxPrice: 0.05 }, 0.05],
  ])('%s', (_, change, of, limit) => {
    const changed = { aboveOnDemand: false, ...rule, ...change } as SpotPriceRule;
    expect(capOf(changed, of)).toBeCloseTo(limit, 12);
  });

  it('is the bid of the Taskcluster provisioner where the pool says so', () => {
    const bid = { kind: 'bid', minPrice: 0, maxPrice: 0.06 } as const;
    expect(capOf(bid)).toBe(0.2);
    expect(capOf({ ...bid, maxPrice: 0.04 })).toBe(0);
  });
});

describe('budget', () => {
  const noon = Date.UTC(2026, 1, 28, 12) / 1000;
  const budget: Budget = { usd: 10, per: 'day', alertAt: 0.8, cap: true };

  it('adds rate times time', () => {
    const start = addSpend(null, { at: noon, rate: 3, per: 'day' });
    const later = addSpend(start, { at: noon + 7_200, rate: 3, per: 'day' });
    expect(later.usd).toBeCloseTo(6, 12);
    expect(budgetState(budget, later)).toBe('within');
    expect(budgetState(budget, { ...later, usd: 8 })).toBe('alert');
    expect(budgetState(budget, { ...later, usd: 10 })).toBe('spent');
  });

  it('starts anew at midnight, with what fell after it', () => {
    const start = addSpend(null, { at: noon, rate: 3, per: 'day' });
    const next = addSpend(start, { at: noon + 13 * 3_600, rate: 3, per: 'day' });
    expect(next.usd).toBeCloseTo(3, 12);
  });

  it('knows the first of any month', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2399-12-31'), noInvalidDate: true }),
        (date) => {
          const { since } = addSpend(null, { at: date.getTime() / 1000, rate: 0, per: 'month' });
          expect(since * 1000).toBe(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('openUntil', () => {
  const breaker = { count: 3, within: 900, pause: 1_800 };

  it.each([
    ['too few', [0, 10], null],
    ['enough in time', [0, 10, 900], 2_700],
    ['too slow', [0, 10, 901], null],
    ['the latest such run counts', [0, 10, 20, 1_000], 1_820],
  ])('%s', (_, events, until) => {
    expect(openUntil(breaker, events)).toBe(until);
  });
});
