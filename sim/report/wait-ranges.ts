import { axisX, dot, link, text, tickX } from '@observablehq/plot';
import type { Seconds } from '../../pool/units.ts';
import type { PolicyResult } from '../compare/result.ts';
import { type ChartSize, drawing } from './chart.ts';
import type { Html } from './html.ts';
import {
  markDrop,
  nameRise,
  type PolicyRow,
  rowLayout,
  rowNames,
  strokeInRow,
} from './policy-rows.ts';
import { duration } from './quantities.ts';
import { shownWait, waitAxis } from './wait-axis.ts';

/** Median, 95 % and 99 % of each policy's waits, with the wait target. */
export function drawWaits(rows: readonly PolicyRow[], target: Seconds, size: ChartSize): Html {
  const started = rows.filter(({ result }) => Number.isFinite(result.summary.wait.p95));
  const median = ({ result }: PolicyRow) => shownWait(result.summary.wait.p50);
  const most = ({ result }: PolicyRow) => shownWait(result.summary.wait.p95);
  const nearlyAll = ({ result }: PolicyRow) => shownWait(result.summary.wait.p99);
  const axis = waitAxis([...started.flatMap((row) => [median(row), nearlyAll(row)]), target]);
  return drawing('Wait of each policy: median, 95 % and 99 % of tasks', {
    ...rowLayout(rows, size),
    marginLeft: 16,
    marginRight: 24,
    x: { ...axis.scale, label: null },
    marks: [
      axisX(axis.ticks(size.narrow ? 5 : 7), { text: axis.label }),
      tickX(rows, { x: () => shownWait(target), ...strokeInRow }),
      text([target], {
        x: shownWait,
        text: (value: number) => `target ${duration(value)}`,
        frameAnchor: 'top',
        textAnchor: anchorAt(shownWait(target), axis.scale.domain),
        dy: -12,
      }),
      link(started, {
        x1: median,
        x2: nearlyAll,
        y: 'row',
        stroke: 'color',
        strokeWidth: 3,
        strokeOpacity: 0.55,
        dy: markDrop,
      }),
      dot(started, {
        x: median,
        y: 'row',
        r: 3.5,
        fill: 'var(--background)',
        stroke: 'color',
        strokeWidth: 1.5,
        dy: markDrop,
      }),
      dot(started, { x: most, y: 'row', r: 5, fill: 'color', dy: markDrop }),
      ...rowNames(rows),
      text(rows, {
        y: 'row',
        text: ({ result }: PolicyRow) => waitLabel(result),
        frameAnchor: 'right',
        textAnchor: 'end',
        dy: nameRise,
      }),
    ],
  });
}

/** Of a label near the edge of an axis, so that it stays in the picture. */
function anchorAt(
  value: number,
  [low, high]: readonly [number, number],
): 'start' | 'middle' | 'end' {
  const place = Math.log(value / low) / Math.log(high / low);
  if (place < 0.1) return 'start';
  return place > 0.9 ? 'end' : 'middle';
}

function waitLabel({ summary: { wait } }: PolicyResult): string {
  return Number.isFinite(wait.p95) ? `95 % in ${duration(wait.p95)}` : 'no task started';
}
