/** Cost and wait of every policy, next to each other, and the table with all there is of them. */
import type { Comparison } from '../compare/result.ts';
import { chart } from './chart.ts';
import { drawCosts } from './cost-bars.ts';
import { type Html, html } from './html.ts';
import { policyRows } from './policy-rows.ts';
import { policyTable } from './policy-table.ts';
import { drawWaits } from './wait-ranges.ts';

export function sideBySide(comparison: Comparison): Html {
  const rows = policyRows(comparison);
  const { lowerBound, wait } = comparison;
  return html`<figure data-points="${rows.length}">
<div class="pair">
<div><h3>Cost, USD</h3>${chart((size) => drawCosts(rows, lowerBound, size), 'half')}</div>
<div><h3>Wait for a start</h3>${chart((size) => drawWaits(rows, wait, size), 'half')}
<p class="note">Ring: half of the tasks started within this. Dot: 95 %. End of the line: 99 %. Upright stroke: the target. The axis is logarithmic; waits below 1 s are drawn at 1 s.</p></div>
</div>
${policyTable(comparison)}
</figure>`;
}
