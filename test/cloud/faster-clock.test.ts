import { expect, it } from 'vitest';
import { cloudClock } from '../../scaler/cloud-clock.ts';
import { startCloud } from './running-cloud.ts';

it('a sleep on the clock of a faster cloud is that much shorter', async () => {
  const running = await startCloud({ speed: 100 });
  try {
    const clock = await cloudClock(new URL(running.endpoint));
    const cloudTime = async () => {
      await running.cloud.catchUp();
      return running.cloud.account.clock.now();
    };
    const startedAt = performance.now();
    const before = clock.now();
    await clock.sleep(20, new AbortController().signal);
    const realSeconds = (performance.now() - startedAt) / 1000;
    expect(clock.now() - before).toBeGreaterThanOrEqual(19);
    expect(realSeconds).toBeGreaterThan(0.19);
    expect(realSeconds).toBeLessThan(10);
    // Both go on by themselves, so the one is asked between two looks at the other. They were set by a
    // question too, which took its time.
    const earlier = clock.now();
    const cloudNow = await cloudTime();
    expect(cloudNow).toBeGreaterThan(earlier - 100);
    expect(cloudNow).toBeLessThan(clock.now() + 100);
  } finally {
    await running.stop();
  }
});
