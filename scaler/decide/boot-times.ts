import type { Seconds } from '../../pool/units.ts';
import { bootTimeBeforeAny, mostBootTimes } from './constants.ts';

/** What boots have taken lately, from launch to first word, in order of time. */
export type BootTimes = readonly Seconds[];

/** What a boot under way may be expected to give by some time from now. */
export interface Readiness {
  /** Probability that it is done by then, 0 to 1. */
  readonly share: number;
  /** Expected time from its end until then; a boot that is not done counts as 0. */
  readonly time: Seconds;
}

/** What is assumed before any boot was seen. */
export const noBootTimes: BootTimes = [bootTimeBeforeAny];

/** The latest {@link mostBootTimes}. What was assumed before any is so forgotten bit by bit. */
export function addBootTimes(known: BootTimes, seen: readonly Seconds[]): BootTimes {
  // Clocks differ: a worker may seem to have spoken before it was launched, which tells nothing.
  const told = seen.filter((boot) => boot > 0);
  if (told.length === 0) return known;
  // Shortest first, so that the order in which workers are listed makes no difference.
  return [...known, ...told.sort((a, b) => a - b)].slice(-mostBootTimes);
}

export function shortestFirst(boots: BootTimes): BootTimes {
  return [...boots].sort((a, b) => a - b);
}

/**
 * Of the boots that took longer than `age`, the share that took at most `age + within`: the empirical
 * distribution, given that this one is not done yet. One that has lasted longer than all of them
 * gives nothing, since it may never end.
 * @param boots shortest first
 */
export function readiness(boots: BootTimes, within: Seconds, age: Seconds): Readiness {
  let longer = 0;
  let done = 0;
  let time = 0;
  for (let index = boots.length - 1; index >= 0; index -= 1) {
    const left = boots[index]! - age;
    if (left <= 0 && age > 0) break;
    longer += 1;
    if (left > within) continue;
    done += 1;
    time += within - left;
  }
  return longer === 0 ? { share: 0, time: 0 } : { share: done / longer, time: time / longer };
}

/**
 * The time in which this share of boots was done, by nearest rank.
 * @param boots shortest first, at least one
 */
export function bootTimeOf(boots: BootTimes, share: number): Seconds {
  const rank = Math.ceil(share * boots.length - 1e-9) - 1;
  return boots[Math.min(boots.length - 1, Math.max(0, rank))]!;
}
