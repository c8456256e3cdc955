import type { PlotOptions } from '@observablehq/plot';
import type { ChartSize } from './chart.ts';
import type { Intervals } from './intervals.ts';
import { tickTime } from './quantities.ts';

const hour = 3600;
const day = 24 * hour;
const steps = [
  300,
  600,
  900,
  1800,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  60 * day,
  180 * day,
  360 * day,
];

/** The time axis that all charts over time of a report share: the same place, span and ticks. */
export function timeAxis({ start, width, count }: Intervals, size: ChartSize): PlotOptions {
  const end = start + width * count;
  const most = size.narrow ? 5 : 10;
  const step = steps.find((length) => (end - start) / length <= most) ?? (end - start) / most;
  const ticks: number[] = [];
  for (let at = Math.ceil(start / step) * step; at <= end; at += step) ticks.push(at);
  return {
    width: size.width,
    marginLeft: 48,
    // Half of a time of day that stands at the very end.
    marginRight: 22,
    marginTop: 12,
    marginBottom: 28,
    // Numbers, not dates: a drawing must not depend on the time zone of the machine.
    x: { type: 'linear', domain: [start, end], label: null, ticks, tickFormat: tickTime },
  };
}
