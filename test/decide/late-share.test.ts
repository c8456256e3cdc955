import { describe, expect, it } from 'vitest';
import { safetyMargin, updateLateShare } from '../../scaler/decide/late-share.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { QueueReading } from '../../scaler/decide/observation.ts';
import { aMemory, anObservation, known, now } from './situations.ts';

const pool = { wait: 120 };

function shareAfter(queue: QueueReading, change: Partial<Memory>, finished = 0): number {
  const finishedTasks = new Array(finished).fill({ instanceType: 'c6i.xlarge', duration: 60 });
  const memory = aMemory({ lateShare: 0.5, ...change });
  return updateLateShare(pool, memory, anObservation({ queue, finishedTasks }));
}

/** The share after so many tasks, of which these were late. */
function moved(started: number, late: number): number {
  const kept = Math.exp(-started / 4_000);
  return 0.5 * kept + (1 - kept) * (late / started);
}

describe('updateLateShare', () => {
  const waiting = [
    { arrivedAt: now - 200, tasks: 3 },
    { arrivedAt: now - 50, tasks: 5 },
  ];

  it('counts the oldest as those that started', () => {
    // Four of eight started: the three that waited for 190 s or more, and one for 50 s.
    expect(shareAfter(known(4, 4), { waiting })).toBeCloseTo(moved(4, 3), 12);
  });

  it('counts those that finished since as started', () => {
    // As many run as before, and two finished; two new ones came.
    expect(shareAfter(known(8, 4), { waiting, claimed: 4 }, 2)).toBeCloseTo(moved(2, 2), 12);
  });

  it('counts those that nobody saw waiting as in time', () => {
    const two = [{ arrivedAt: now - 200, tasks: 2 }];
    expect(shareAfter(known(0, 8), { waiting: two })).toBeCloseTo(moved(8, 2), 12);
  });

  it.each([
    // An age of 131 s is known to the 10 s between two looks: 121 s or more.
    [130, 0],
    [131, 1],
  ])('takes one that came %i s ago for late: %i', (age, late) => {
    const one = [{ arrivedAt: now - age, tasks: 1 }];
    expect(shareAfter(known(0, 1), { waiting: one })).toBeCloseTo(moved(1, late), 12);
  });

  it('forgets to 1/e in 4,000 tasks', () => {
    const many = [{ arrivedAt: now - 50, tasks: 4_000 }];
    expect(shareAfter(known(0, 4_000), { waiting: many })).toBeCloseTo(0.5 / Math.E, 12);
  });

  it('is not moved while nothing starts, or nothing is known', () => {
    expect(shareAfter(known(8, 0), { waiting })).toBe(0.5);
    expect(shareAfter({ status: 'unknown', error: 'down' }, { waiting, claimed: 3 })).toBe(0.5);
  });
});

describe('safetyMargin', () => {
  it.each([
    [0, 0],
    [0.03, 0],
    [0.04, 0.12],
    [0.05, 0.24],
    // 12 x (11.4 - 3) % is more than as much again.
    [0.114, 1],
    [1, 1],
  ])('of %f late: %f', (lateShare, margin) => {
    expect(safetyMargin({ lateShare })).toBeCloseTo(margin, 12);
  });
});
