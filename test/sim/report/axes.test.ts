import { describe, expect, it } from 'vitest';
import { costAxis } from '../../../sim/report/cost-axis.ts';
import { timeAxis } from '../../../sim/report/time-axis.ts';
import { waitAxis } from '../../../sim/report/wait-axis.ts';
import { result, start } from './hand-made-comparison.ts';

const desk = { width: 880, narrow: false };
const phone = { width: 343, narrow: true };

describe('the axis of waits', () => {
  it('has round times within it, at most as many as asked for', () => {
    const axis = waitAxis([0, 85, 172_800]);
    expect(axis.scale.domain).toEqual([1, 172_800]);
    expect(axis.ticks(8)).toEqual([2, 10, 60, 300, 1800, 7200, 28_800, 172_800]);
    for (const most of [3, 5, 8]) expect(axis.ticks(most).length).toBeLessThanOrEqual(most);
  });

  it('spans a factor of ten at least, so that equal waits have an axis', () => {
    expect(waitAxis([30, 30]).scale.domain).toEqual([30, 300]);
  });

  it('marks where shorter waits are drawn', () => {
    const axis = waitAxis([0, 100]);
    expect([axis.label(1), axis.label(60), axis.label(7200)]).toEqual(['≤ 1 s', '60 s', '2 h']);
  });
});

describe('the axis of cost', () => {
  it('is in multiples of the least possible where that is known for all', () => {
    const axis = costAxis([result('a', { usd: 120 }), result('b', { usd: 300 })]);
    expect(axis.scale.type).toBe('linear');
    expect([axis.of(result('a', { usd: 120 })), axis.label(1.5), axis.least]).toEqual([
      1.2,
      '1.5×',
      [1],
    ]);
  });

  it('is in USD where it is not', () => {
    const unbound = { ...result('b', { usd: 300 }), ratioToBound: null };
    const axis = costAxis([result('a', { usd: 120 }), unbound]);
    expect([axis.of(unbound), axis.label(1500), axis.least]).toEqual([300, '1,500', []]);
  });

  it('is logarithmic where costs differ widely, with round ticks', () => {
    const axis = costAxis([result('a', { usd: 120 }), result('b', { usd: 4000 })]);
    expect(axis.scale.type).toBe('log');
    expect(axis.ticks(8)).toEqual([1, 2, 5, 10, 20]);
    expect(axis.ticks(3)).toEqual([1, 5, 20]);
  });
});

describe('the axis of time', () => {
  it.each([
    [desk, 36, ['Mar 6', '06:00', '12:00', '18:00', 'Mar 7', '06:00', '12:00']],
    [phone, 36, ['Mar 6', '12:00', 'Mar 7', '12:00']],
    [
      desk,
      111,
      ['Mar 6', '12:00', 'Mar 7', '12:00', 'Mar 8', '12:00', 'Mar 9', '12:00', 'Mar 10', '12:00'],
    ],
    [phone, 111, ['Mar 6', 'Mar 7', 'Mar 8', 'Mar 9', 'Mar 10']],
  ])('names days where they begin: %o, %d h', (size, hours, labels) => {
    const { x = {} } = timeAxis({ start, width: 3600, count: hours }, size);
    const format = x.tickFormat as (at: number) => string;
    const shown = (x.ticks as number[]).map(format);
    expect(shown.slice(0, labels.length)).toEqual(labels);
    expect(shown.length).toBeLessThanOrEqual(labels.length + 1);
  });
});
