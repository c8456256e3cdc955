import type { Seconds, UnixSeconds } from '../../pool/units.ts';

/** Tells at each iteration whether something that is done at this interval is due; first at once. */
export function dueEvery(interval: Seconds): (at: UnixSeconds) => boolean {
  let next: UnixSeconds = Number.NEGATIVE_INFINITY;
  return (at) => {
    if (at < next) return false;
    next = at + interval;
    return true;
  };
}
