import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { PriceOverTime, TimelinePoint } from '../compare/result.ts';

/** A chart over time has at most this many points, so that its table can be read. */
const mostIntervals = 120;

const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 43_200];

/** Even intervals that all charts over time of a report share. */
export interface Intervals {
  readonly start: UnixSeconds;
  readonly width: Seconds;
  readonly count: number;
}

/** Intervals of a usual length, as short as {@link mostIntervals} allows. */
export function intervalsOver(start: UnixSeconds, end: UnixSeconds): Intervals {
  const span = Math.max(1, end - start);
  const usual = minutes
    .map((length) => length * 60)
    .find((length) => span / length <= mostIntervals);
  const width = usual ?? Math.ceil(span / mostIntervals);
  return { start, width, count: Math.ceil(span / width) };
}

/** The fleet in one interval. */
export interface FleetInterval {
  readonly at: UnixSeconds;
  readonly end: UnixSeconds;
  /** Slots, means over the interval. */
  readonly busy: number;
  readonly free: number;
  readonly booting: number;
  /** Tasks that wait, the most at any time that was looked at. */
  readonly waiting: number;
  /** Instances that were interrupted within it. */
  readonly interruptions: number;
}

/**
 * The fleet by interval. One in which nobody looked is as the last look before it left it; ones after
 * the last look are left out, for the run was over.
 */
export function fleetByInterval(
  timeline: readonly TimelinePoint[],
  intervals: Intervals,
): readonly FleetInterval[] {
  const groups: TimelinePoint[][] = [];
  for (const point of timeline) {
    const index = Math.min(intervals.count - 1, intervalOf(point.at, intervals));
    groups[index] ??= [];
    groups[index].push(point);
  }
  let last: TimelinePoint | undefined;
  let interruptedBefore = 0;
  return Array.from(groups, (group, index) => {
    const points = group ?? (last === undefined ? [] : [last]);
    last = points.at(-1);
    const interrupted = last?.interruptions ?? 0;
    const interruptions = interrupted - interruptedBefore;
    interruptedBefore = interrupted;
    return {
      ...edges(index, intervals),
      busy: meanOf(points.map(({ busy }) => busy)),
      free: meanOf(points.map(({ free }) => free)),
      booting: meanOf(points.map(({ booting }) => booting)),
      waiting: Math.max(0, ...points.map(({ pending }) => pending)),
      interruptions,
    };
  });
}

/**
 * Mean price in each interval, weighted by time: each price holds until the next one. null: no price
 * was known yet.
 */
export function pricesByInterval(
  points: PriceOverTime['points'],
  intervals: Intervals,
): readonly (number | null)[] {
  const sums = Array.from({ length: intervals.count }, () => ({ known: 0, weighted: 0 }));
  points.forEach(({ at, price }, index) => {
    const until = points[index + 1]?.at ?? intervals.start + intervals.count * intervals.width;
    for (let i = intervalOf(at, intervals); i < intervals.count; i++) {
      const edge = edges(i, intervals);
      const held = Math.min(until, edge.end) - Math.max(at, edge.at);
      if (held <= 0) break;
      const sum = sums[i]!;
      sum.known += held;
      sum.weighted += held * price;
    }
  });
  return sums.map(({ known, weighted }) => (known > 0 ? weighted / known : null));
}

export function edges(index: number, { start, width }: Intervals) {
  return { at: start + index * width, end: start + (index + 1) * width };
}

function intervalOf(at: UnixSeconds, { start, width }: Intervals): number {
  return Math.max(0, Math.floor((at - start) / width));
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
