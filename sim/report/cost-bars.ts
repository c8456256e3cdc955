import { barX, text, tickX } from '@observablehq/plot';
import type { PolicyResult } from '../compare/result.ts';
import { type ChartSize, drawing } from './chart.ts';
import type { Html } from './html.ts';
import { markDrop, type PolicyRow, rowLayout, rowNames, strokeInRow } from './policy-rows.ts';
import { decimal, usd } from './quantities.ts';

export function drawCosts(
  rows: readonly PolicyRow[],
  lowerBound: number | null,
  size: ChartSize,
): Html {
  const least = lowerBound === null ? [] : [lowerBound];
  const cost = ({ result }: PolicyRow) => result.usd;
  const dearest = Math.max(...rows.map(cost), ...least, 0.01);
  return drawing('Cost of each policy in USD, cheapest first', {
    ...rowLayout(rows, size),
    marginLeft: 4,
    // For the cost of the dearest, which stands beside its bar.
    marginRight: 110,
    x: { axis: null, domain: [0, dearest] },
    marks: [
      barX(rows, { x: cost, y: 'row', fill: 'color', insetTop: 22, insetBottom: 5 }),
      text(rows, {
        x: cost,
        y: 'row',
        text: ({ result }: PolicyRow) => costLabel(result),
        textAnchor: 'start',
        dx: 6,
        dy: markDrop,
      }),
      tickX(lowerBound === null ? [] : rows, { x: () => lowerBound, ...strokeInRow }),
      text(least, {
        x: (value: number) => value,
        text: (value: number) => `least possible ${usd(value)}`,
        frameAnchor: 'bottom',
        textAnchor: (lowerBound ?? 0) > dearest / 2 ? 'end' : 'start',
        dy: 16,
      }),
      ...rowNames(rows),
    ],
  });
}

function costLabel({ usd: cost, ratioToBound }: PolicyResult): string {
  return ratioToBound === null ? usd(cost) : `${usd(cost)} · ${decimal(ratioToBound, 2)}×`;
}
