import { describe, expect, it } from 'vitest';
import { QueueHistory, tighter } from '../../../scaler/queues/queue-history.ts';

const counts = (pending: number, claimed: number | null = 0) => ({ pending, claimed });

describe('QueueHistory', () => {
  it('lets the last positive counts stand until zero has held for the whole time', () => {
    const history = new QueueHistory(60);
    history.add(0, counts(5, 2));
    const pendingAt = (at: number) => history.add(at, counts(0)).pending;
    expect([10, 40, 69.9].map(pendingAt)).toEqual([5, 5, 5]);
    expect(history.add(70, counts(0))).toMatchObject({ pending: 0, claimed: 0 });
  });

  it('starts anew when a positive reading comes between', () => {
    const history = new QueueHistory(60);
    history.add(0, counts(5));
    history.add(10, counts(0));
    expect(history.add(60, counts(1))).toMatchObject({ pending: 1 });
    expect(history.add(75, counts(0))).toMatchObject({ pending: 1 });
    expect(history.add(134, counts(0))).toMatchObject({ pending: 1 });
    expect(history.add(135, counts(0))).toMatchObject({ pending: 0 });
  });

  it('does not count taken tasks twice: pending alone at zero counts at once', () => {
    const history = new QueueHistory(60);
    history.add(0, counts(3, 0));
    expect(history.add(10, counts(0, 3))).toMatchObject({ pending: 0, claimed: 3 });
    expect(history.add(20, counts(0, 0))).toMatchObject({ pending: 0, claimed: 3 });
  });

  it('takes a first zero as it is', () => {
    expect(new QueueHistory(60).add(0, counts(0))).toMatchObject({ pending: 0, claimed: 0 });
  });

  it('knows no age until it has seen the queue empty for the whole time', () => {
    const history = new QueueHistory(60);
    expect(history.add(0, counts(4)).oldestPendingAge).toBeNull();
    for (const at of [10, 40, 65]) history.add(at, counts(0, 1));
    expect(history.add(66, counts(1)).oldestPendingAge).toBeNull();
    for (const at of [70, 100, 130]) history.add(at, counts(0, 1));
    // Empty from 70 to 130, so surely empty at 70.
    expect(history.add(140, counts(2)).oldestPendingAge).toBe(70);
    expect(history.add(150, counts(2)).oldestPendingAge).toBe(80);
    expect(history.add(160, counts(0, 2)).oldestPendingAge).toBeNull();
  });

  it('bounds age by the last empty reading where counts are exact', () => {
    const history = new QueueHistory(0);
    history.add(0, counts(0, null));
    expect(history.add(10, counts(3, null))).toMatchObject({ claimed: null, oldestPendingAge: 10 });
    history.add(20, counts(0, null));
    expect(history.add(30, counts(1, null)).oldestPendingAge).toBe(10);
  });

  it('never bounds age below the truth, whatever the delay of counts up to the hold', () => {
    // One message arrives at 100 and stays; the source tells of it up to 60 s late.
    for (let delay = 0; delay < 60; delay += 7) {
      const history = new QueueHistory(60);
      for (let at = 0; at <= 300; at += 10) {
        const { oldestPendingAge } = history.add(at, counts(at - delay >= 100 ? 1 : 0));
        if (oldestPendingAge !== null) expect(oldestPendingAge).toBeGreaterThanOrEqual(at - 100);
      }
    }
  });
});

describe('tighter', () => {
  it('is the lower of two bounds, or the one that is known', () => {
    expect([tighter(1, 2), tighter(null, 2), tighter(1, null), tighter(null, null)]).toEqual([
      1,
      2,
      1,
      null,
    ]);
  });
});
