import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../../sim/compare/result.ts';
import { headline } from '../../../sim/report/headline.ts';
import { handMade, result } from './hand-made-comparison.ts';

/** As a person reads it. */
function said(comparison: Comparison): string {
  const text = headline(comparison).markup.replace(/<[^>]*>/g, ' ');
  return text
    .replace(/[\s ]+/g, ' ')
    .replace(/ ([.,])/g, '$1')
    .trim();
}

const of = (...results: Comparison['results']): Comparison => ({ ...handMade, results });

describe('the headline', () => {
  it('tells cost, its ratio to the least possible, the wait and how others did', () => {
    expect(said(handMade)).toBe(
      'muster would have cost USD 117, 1.17 times the least possible. ' +
        '95 % of tasks started within 85 s, within the target of 120 s. ' +
        'Of 5 other policies, 4 met the target; the cheapest of these, keda, would have cost USD 150, 28 % more.',
    );
  });

  it('says when the target was missed, and that another was cheaper', () => {
    const results = [
      result('muster', { usd: 150, p95: 130 }),
      result('keda', { usd: 120, p95: 110 }),
    ];
    expect(said(of(...results))).toBe(
      'muster would have cost USD 150, 1.50 times the least possible. ' +
        '95 % of tasks started within 130 s, later than the target of 120 s. ' +
        'Of 1 other policy, 1 met the target; the cheapest of these, keda, would have cost USD 120, 20 % less.',
    );
  });

  it('says so when no other met the target', () => {
    expect(said(of(result('muster'), result('keda', { p95: 121 })))).toContain(
      'Of 1 other policy, none met the target.',
    );
  });

  it('does not count a policy that left tasks undone as one that met the target, and warns', () => {
    const text = said(of(result('muster'), result('keda', { usd: 1, p95: 1, unfinished: 12 })));
    expect(text).toContain('none met the target');
    expect(text).toContain('keda left 12 tasks of 1,000 unfinished when its run ended');
  });

  it('leaves out the ratio where no bound is known', () => {
    const unbound = { ...result('muster', { usd: 88 }), ratioToBound: null };
    expect(said(of(unbound))).toBe(
      'muster would have cost USD 88.00. 95 % of tasks started within 100 s, within the target of 120 s.',
    );
  });

  it('is about the first policy where muster took no part', () => {
    expect(said(of(result('keda'), result('static')))).toMatch(/^keda would have cost/);
  });

  it('says so when no task was started', () => {
    expect(said(of(result('muster', { p95: Number.NaN })))).toContain('No task was started.');
  });
});
