/** When EC2 took instances back, policy by policy. */
import { type Markish, rectY, ruleY, text } from '@observablehq/plot';
import type { Comparison } from '../compare/result.ts';
import { type ChartSize, chart, drawing } from './chart.ts';
import { type Html, html } from './html.ts';
import { edges, fleetByInterval, type Intervals } from './intervals.ts';
import { subjectOf } from './policies.ts';
import { count, decimal, minute, span } from './quantities.ts';
import { dataTable } from './table.ts';
import { timeAxis } from './time-axis.ts';

interface PolicyInterruptions {
  readonly row: number;
  readonly policy: string;
  readonly strong: boolean;
  readonly total: number;
  /** By interval; a run that is over has none. */
  readonly counts: readonly number[];
}

export function interruptionsOverTime(comparison: Comparison, intervals: Intervals): Html {
  const subject = subjectOf(comparison);
  const ordered = [subject, ...comparison.results.filter((result) => result !== subject)];
  const policies = ordered.map((result, row): PolicyInterruptions => {
    const fleet = fleetByInterval(result.timeline, intervals);
    const counts = Array.from(
      { length: intervals.count },
      (_, index) => fleet[index]?.interruptions ?? 0,
    );
    const total = counts.reduce((sum, number) => sum + number, 0);
    return { row, policy: result.policy, strong: result === subject, total, counts };
  });
  if (policies.every(({ total }) => total === 0)) {
    return html`<p>No instance was interrupted under any policy.</p>`;
  }
  const each = span(intervals.width);
  const rows = Array.from({ length: intervals.count }, (_, index) => index);
  return html`<figure data-points="${rows.length}">
${chart((size) => drawInterruptions(policies, intervals, size))}
<p class="note">Spot instances that EC2 ended in each ${each}; all policies to the same scale. Times are UTC.</p>
${dataTable({
  caption: `Instances interrupted in each ${each}`,
  columns: [
    { heading: 'from (UTC)', cell: (index: number) => minute(edges(index, intervals).at) },
    ...policies.map(({ policy, counts }) => ({
      heading: policy,
      cell: (index: number) => decimal(counts[index] ?? 0),
    })),
  ],
  rows,
})}
</figure>`;
}

const stripHeight = 52;

function drawInterruptions(
  policies: readonly PolicyInterruptions[],
  intervals: Intervals,
  size: ChartSize,
): Html {
  const bars = policies.flatMap(({ row, strong, counts }) =>
    counts.map((number, index) => {
      const { at, end } = edges(index, intervals);
      return { row, number, at, end, color: strong ? 'var(--accent)' : 'var(--peer)' };
    }),
  );
  const most = Math.max(...bars.map(({ number }) => number));
  const axis = timeAxis(intervals, size);
  return drawing('Interruptions over time, one strip for each policy', {
    ...axis,
    height: policies.length * stripHeight + 40,
    fy: { axis: null, domain: policies.map(({ row }) => row), padding: 0 },
    // The room above the tallest bar is for the strip's name.
    y: { domain: [0, most * 1.8], ticks: [0, most], label: null, tickFormat: decimalTick },
    marks: [
      rectY(
        bars.filter(({ number }) => number > 0),
        { fy: 'row', x1: 'at', x2: 'end', y: 'number', fill: 'color' },
      ),
      ruleY(policies, { fy: 'row', y: 0, stroke: 'var(--line)' }),
      stripNames(policies, false),
      stripNames(policies, true),
    ],
  });
}

function stripNames(policies: readonly PolicyInterruptions[], strong: boolean): Markish {
  return text(
    policies.filter((strip) => strip.strong === strong),
    {
      fy: 'row',
      text: ({ policy, total }: PolicyInterruptions) =>
        `${policy}: ${count(total, 'interruption')}`,
      fontWeight: strong ? 700 : 400,
      frameAnchor: 'top-left',
      textAnchor: 'start',
      dy: 4,
    },
  );
}

const decimalTick = (value: number) => decimal(value);
