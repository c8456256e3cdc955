import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './ports.ts';

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  sleep: async (duration, signal) => {
    // An aborted sleep only ends early.
    await wait(duration * 1000, undefined, { signal }).catch(() => {});
  },
};
