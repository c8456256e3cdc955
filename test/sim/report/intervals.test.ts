import { describe, expect, it } from 'vitest';
import type { TimelinePoint } from '../../../sim/compare/result.ts';
import { fleetByInterval, intervalsOver, pricesByInterval } from '../../../sim/report/intervals.ts';

const hour = 3600;
const tenMinutes = { start: 1000, width: 600, count: 3 };

const point = (at: number, busy: number, more: Partial<TimelinePoint> = {}): TimelinePoint => ({
  at,
  busy,
  free: 0,
  booting: 0,
  pending: 0,
  interruptions: 0,
  ...more,
});

describe('intervals', () => {
  it.each([
    [30 * 60, 60, 30],
    [6 * hour, 300, 72],
    [36 * hour, 1800, 72],
    [111 * hour, hour, 111],
    [90 * 24 * hour, 24 * hour, 90],
    [3650 * 24 * hour, 30 * 24 * hour, 122],
    [0, 60, 1],
  ])('a span of %d s is cut into pieces of %d s', (span, width, count) => {
    if (count <= 120) expect(intervalsOver(0, span)).toEqual({ start: 0, width, count });
    else expect(intervalsOver(0, span).count).toBeLessThanOrEqual(120);
  });

  it('takes means of slots, the most of what waits, and the difference of interruptions', () => {
    const timeline = [
      point(1000, 2, { pending: 7, booting: 3, interruptions: 1 }),
      point(1300, 4, { pending: 9, free: 1, interruptions: 2 }),
      point(1600, 10, { interruptions: 2 }),
      point(2200, 20, { interruptions: 5 }),
    ];
    expect(fleetByInterval(timeline, tenMinutes)).toEqual([
      { at: 1000, end: 1600, busy: 3, free: 0.5, booting: 1.5, waiting: 9, interruptions: 2 },
      { at: 1600, end: 2200, busy: 10, free: 0, booting: 0, waiting: 0, interruptions: 0 },
      { at: 2200, end: 2800, busy: 20, free: 0, booting: 0, waiting: 0, interruptions: 3 },
    ]);
  });

  it('keeps the last look where nobody looked, and ends with the last one', () => {
    const fleet = fleetByInterval(
      [point(1000, 2), point(1100, 6, { pending: 1 }), point(2300, 8)],
      {
        ...tenMinutes,
        count: 9,
      },
    );
    expect(fleet.map(({ busy, waiting }) => [busy, waiting])).toEqual([
      [4, 1],
      [6, 1],
      [8, 0],
    ]);
  });

  it('counts a look at the very end within the last interval', () => {
    const fleet = fleetByInterval([point(1000, 2), point(2800, 4)], tenMinutes);
    expect(fleet.map(({ busy }) => busy)).toEqual([2, 2, 4]);
  });

  it('weighs a price by the time that it held', () => {
    const points = [
      { at: 400, price: 1 },
      { at: 1450, price: 5 },
      { at: 2200, price: 2 },
    ];
    // 450 s at 1 and 150 s at 5; 600 s at 5; 600 s at 2.
    expect(pricesByInterval(points, tenMinutes)).toEqual([2, 5, 2]);
  });

  it('knows no price before the first', () => {
    expect(pricesByInterval([{ at: 1900, price: 3 }], tenMinutes)).toEqual([null, 3, 3]);
    expect(pricesByInterval([], tenMinutes)).toEqual([null, null, null]);
  });
});
