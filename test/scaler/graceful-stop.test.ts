import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GracefulStop } from '../../scaler/graceful-stop.ts';

function aStop(grace: number) {
  const asked = new AbortController();
  return { asked, stop: new GracefulStop(asked.signal, grace) };
}

describe('a graceful stop', () => {
  it('is at once while nothing is under way', () => {
    const { asked, stop } = aStop(100);
    expect(stop.signal.aborted).toBe(false);
    asked.abort('stopped');
    expect(stop.signal.reason).toBe('stopped');
    expect(new GracefulStop(asked.signal, 100).signal.aborted).toBe(true);
  });

  it('waits for work under way', async () => {
    const { asked, stop } = aStop(100);
    let end: (done: string) => void = () => {};
    const work = stop.working(
      () =>
        new Promise<string>((resolve) => {
          end = resolve;
        }),
    );
    asked.abort();
    expect(stop.signal.aborted).toBe(false);
    end('done');
    expect(await work).toBe('done');
    expect(stop.signal.aborted).toBe(true);
  });

  it('waits no longer than its grace', async () => {
    const { asked, stop } = aStop(0.05);
    const work = stop.working(
      () =>
        new Promise((_, reject) => {
          stop.signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
        }),
    );
    asked.abort();
    await expect(Promise.race([work, sleep(5_000)])).rejects.toThrow('ended');
  });

  it('goes on after work that ended without one', async () => {
    const { stop } = aStop(1);
    await stop.working(async () => {});
    expect(stop.signal.aborted).toBe(false);
  });
});
