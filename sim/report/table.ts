import { type Html, html } from './html.ts';

export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Html | string;
  /** Default: a number, set to the right. The first column names the row and is text. */
  readonly text?: 'word' | 'sentence';
}

export interface DataTable<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly emphasised?: (row: Row) => boolean;
}

/** From this many rows on a table is folded away until it is asked for. */
const foldedFrom = 25;

/** A table in a box of its own that scrolls, so that a wide one does not widen the page. */
export function dataTable<Row>({
  caption,
  columns,
  rows,
  emphasised = () => false,
}: DataTable<Row>): Html {
  const head = columns.map(
    ({ heading, text }, index) =>
      html`<th scope="col"${index === 0 || text ? html` class="text"` : null}>${heading}</th>`,
  );
  const body = rows.map((row) => {
    const cells = columns.map(({ cell, text }, index) => {
      if (index === 0) return html`<th scope="row">${cell(row)}</th>`;
      return html`<td${text === undefined ? null : html` class="text ${text}"`}>${cell(row)}</td>`;
    });
    return html`<tr${emphasised(row) ? html` class="emphasised"` : null}>${cells}</tr>\n`;
  });
  const table = html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>`;
  if (rows.length < foldedFrom) return table;
  return html`<details class="numbers"><summary>The numbers: ${rows.length} rows</summary>${table}</details>`;
}
