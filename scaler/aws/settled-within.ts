import type { Seconds } from '../../pool/units.ts';

/** Waits for the work, which must not reject, the time limit or the signal, whichever is first. */
export async function settledWithin(
  limit: Seconds,
  signal: AbortSignal,
  work: Promise<unknown>,
): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, limit * 1000);
    signal.addEventListener('abort', go, { once: true });
    work.then(go);
  });
}
