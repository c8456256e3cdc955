import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShare } from '../../scaler/decide/fair-share.ts';

describe('fairShare', () => {
  it.each([
    ['all get what they want', { a: 2, b: 3 }, 9, { a: 2, b: 3 }],
    ['the small one is served whole', { a: 1, b: 90, c: 90 }, 11, { a: 1, b: 5, c: 5 }],
    ['a remainder goes to the first by name', { b: 9, a: 9 }, 7, { a: 4, b: 3 }],
    ['nothing to share', { a: 1 }, 0, { a: 0 }],
  ])('%s', (_, wanted, available, shares) => {
    expect(Object.fromEntries(fairShare(new Map(Object.entries(wanted)), available))).toEqual(
      shares,
    );
  });

  it('is max-min fair and gives out all that is wanted or there', () => {
    const wants = fc.dictionary(fc.string({ maxLength: 4 }), fc.nat(1_000), { maxKeys: 20 });
    fc.assert(
      fc.property(wants, fc.nat(5_000), (given, available) => {
        const wanted = new Map(Object.entries(given));
        const shares = fairShare(wanted, available);
        const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
        const all = [...wanted.values()].reduce((sum, want) => sum + want, 0);
        expect(total).toBe(Math.min(all, available));
        const most = Math.max(0, ...shares.values());
        for (const [name, want] of wanted) {
          const share = shares.get(name)!;
          expect(share).toBeLessThanOrEqual(want);
          // Whoever got less than wanted got as much as anyone, to within the one left over.
          if (share < want) expect(share).toBeGreaterThanOrEqual(most - 1);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
