import { describe, expect, it } from 'vitest';
import { WakeUp } from '../../scaler/wake-up.ts';
import { never } from './samples.ts';

/** A clock whose sleeps end when time is moved on to their end, or their signal fires. */
function stoppedClock() {
  let now = 100;
  const sleepers: { until: number; end: () => void }[] = [];
  return {
    now: () => now,
    sleep: (duration: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) return resolve();
        sleepers.push({ until: now + duration, end: resolve });
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    async goTo(time: number) {
      now = time;
      for (const { until, end } of sleepers) if (until <= now) end();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

function sleeping(ringAtStart = false) {
  const clock = stoppedClock();
  const wakeUp = new WakeUp(clock);
  if (ringAtStart) wakeUp.ring();
  let awakeAt: number | null = null;
  const sleep = () =>
    wakeUp
      .sleep(100, (signal) => clock.sleep(110 - clock.now(), signal), never)
      .then(() => {
        awakeAt = clock.now();
      });
  return { clock, wakeUp, sleep, awakeAt: () => awakeAt };
}

describe('the wait for the next iteration', () => {
  it('is as long as it was when nothing rings', async () => {
    const { clock, sleep, awakeAt } = sleeping();
    void sleep();
    await clock.goTo(109);
    expect(awakeAt()).toBeNull();
    await clock.goTo(110);
    expect(awakeAt()).toBe(110);
  });

  it('ends at once when it rings', async () => {
    const { clock, wakeUp, sleep, awakeAt } = sleeping();
    void sleep();
    await clock.goTo(105);
    wakeUp.ring();
    await clock.goTo(105);
    expect(awakeAt()).toBe(105);
  });

  it('leaves a second between the starts of two iterations', async () => {
    const { clock, sleep, awakeAt } = sleeping(true);
    void sleep();
    await clock.goTo(100.9);
    expect(awakeAt()).toBeNull();
    await clock.goTo(101);
    expect(awakeAt()).toBe(101);
  });

  it('is whole again after it rang', async () => {
    const { clock, wakeUp, sleep, awakeAt } = sleeping();
    void sleep();
    await clock.goTo(102);
    wakeUp.ring();
    await clock.goTo(102);
    void sleep();
    await clock.goTo(109);
    expect(awakeAt()).toBe(102);
    await clock.goTo(110);
    expect(awakeAt()).toBe(110);
  });
});
