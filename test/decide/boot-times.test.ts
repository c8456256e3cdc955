import { describe, expect, it } from 'vitest';
import {
  addBootTimes,
  bootTimeOf,
  noBootTimes,
  readiness,
} from '../../scaler/decide/boot-times.ts';

describe('addBootTimes', () => {
  it('adds what was seen at one look shortest first, after what was known', () => {
    expect(addBootTimes(noBootTimes, [90, 30])).toEqual([120, 30, 90]);
  });

  it('keeps the latest fifty, so that what was assumed is forgotten', () => {
    const many = Array.from({ length: 50 }, (_, index) => index + 1);
    expect(addBootTimes(noBootTimes, many)).toEqual(many);
    expect(addBootTimes(many, [60])).toEqual([...many.slice(1), 60]);
  });

  it('learns nothing from a worker that seems to have spoken before it was launched', () => {
    expect(addBootTimes([60], [])).toEqual([60]);
    expect(addBootTimes([60], [0, -3])).toEqual([60]);
    expect(addBootTimes([60], [0, 70])).toEqual([60, 70]);
  });
});

describe('readiness', () => {
  it.each([
    // Three of four are done in 60 s: 20 s before then, and just then.
    ['a boot that starts now', [40, 60, 60, 100], 60, 0, 3 / 4, 20 / 4],
    // Of those longer than 50 s two have 10 s left, 10 s before then, and one 50 s.
    ['a boot under way', [40, 60, 60, 100], 20, 50, 2 / 3, 20 / 3],
    ['one as old as the second slowest', [40, 60, 60, 100], 40, 60, 1, 0],
    ['and a second too soon', [40, 60, 60, 100], 39, 60, 0, 0],
    ['one as old as the slowest', [40, 60, 60, 100], 1e9, 100, 0, 0],
    ['one older than all', [40], 1e9, 500, 0, 0],
    ['no time at all', [40], 0, 0, 0, 0],
    ['slots that take no time', [0], 0, 0, 1, 0],
  ])('%s', (_, boots, within, age, share, time) => {
    const ready = readiness(boots, within, age);
    expect(ready.share).toBeCloseTo(share, 12);
    expect(ready.time).toBeCloseTo(time, 12);
  });
});

describe('bootTimeOf', () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index + 1);

  it.each([
    [[10, 20, 30, 40], 0.75, 30],
    [[10, 20, 30, 40], 0.76, 40],
    [[10, 20, 30, 40], 0, 10],
    [[10, 20, 30, 40], 1, 40],
    [[70], 0.95, 70],
    // 0.95 x 20 is 19, whatever binary fractions make of it.
    [twenty, 0.95, 19],
    [twenty, 0.55, 11],
  ])('of %j the share %f: %i s', (boots, share, seconds) => {
    expect(bootTimeOf(boots, share)).toBe(seconds);
  });
});
