/** How often each kind of reason was given: what the policy was busy with. */
import { barX, text } from '@observablehq/plot';
import type { Comparison, PolicyResult } from '../compare/result.ts';
import { type ChartSize, chart, drawing } from './chart.ts';
import { type Html, html } from './html.ts';
import { subjectOf } from './policies.ts';
import { decimal } from './quantities.ts';
import { meaningOf } from './reason-meanings.ts';
import { dataTable } from './table.ts';

interface ReasonCount {
  readonly kind: string;
  readonly decisions: number;
}

export function decisionsByReason(comparison: Comparison): Html {
  const subject = subjectOf(comparison);
  const others = comparison.results.filter(
    (result) => result !== subject && reasonsOf(result).length > 0,
  );
  return html`${reasonFigure(subject)}
${others.length > 0 ? html`<h3>Other policies</h3>` : null}
${others.map(
  (result) =>
    html`<details class="policy"><summary>${result.policy}</summary>${reasonFigure(result)}</details>\n`,
)}`;
}

function reasonsOf({ reasons }: PolicyResult): readonly ReasonCount[] {
  return Object.entries(reasons)
    .map(([kind, decisions]) => ({ kind, decisions }))
    .sort((a, b) => b.decisions - a.decisions || (a.kind < b.kind ? -1 : 1));
}

function reasonFigure(result: PolicyResult): Html {
  const rows = reasonsOf(result);
  if (rows.length === 0) return html`<p>${result.policy} gives no reasons.</p>`;
  return html`<figure data-points="${rows.length}">
${chart((size) => drawReasons(result.policy, rows, size))}
<p class="note">A decision is made at every interval and may have several reasons; each kind counts once in a decision.</p>
${dataTable({
  caption: `Decisions of ${result.policy} by reason`,
  columns: [
    { heading: 'reason', cell: ({ kind }) => html`<code>${kind}</code>` },
    { heading: 'decisions', cell: ({ decisions }) => decimal(decisions) },
    { heading: 'meaning', cell: ({ kind }) => meaningOf(kind), text: 'sentence' },
  ],
  rows,
})}
</figure>`;
}

const barHeight = 24;

function drawReasons(
  policy: string,
  rows: readonly ReasonCount[],
  { width, narrow }: ChartSize,
): Html {
  return drawing(`Decisions of ${policy} by reason`, {
    width,
    height: rows.length * barHeight + 8,
    marginLeft: narrow ? 150 : 170,
    marginRight: 60,
    marginTop: 4,
    marginBottom: 4,
    x: { axis: null, zero: true },
    y: { domain: rows.map(({ kind }) => kind), label: null, tickSize: 0, padding: 0.25 },
    marks: [
      barX(rows, { x: 'decisions', y: 'kind', fill: 'var(--accent)' }),
      text(rows, {
        x: 'decisions',
        y: 'kind',
        text: ({ decisions }: ReasonCount) => decimal(decisions),
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  });
}
