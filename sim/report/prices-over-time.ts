/** What the types that were used most cost over time, and what was paid for. */
import { line } from '@observablehq/plot';
import type { Comparison, OfferingUsage, PriceOverTime } from '../compare/result.ts';
import { type ChartSize, chart, drawing, type LegendEntry, legend } from './chart.ts';
import { type Html, html } from './html.ts';
import { edges, type Intervals, pricesByInterval } from './intervals.ts';
import { subjectOf } from './policies.ts';
import { absent, decimal, minute, percent, span, usd } from './quantities.ts';
import { dataTable } from './table.ts';
import { timeAxis } from './time-axis.ts';

/** Colours that the page has for lines; more types than that share them. */
const lineColors = 8;

interface PriceLine extends LegendEntry {
  readonly prices: readonly (number | null)[];
}

export function pricesOverTime(comparison: Comparison, intervals: Intervals): Html {
  const lines = comparison.priceSeries.map(
    (series, index): PriceLine => ({
      name: nameOf(series),
      color: `var(--line-${(index % lineColors) + 1})`,
      dashed: series.market === 'on-demand',
      prices: pricesByInterval(series.points, intervals),
    }),
  );
  if (lines.length === 0) return html`<p>No prices were recorded.</p>`;
  const each = span(intervals.width);
  const rows = Array.from({ length: intervals.count }, (_, index) => index);
  return html`<figure data-points="${rows.length}">
${legend(lines)}
${chart((size) => drawPrices(lines, intervals, size))}
<p class="note">USD per instance-hour, the lowest over the zones; each step is the mean over ${each}. Times are UTC.</p>
${dataTable({
  caption: `Lowest price over the zones, USD per instance-hour, mean of each ${each}`,
  columns: [
    { heading: 'from (UTC)', cell: (index: number) => minute(edges(index, intervals).at) },
    ...lines.map(({ name, prices }) => ({
      heading: name,
      cell: (index: number) => priceText(prices[index] ?? null),
    })),
  ],
  rows,
})}
</figure>`;
}

function nameOf({ instanceType, market }: PriceOverTime | OfferingUsage): string {
  return `${instanceType} ${market}`;
}

function priceText(price: number | null): string {
  return price === null ? absent : decimal(price, 4);
}

function drawPrices(lines: readonly PriceLine[], intervals: Intervals, size: ChartSize): Html {
  const marks = lines.map(({ prices, color, dashed }) => {
    const points = prices.map((price, index) => ({ at: edges(index, intervals).at, price }));
    // The last step is as long as the others.
    points.push({ at: edges(prices.length, intervals).at, price: prices.at(-1) ?? null });
    return line(points, {
      x: 'at',
      y: ({ price }: (typeof points)[number]) => price ?? Number.NaN,
      stroke: color,
      strokeWidth: 2,
      curve: 'step-after',
      ...(dashed ? { strokeDasharray: '6 4' } : {}),
    });
  });
  return drawing('Prices of the types used most over time, USD per instance-hour', {
    ...timeAxis(intervals, size),
    height: size.narrow ? 240 : 280,
    y: {
      label: null,
      grid: true,
      nice: true,
      ticks: 6,
      tickFormat: (price: number) => decimal(price, 3),
    },
    marks,
  });
}

export function usageTables(comparison: Comparison): Html {
  const subject = subjectOf(comparison);
  const others = comparison.results.filter((result) => result !== subject);
  return html`${usageTable(subject.policy, subject.usage)}
${others.length > 0 ? html`<h4>Other policies</h4>` : null}
${others.map(
  ({ policy, usage }) =>
    html`<details class="policy"><summary>${policy}</summary>${usageTable(policy, usage)}</details>\n`,
)}`;
}

function usageTable(policy: string, usage: readonly OfferingUsage[]): Html {
  if (usage.length === 0) return html`<p>${policy} started no instance.</p>`;
  const whole = usage.reduce((sum, offering) => sum + offering.usd, 0);
  return dataTable({
    caption: `What ${policy} paid for, most expensive first`,
    columns: [
      { heading: 'type', cell: ({ instanceType }) => instanceType },
      { heading: 'market', cell: ({ market }) => market, text: 'word' },
      { heading: 'instances', cell: ({ instances }) => decimal(instances) },
      { heading: 'slot-hours', cell: ({ slotHours }) => decimal(slotHours, 1) },
      { heading: 'USD', cell: (offering) => usd(offering.usd) },
      { heading: 'share of cost', cell: (offering) => percent(offering.usd / whole) },
      {
        heading: 'USD per slot-hour',
        cell: ({ usd: cost, slotHours }) => decimal(cost / slotHours, 4),
      },
    ],
    rows: usage,
  });
}
