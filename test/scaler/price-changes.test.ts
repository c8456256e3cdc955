import { describe, expect, it } from 'vitest';
import { countingPrice, meanPrice, merged, withoutOlder } from '../../scaler/aws/price-changes.ts';

/** 1 until 100, 3 until 160, then 2. */
const changes = [
  { price: 1, since: 0 },
  { price: 3, since: 100 },
  { price: 2, since: 160 },
];

describe('countingPrice', () => {
  it.each([
    ['latest', 50, 200, 2],
    ['latest', 50, 160, 2],
    ['latest', 50, 159, 3],
    ['max', 50, 200, 3],
    ['max', 40, 200, 2], // 3 ended as the window began.
    ['max', 41, 200, 3],
    ['mean', 40, 200, 2],
    ['mean', 100, 200, (3 * 60 + 2 * 40) / 100],
    ['mean', 200, 200, (1 * 100 + 3 * 60 + 2 * 40) / 200],
    // Known only from 0 on: over what is known.
    ['mean', 1_000, 200, (1 * 100 + 3 * 60 + 2 * 40) / 200],
    ['mean', 0, 200, 2],
    ['latest', 50, -1, null],
    ['mean', 50, -1, null],
    ['max', 50, -1, null],
  ] as const)('%s over %d s at %d is %s', (statistic, window, now, price) => {
    const found = countingPrice(changes, { statistic, window }, now);
    if (price === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(price, 12);
  });
});

describe('meanPrice', () => {
  it('weighs by time, not by the number of changes', () => {
    const busyHour = Array.from({ length: 60 }, (_, i) => ({ price: 9, since: 82_800 + i * 60 }));
    const quietDay = [{ price: 1, since: -1 }, ...busyHour];
    expect(meanPrice(quietDay, 86_400, 86_400)).toBeCloseTo((23 + 9) / 24, 12);
  });

  it('knows nothing of nothing', () => {
    expect(meanPrice([], 86_400, 0)).toBeNull();
  });
});

describe('keeping changes', () => {
  it('keeps the one in force at the start of what is needed', () => {
    expect(withoutOlder(changes, 130)).toEqual(changes.slice(1));
    expect(withoutOlder(changes, 100)).toEqual(changes.slice(1));
    expect(withoutOlder(changes, 99)).toEqual(changes);
    expect(withoutOlder(changes, -5)).toEqual(changes);
    expect(withoutOlder(changes, 1_000)).toEqual(changes.slice(2));
  });

  it('merges in order of time, each change once', () => {
    const [first, second, third] = changes as [
      (typeof changes)[0],
      (typeof changes)[0],
      (typeof changes)[0],
    ];
    expect(merged([first, second], [third, second])).toEqual(changes);
    expect(merged([third], [first, second])).toEqual(changes);
  });
});
