/**
 * Charts as SVG that needs no script: drawn by Observable Plot on a document of linkedom's. Colours
 * are CSS variables of the page, so one drawing serves light and dark.
 */
import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Html, html, trustedMarkup } from './html.ts';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** Of the drawing in CSS pixels. Letters keep their size when a chart is narrow. */
export interface ChartSize {
  readonly width: number;
  readonly narrow: boolean;
}

/** For a phone 375 px wide with 16 px at each side, for the whole page, and for half of it. */
const narrow: ChartSize = { width: 343, narrow: true };
const wide: ChartSize = { width: 880, narrow: false };
const half: ChartSize = { width: 428, narrow: false };

export type Draw = (size: ChartSize) => Html;

/** The same chart twice, of which the page shows the one that fits. */
export function chart(draw: Draw, share: 'whole' | 'half' = 'whole'): Html {
  return html`<div class="chart"><div class="if-narrow">${draw(narrow)}</div><div class="if-wide">${draw(share === 'whole' ? wide : half)}</div></div>`;
}

/** `label` is what a screen reader says in place of the drawing. */
export function drawing(label: string, { style, ...options }: PlotOptions): Html {
  const svg = plot({
    ...options,
    document,
    ariaLabel: label,
    style: { fontSize: '12px', fontFamily: 'inherit', ...(style as object) },
  });
  svg.setAttribute('role', 'img');
  for (const element of svg.querySelectorAll('*')) shortenNumbers(element);
  return trustedMarkup(svg.outerHTML);
}

/**
 * A hundredth of a pixel is enough; and the last digits of a logarithm may differ from one version of
 * the JavaScript engine to the next.
 */
function shortenNumbers(element: DrawnElement): void {
  for (const name of ['d', 'transform', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'width', 'height']) {
    const value = element.getAttribute(name);
    if (value === null || !value.includes('.')) continue;
    const short = value.replace(/-?\d*\.\d{3,}(e-?\d+)?/g, (number) =>
      String(Math.round(Number(number) * 100) / 100),
    );
    element.setAttribute(name, short);
  }
}

/** What is used of the DOM's Element, whose types are a browser's. */
interface DrawnElement {
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
}

export interface LegendEntry {
  readonly name: string;
  /** A CSS colour. */
  readonly color: string;
  /** Of a line that is not drawn through. */
  readonly dashed?: boolean;
}

export function legend(entries: readonly LegendEntry[]): Html {
  const items = entries.map(
    ({ name, color, dashed = false }) =>
      html`<li><span class="swatch${dashed ? ' dashed' : ''}" style="color:${color}"></span>${name}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}
