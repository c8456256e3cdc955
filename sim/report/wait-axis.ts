import type { ScaleOptions } from '@observablehq/plot';
import type { Seconds } from '../../pool/units.ts';
import { duration } from './quantities.ts';

/** What a logarithmic axis can show; shorter waits are drawn here. */
const shortest: Seconds = 1;

const roundTimes: readonly Seconds[] = [
  1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 604_800,
];

export function shownWait(wait: Seconds): Seconds {
  return Math.max(shortest, wait);
}

/** A logarithmic axis of waits: policies differ by orders of magnitude. */
export interface WaitAxis {
  readonly scale: ScaleOptions & { readonly domain: readonly [Seconds, Seconds] };
  /** Round times within the axis, at most so many, evenly thinned out. */
  ticks(most: number): Seconds[];
  label(wait: Seconds): string;
}

export function waitAxis(waits: readonly Seconds[]): WaitAxis {
  const shown = waits.map(shownWait);
  const low = Math.min(...shown);
  const high = Math.max(...shown, 10 * low);
  const domain = [low, high] as const;
  const inside = roundTimes.filter((time) => time >= low && time <= high);
  return {
    scale: { type: 'log', domain },
    ticks(most) {
      const every = Math.ceil(inside.length / most);
      return inside.filter((_, index) => (inside.length - 1 - index) % every === 0);
    },
    label: (wait) => (wait === shortest ? '≤ 1 s' : duration(wait)),
  };
}
