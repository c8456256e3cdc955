import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../sim/random.ts';
import { findGaps } from '../../../sim/traces/gaps.ts';

const hour = 3600;
const day = 24 * hour;

/** Random arrivals of a mean spacing, outside of the times left out. */
function arrivals(
  span: number,
  spacing: number,
  leftOut: readonly (readonly [from: number, to: number])[],
): number[] {
  const random = randomStream(7, 'arrivals');
  const times: number[] = [];
  for (let at = random.exponential(spacing); at < span; at += random.exponential(spacing)) {
    if (!leftOut.some(([from, to]) => at >= from && at < to)) times.push(at);
  }
  return times;
}

/** Silent from `from` to `to` o'clock on each of the days. */
const daily = (days: readonly number[], from: number, to: number) =>
  days.map((index) => [index * day + from * hour, index * day + to * hour] as const);

const week = [0, 1, 2, 3, 4, 5, 6];
const workdays = [0, 1, 2, 3, 4];
const nights = daily(week, 20, 32);
const lateness = randomStream(7, 'lateness');
const hourly = Array.from({ length: 100 }, (_, index) => index * hour + 60 * lateness.uniform());
const weekend = [[5 * day - 4 * hour, 7 * day + 8 * hour]] as const;

describe('findGaps', () => {
  it.each([
    ['random arrivals', arrivals(week.length * day, 60, [])],
    ['rare random arrivals', arrivals(90 * day, 2 * hour, [])],
    ['quiet nights', arrivals(7 * day, 60, nights)],
    [
      'quiet nights and a weekend',
      arrivals(14 * day, 60, [...daily([...workdays, 7, 8, 9, 10], 20, 32), ...weekend]),
    ],
    [
      'one day with its night',
      arrivals(day, 60, [
        [0, 0],
        [15 * hour, 23 * hour],
      ]),
    ],
    ['an hour of maintenance each night', arrivals(7 * day, 30, daily(week, 3, 4))],
    [
      'bursts on the hour',
      Array.from(
        { length: 800 },
        (_, index) => Math.floor(index / 100) * hour + (index % 100) / 50,
      ),
    ],
    ['a run missed of those each hour', hourly.filter((_, index) => index !== 30)],
    ['too few tasks to tell', [0, 1, 2, 3, 4, 5, 2 * hour]],
    ['one task', [5]],
    ['no task', []],
  ])('finds none in %s', (_, times) => {
    expect(findGaps(times)).toEqual([]);
  });

  it.each([
    ['of 20 minutes in a busy day', arrivals(10 * hour, 10, [[4 * hour, 4.4 * hour]]), 1],
    ['of two hours in a busy week', arrivals(7 * day, 60, [[2 * day, 2 * day + 2 * hour]]), 1],
    [
      'two alike',
      arrivals(10 * hour, 10, [
        [2 * hour, 3 * hour],
        [6 * hour, 7 * hour],
      ]),
      2,
    ],
    ['of eight hours where nights are busy', arrivals(7 * day, 60, [[2 * day, 2.4 * day]]), 1],
    [
      'of five days among quiet nights',
      arrivals(14 * day, 60, [...nights, [7 * day, 12 * day]]),
      1,
    ],
    [
      'of two hours among quiet nights',
      arrivals(3 * day, 20, [...daily([0, 1], 20, 32), [2.5 * day, 2.5 * day + 2 * hour]]),
      1,
    ],
  ])('finds a gap %s', (_, times, count) => {
    expect(findGaps(times)).toHaveLength(count);
  });

  it('names the task that ends it, longest gap first', () => {
    const steady = Array.from({ length: 60 }, (_, index) => index * 10);
    const times = steady.map(
      (at, index) => at + (index >= 20 ? 2000 : 0) + (index >= 40 ? 9000 : 0),
    );
    expect(findGaps(times)).toEqual([
      { index: 40, duration: 9010 },
      { index: 20, duration: 2010 },
    ]);
  });
});
