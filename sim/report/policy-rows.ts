import { type Markish, type PlotOptions, text } from '@observablehq/plot';
import type { Comparison, PolicyResult } from '../compare/result.ts';
import type { ChartSize } from './chart.ts';
import { byCost, subjectOf } from './policies.ts';

/** One policy in a chart that has a row for each: its name stands above what is drawn. */
export interface PolicyRow {
  readonly row: number;
  readonly result: PolicyResult;
  readonly strong: boolean;
  readonly color: string;
}

const rowHeight = 40;
/** From the middle of a row, in pixels. */
export const nameRise = -9;
export const markDrop = 9;

export function policyRows(comparison: Comparison): readonly PolicyRow[] {
  const subject = subjectOf(comparison);
  return byCost(comparison).map((result, row) => {
    const strong = result === subject;
    return { row, result, strong, color: strong ? 'var(--accent)' : 'var(--peer)' };
  });
}

export function rowLayout(rows: readonly PolicyRow[], { width }: ChartSize): PlotOptions {
  return {
    width,
    height: rows.length * rowHeight + 56,
    marginTop: 20,
    marginBottom: 36,
    y: { axis: null, type: 'band', domain: rows.map(({ row }) => row), padding: 0 },
  };
}

/** The policies' names; they do not cross what is drawn. */
export function rowNames(rows: readonly PolicyRow[]): readonly Markish[] {
  return [false, true].map((strong) =>
    text(
      rows.filter((row) => row.strong === strong),
      {
        y: 'row',
        text: ({ result }: PolicyRow) => result.policy,
        frameAnchor: 'left',
        textAnchor: 'start',
        dy: nameRise,
        fontWeight: strong ? 700 : 400,
      },
    ),
  );
}

/** An upright stroke in each row, below the names. */
export const strokeInRow = {
  y: 'row',
  stroke: 'var(--text)',
  strokeWidth: 1.5,
  insetTop: 19,
  insetBottom: 2,
} as const;
