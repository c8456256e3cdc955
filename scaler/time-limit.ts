import type { Seconds } from '../pool/units.ts';

/**
 * Does work under a signal that fires with the outer one, or when the limit has passed, and goes on
 * then even if the work does not heed it.
 *
 * Not `AbortSignal.any([outer, AbortSignal.timeout(limit)])`: Node 20 holds such a timeout weakly,
 * so that after a garbage collection it never fires.
 *
 * @throws Error that tells the limit, or whatever the work throws.
 */
export async function withinLimit<T>(
  limit: Seconds,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let end: (reason: Error) => void = () => {};
  const ended = new Promise<never>((_, reject) => {
    end = (reason) => {
      controller.abort(reason);
      reject(reason);
    };
  });
  const onOuter = () => end(new Error('ended before an answer'));
  const timer = setTimeout(() => end(new Error(`no answer within ${limit} s`)), limit * 1000);
  outer.addEventListener('abort', onOuter, { once: true });
  if (outer.aborted) onOuter();
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onOuter);
  }
}
