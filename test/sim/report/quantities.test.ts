import { describe, expect, it } from 'vitest';
import {
  count,
  duration,
  minute,
  percent,
  span,
  tickTime,
  usd,
} from '../../../sim/report/quantities.ts';

const nothing = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('quantities for people', () => {
  it.each([
    [0, '0 s'],
    [2.43, '2.4 s'],
    [85, '85 s'],
    [156.96, '157 s'],
    [300, '300 s'],
    [600, '600 s'],
    [750, '12.5 min'],
    [3600, '60 min'],
    [5 * 3600, '5 h'],
    [100 * 3600, '100 h'],
  ])('a wait of %d s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [60, '1 min'],
    [1800, '30 min'],
    [6 * 3600, '6 h'],
    [111 * 3600, '111 h'],
    [86_400, '1 day'],
    [14 * 86_400, '14 days'],
    [90.5, '90.5 s'],
    [0, '0 s'],
  ])('a chosen length of %d s is %s', (seconds, text) => {
    expect(span(seconds)).toBe(text);
  });

  it.each([
    [0, '0.00'],
    [3.456, '3.46'],
    [99.99, '99.99'],
    [812.4, '812'],
    [12_345.6, '12,346'],
  ])('%d USD is %s', (value, text) => {
    expect(usd(value)).toBe(text);
  });

  it.each(nothing)('%d is a dash', (value) => {
    expect([duration(value), usd(value), percent(value)]).toEqual(['–', '–', '–']);
  });

  it('counts one and several', () => {
    expect([count(1, 'task'), count(2000, 'task'), count(0, 'policy', 'policies')]).toEqual([
      '1 task',
      '2,000 tasks',
      '0 policies',
    ]);
  });

  it('tells times in UTC', () => {
    const at = Date.UTC(2023, 2, 6, 13, 5) / 1000;
    expect([minute(at), tickTime(at), tickTime(at - (at % 86_400)), percent(0.2625)]).toEqual([
      '2023-03-06 13:05',
      '13:05',
      'Mar 6',
      '26.3 %',
    ]);
  });
});
