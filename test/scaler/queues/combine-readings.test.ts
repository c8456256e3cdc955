import { describe, expect, it } from 'vitest';
import type { PoolReading } from '../../../scaler/ports.ts';
import { combineReadings } from '../../../scaler/queues/combine-readings.ts';

const known = (
  pending: number,
  claimed: number | null,
  oldestPendingAge: number | null,
  change: Partial<PoolReading> = {},
): PoolReading =>
  ({ status: 'known', readAt: 100, pending, claimed, oldestPendingAge, ...change }) as PoolReading;

const worker = (name: string, busySlots: number) => ({
  name,
  busySlots,
  capacity: 2,
  taking: true,
});

describe('combined readings', () => {
  it.each([
    ['adds', 'sum', [known(3, 2, 10), known(4, 1, 50)], [7, 3, 50]],
    ['takes the largest of', 'maximum', [known(3, 2, 10), known(4, 1, 50)], [4, 2, 50]],
    [
      'a sum does not know what one does not tell of',
      'sum',
      [known(1, null, 5), known(1, 2, 6)],
      [2, null, 6],
    ],
    [
      'a maximum is of those that tell',
      'maximum',
      [known(1, null, null), known(1, 2, 6)],
      [1, 2, 6],
    ],
    [
      'a sum has no age while one with tasks tells none',
      'sum',
      [known(1, 0, null), known(1, 0, 6)],
      [2, 0, null],
    ],
    ['an empty source needs no age', 'sum', [known(0, 0, null), known(1, 0, 6)], [1, 0, 6]],
  ] as const)('%s: %s', (_case, rule, readings, [pending, claimed, oldestPendingAge]) => {
    expect(combineReadings(rule, readings)).toMatchObject({ pending, claimed, oldestPendingAge });
  });

  it.each(['sum', 'maximum'] as const)('a %s is unknown while one is', (rule) => {
    const one = { status: 'unknown', error: 'it is away' } as const;
    const combined = combineReadings(rule, [known(9, 9, 9), one]);
    expect(combined).toMatchObject({ status: 'unknown', error: 'it is away' });
  });

  it('is as old as its oldest part', () => {
    const old = known(1, 1, 1, { readAt: 40 });
    expect(combineReadings('sum', [known(1, 1, 1), old])).toMatchObject({ readAt: 40 });
  });

  it('knows each worker once, as busy as anyone says, when all tell of workers', () => {
    const one = known(0, 0, null, { workers: [worker('a', 1), worker('b', 0)] });
    const other = known(0, 0, null, { workers: [worker('a', 2)] });
    expect(combineReadings('sum', [one, other]).workers).toEqual([worker('a', 2), worker('b', 0)]);
    expect(combineReadings('sum', [one, known(0, 0, null)]).workers).toBeUndefined();
  });
});
