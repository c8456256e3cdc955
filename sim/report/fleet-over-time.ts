/** What each policy had running, and what waited, over time. */
import { areaY, ruleY } from '@observablehq/plot';
import type { Comparison, PolicyResult } from '../compare/result.ts';
import { type ChartSize, chart, drawing, legend } from './chart.ts';
import { type Html, html } from './html.ts';
import { type FleetInterval, fleetByInterval, type Intervals } from './intervals.ts';
import { subjectOf } from './policies.ts';
import { decimal, minute, span } from './quantities.ts';
import { dataTable } from './table.ts';
import { timeAxis } from './time-axis.ts';

const layers = [
  { key: 'busy', name: 'busy: a task runs', color: 'var(--busy)' },
  { key: 'free', name: 'free: paid for, no task', color: 'var(--free)' },
  { key: 'booting', name: 'booting', color: 'var(--booting)' },
] as const;
const waitingColor = 'var(--waiting)';

export function fleetOverTime(comparison: Comparison, intervals: Intervals): Html {
  const subject = subjectOf(comparison);
  const others = comparison.results.filter((result) => result !== subject);
  return html`<h3>${subject.policy}</h3>
${fleetFigure(subject, intervals)}
${others.length > 0 ? html`<h3>Other policies</h3>` : null}
${others.map(
  (result) =>
    html`<details class="policy"><summary>${result.policy}</summary>${fleetFigure(result, intervals)}</details>\n`,
)}`;
}

function fleetFigure({ policy, timeline }: PolicyResult, intervals: Intervals): Html {
  const fleet = fleetByInterval(timeline, intervals);
  if (fleet.length === 0) return html`<p>Nothing was recorded.</p>`;
  const each = span(intervals.width);
  return html`<figure data-points="${fleet.length}">
${legend([...layers, { name: 'tasks waiting', color: waitingColor }])}
<h4>Slots</h4>
${chart((size) => slots(policy, fleet, intervals, size))}
<h4>Tasks waiting</h4>
${chart((size) => waiting(policy, fleet, intervals, size))}
<p class="note">A slot runs one task at a time. Each step is ${each}: slots are the mean over it, tasks waiting the most in it. Times are UTC.</p>
${dataTable({
  caption: `${policy}: slots (mean) and tasks waiting (most) in each ${each}`,
  columns: [
    { heading: 'from (UTC)', cell: ({ at }) => minute(at) },
    { heading: 'busy', cell: ({ busy }) => decimal(busy, 1) },
    { heading: 'free', cell: ({ free }) => decimal(free, 1) },
    { heading: 'booting', cell: ({ booting }) => decimal(booting, 1) },
    { heading: 'tasks waiting', cell: ({ waiting }) => decimal(waiting) },
    { heading: 'instances interrupted', cell: ({ interruptions }) => decimal(interruptions) },
  ],
  rows: fleet,
})}
</figure>`;
}

function slots(
  policy: string,
  fleet: readonly FleetInterval[],
  intervals: Intervals,
  size: ChartSize,
): Html {
  const stacked = layers.flatMap(({ key, color }) =>
    untilTheEnd(fleet).map((interval) => ({ at: interval.at, slots: interval[key], key, color })),
  );
  return drawing(`Slots of ${policy} over time: busy, free and booting`, {
    ...timeAxis(intervals, size),
    height: size.narrow ? 200 : 240,
    y: { label: null, grid: true, ticks: 5, zero: true },
    marks: [
      areaY(stacked, { x: 'at', y: 'slots', z: 'key', fill: 'color', curve: 'step-after' }),
      ruleY([0]),
    ],
  });
}

function waiting(
  policy: string,
  fleet: readonly FleetInterval[],
  intervals: Intervals,
  size: ChartSize,
): Html {
  return drawing(`Tasks waiting for ${policy} over time`, {
    ...timeAxis(intervals, size),
    height: size.narrow ? 120 : 140,
    y: { label: null, grid: true, ticks: 3, zero: true },
    marks: [
      areaY(untilTheEnd(fleet), { x: 'at', y: 'waiting', curve: 'step-after', fill: waitingColor }),
      ruleY([0]),
    ],
  });
}

/** With a last point, so that the last step is as long as the others. */
function untilTheEnd(fleet: readonly FleetInterval[]): readonly FleetInterval[] {
  const last = fleet.at(-1);
  return last === undefined ? [] : [...fleet, { ...last, at: last.end }];
}
