import type { Seconds } from '../../pool/units.ts';

/** Time of this machine, for what must not depend on others' clocks. */
export interface LeaseTime {
  /** Since an arbitrary start; never steps. */
  monotonic(): Seconds;
  /** Since 1970. Steps over the time that a virtual machine was suspended, which the other may not. */
  wall(): Seconds;
}

export const machineTime: LeaseTime = {
  monotonic: () => performance.now() / 1000,
  wall: () => Date.now() / 1000,
};

/** Ends early, without an error, when the signal fires. */
export function wait(duration: Seconds, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, duration * 1000);
    signal.addEventListener('abort', end, { once: true });
  });
}
