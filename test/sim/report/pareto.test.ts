import { describe, expect, it } from 'vitest';
import { paretoSet } from '../../../sim/report/pareto.ts';
import { handMade, result } from './hand-made-comparison.ts';

const names = (results: Parameters<typeof paretoSet>[0]) =>
  paretoSet(results).map(({ policy }) => policy);

describe('the Pareto set', () => {
  it('has those that no other beats on cost and wait', () => {
    expect(names(handMade.results)).toEqual(['muster', 'static']);
  });

  it('keeps two that are the same in both', () => {
    expect(names([result('a'), result('b')])).toEqual(['a', 'b']);
  });

  it.each([
    ['as cheap and quicker', { usd: 120, p95: 90 }],
    ['cheaper and as quick', { usd: 110, p95: 100 }],
  ])('leaves out one where another is %s', (_, figures) => {
    expect(names([result('a'), result('b', figures)])).toEqual(['b']);
  });

  it('leaves out one that left tasks undone, and does not measure others by it', () => {
    expect(names([result('a'), result('b', { usd: 1, p95: 1, unfinished: 3 })])).toEqual(['a']);
  });

  it('leaves out one that started no task', () => {
    expect(names([result('a', { p95: Number.NaN, usd: 0 }), result('b')])).toEqual(['b']);
  });
});
