import { describe, expect, it } from 'vitest';
import { countCompletions, slotTime } from '../../scaler/decide/slot-time.ts';
import { takeIn } from '../../scaler/decide/take-in.ts';
import { aMemory, anObservation, aPool, known, now } from './situations.ts';

const taskDuration = { mean: 300, deviation: 0, samples: 20 };

describe('countCompletions', () => {
  const completions = { finished: 8, busy: 4_000 };

  it('adds what finished and the slot-seconds in use since the decision before', () => {
    const none = { finished: 0, busy: 0 };
    const before = { completions: none, claimed: 12, decidedAt: now - 10, taskDuration };
    expect(countCompletions(before, now, 3)).toEqual({ finished: 3, busy: 120 });
  });

  it('lets both fall to 1/e in 900 s', () => {
    const after = countCompletions(
      { completions, claimed: 2, decidedAt: now - 900, taskDuration },
      now,
      1,
    );
    expect(after.finished).toBeCloseTo(8 / Math.E + 1, 12);
    expect(after.busy).toBeCloseTo(4_000 / Math.E + 2 * 900, 9);
  });

  it('knows of no time in use before the first decision, nor when the clock went back', () => {
    expect(
      countCompletions({ completions, claimed: 5, decidedAt: null, taskDuration }, now, 3),
    ).toBe(completions);
    const back = countCompletions(
      { completions, claimed: 5, decidedAt: now + 60, taskDuration },
      now,
      0,
    );
    expect(back).toEqual(completions);
  });

  it('counts no finished task while the queue does not tell what is claimed', () => {
    const before = { completions, claimed: null, decidedAt: now - 900, taskDuration };
    const after = countCompletions(before, now, 100);
    expect(after.finished).toBeCloseTo(8 / Math.E, 12);
    expect(after.busy).toBeCloseTo(4_000 / Math.E, 9);
  });
});

describe('countCompletions, where nobody tells of finished tasks', () => {
  it('counts no time in use, which would have no end', () => {
    const never = { mean: 300, deviation: 150, samples: 0 };
    const none = { finished: 0, busy: 0 };
    const before = { completions: none, claimed: 100, decidedAt: now - 10, taskDuration: never };
    expect(countCompletions(before, now, 0)).toEqual(none);
    expect(countCompletions(before, now, 2)).toEqual({ finished: 2, busy: 1_000 });
  });
});

describe('slotTime', () => {
  it('is the mean duration before anything is known', () => {
    expect(slotTime({ completions: { finished: 0, busy: 0 }, taskDuration })).toBe(300);
  });

  it('is what each completion took of slots, the mean duration counting for five', () => {
    // (5,000 + 5 x 300) / (5 + 5).
    expect(slotTime({ completions: { finished: 5, busy: 5_000 }, taskDuration })).toBe(650);
  });

  it('grows while long tasks run and nothing finishes', () => {
    // 100 tasks of 300 s have finished; ten run on for an hour, and none of them is a sample.
    let memory = aMemory({
      taskDuration,
      claimed: 10,
      completions: { finished: 100, busy: 30_000 },
    });
    for (let at = now; at < now + 3_600; at += 10) {
      const queue = known(0, 10, { readAt: at });
      memory = { ...takeIn(aPool(), memory, anObservation({ at, queue })).memory, decidedAt: at };
    }
    // Of the past, 1/e^4 counts: (10 x 900 + 5 x 300) / 5 less what little is left of both.
    expect(memory.taskDuration.mean).toBe(300);
    expect(slotTime(memory)).toBeGreaterThan(1_200);
    expect(slotTime(memory)).toBeLessThan(2_100);
  });

  it('stays the mean duration where the queue never tells what is claimed', () => {
    let memory = aMemory({ taskDuration, claimed: null });
    const finishedTasks = [{ instanceType: 'c6i.xlarge', duration: 300 }];
    for (let at = now; at < now + 900; at += 10) {
      const seen = anObservation({ at, finishedTasks, queue: known(0, null, { readAt: at }) });
      memory = { ...takeIn(aPool(), memory, seen).memory, decidedAt: at };
    }
    expect(slotTime(memory)).toBe(300);
  });
});
