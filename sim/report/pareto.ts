/** Cost against wait: which policies are worth having, and which another one beats on both. */
import type { Comparison, PolicyResult } from '../compare/result.ts';
import { chart } from './chart.ts';
import { costAxis } from './cost-axis.ts';
import { type Html, html } from './html.ts';
import { drawPareto } from './pareto-plot.ts';
import { byCost, subjectOf, unfinished } from './policies.ts';
import { count, decimal, duration, usd } from './quantities.ts';
import { dataTable } from './table.ts';

/**
 * The policies than which no other is at least as cheap and as quick and better at one of the two. One
 * that left tasks undone, or started none, is not among them: its cost is for less work.
 */
export function paretoSet(results: readonly PolicyResult[]): readonly PolicyResult[] {
  const complete = results.filter((result) => unfinished(result) === 0 && hasWait(result));
  const wait = ({ summary }: PolicyResult) => summary.wait.p95;
  return complete.filter(
    (result) =>
      !complete.some(
        (other) =>
          other.usd <= result.usd &&
          wait(other) <= wait(result) &&
          (other.usd < result.usd || wait(other) < wait(result)),
      ),
  );
}

function hasWait({ summary }: PolicyResult): boolean {
  return Number.isFinite(summary.wait.p95);
}

export function costAgainstWait(comparison: Comparison): Html {
  const { wait, lowerBound } = comparison;
  const shown = byCost(comparison).filter(hasWait);
  const best = paretoSet(comparison.results);
  if (shown.length === 0)
    return html`<p>No policy started a task, so there is nothing to plot.</p>`;
  const left = comparison.results.length - shown.length;
  return html`<figure data-points="${shown.length}">
${chart((size) => drawPareto({ comparison, shown, best }, size))}
<p class="note">Lower left is better. The stepped line joins the Pareto set: no other policy is both as cheap and as quick as one of these. Dots are numbered as in the table. ${costAxis(shown).scale.type === 'log' ? 'Both axes are' : 'The axis of waits is'} logarithmic; waits below 1 s are drawn at 1 s.${left > 0 ? ` Not shown: ${count(left, 'policy', 'policies')} that started no task.` : null}</p>
${dataTable({
  caption: 'Cost against wait',
  columns: [
    { heading: 'policy', cell: (result) => `${shown.indexOf(result) + 1}\u00a0${result.policy}` },
    { heading: 'USD', cell: (result) => usd(result.usd) },
    ...(lowerBound === null
      ? []
      : [
          {
            heading: 'of the least possible',
            cell: (result: PolicyResult) => times(ratio(result)),
          },
        ]),
    { heading: 'wait p95, s', cell: ({ summary }) => decimal(summary.wait.p95, 1) },
    {
      heading: `within ${duration(wait)}`,
      cell: ({ summary }) => (summary.wait.p95 <= wait ? 'yes' : 'no'),
      text: 'word',
    },
    {
      heading: 'in the Pareto set',
      cell: (result) => (best.includes(result) ? 'yes' : 'no'),
      text: 'word',
    },
  ],
  rows: shown,
  emphasised: (result) => result === subjectOf(comparison),
})}
</figure>`;
}

const ratio = ({ ratioToBound }: PolicyResult) => ratioToBound ?? Number.NaN;
const times = (value: number) =>
  Number.isFinite(value) ? `${decimal(value, 2)}×` : decimal(value);
