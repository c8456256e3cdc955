import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { Comparison, TimelinePoint } from '../../../sim/compare/result.ts';
import { renderReport } from '../../../sim/report/render-report.ts';
import { handMade, result, start } from './hand-made-comparison.ts';

const page = renderReport(handMade);
const parse = (html: string) => parseHTML(html).document;
const document = parse(page);

/** Without markup. */
const textOf = (html: string) => parse(html).body.textContent;

describe('the report', () => {
  it('gives the same bytes for the same input', () => {
    expect(renderReport(structuredClone(handMade))).toBe(page);
  });

  it('needs nothing beside itself', () => {
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|base|form)\b/i);
    expect(page).not.toMatch(/https?:|\/\/[a-z]|@import|url\(|srcset|\son\w+=/i);
    expect(
      [...page.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, target]) => target?.[0]),
    ).toEqual(new Array(7).fill('#'));
  });

  it('lets the browser refuse whatever would leave it, and run nothing', () => {
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]');
    expect(policy?.getAttribute('content')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    );
  });

  it('says that it is simulated, before anything else', () => {
    expect(document.querySelector('header > *')?.textContent).toMatch(/^Simulated/);
  });

  it('has every section, and its links lead there', () => {
    const links = [...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'));
    expect(links).toEqual(
      ['policies', 'pareto', 'fleet', 'prices', 'interruptions', 'reasons', 'assumptions'].map(
        (id) => `#${id}`,
      ),
    );
    for (const link of links) expect(document.querySelector(link ?? '')).not.toBeNull();
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has with each chart a table of as many rows as the chart has points', () => {
    const figures = [...document.querySelectorAll('figure')];
    // Side by side, Pareto, six fleets, prices, interruptions, reasons.
    expect(figures.length).toBe(11);
    for (const figure of figures) {
      const rows = figure.querySelectorAll('tbody tr').length;
      expect(rows).toBeGreaterThan(0);
      expect(figure.getAttribute('data-points')).toBe(String(rows));
    }
    for (const table of document.querySelectorAll('table')) {
      expect(table.querySelector('caption')?.textContent).not.toBe('');
      for (const cell of table.querySelectorAll('th')) {
        expect(cell.getAttribute('scope')).toBe(cell.closest('thead') ? 'col' : 'row');
      }
    }
  });

  it('draws each chart for a phone and for a desk, each with a label', () => {
    for (const figure of document.querySelectorAll('figure')) {
      const [narrow, wide] = ['.if-narrow svg', '.if-wide svg'].map((part) => [
        ...figure.querySelectorAll(part),
      ]);
      expect(narrow!.length).toBeGreaterThan(0);
      expect(wide!.length).toBe(narrow!.length);
      for (const svg of [...narrow!, ...wide!]) {
        expect(svg.getAttribute('role')).toBe('img');
        expect(svg.getAttribute('aria-label')).toMatch(/\w{4}/);
      }
    }
  });

  it('has the figures of each policy in its table, cheapest first', () => {
    const rows = [...document.querySelectorAll('#policies tbody tr')].map((row) =>
      [...row.children].map(({ textContent }) => textContent),
    );
    expect(rows.map(([policy]) => policy)).toEqual([
      'muster',
      'keda',
      'taskcluster-worker-manager',
      'buildkite-agent-scaler',
      'target-tracking',
      'static',
    ]);
    expect(rows[0]).toEqual([
      ...['muster', '117', '1.17×', '29.25', '21.3', '85.0', '127.5', '170.0', '2,000.0'],
      ...['25.0 %', '43', '3', '3', '0', '3', '4,321'],
    ]);
  });

  it('has one bar, dot or line for each thing that it shows', () => {
    const marks = (selector: string) => document.querySelectorAll(selector).length;
    expect(marks('#policies .if-wide [aria-label="bar"] rect')).toBe(6);
    expect(marks('#pareto .if-wide [aria-label="dot"] circle')).toBe(6);
    const radii = [...document.querySelectorAll('#pareto .if-wide circle')].map((circle) =>
      circle.getAttribute('r'),
    );
    expect(radii.sort()).toEqual(['5', '5', '5', '5', '5', '7']);
    expect(marks('#prices .if-wide [aria-label="line"] path')).toBe(2);
    expect(marks('#reasons .if-wide [aria-label="bar"] rect')).toBe(3);
    // 3 + 9 + 1 + 2 + 2, no two of a policy within 5 minutes.
    expect(marks('#interruptions .if-wide [aria-label="rect"] rect')).toBe(17);
    // Busy, free and booting; and what waits.
    expect(marks('#fleet > figure .if-wide [aria-label="area"] path')).toBe(4);
  });

  it('stays below a megabyte for nine policies over 111 hours with a point every 10 s', () => {
    const timeline = Array.from(
      { length: 111 * 360 },
      (_, index): TimelinePoint => ({
        at: start + index * 10,
        pending: (index * 7919) % 1013,
        busy: (index * 104_729) % 997,
        free: (index * 1299) % 101,
        booting: (index * 31) % 89,
        interruptions: Math.floor(index / 50),
      }),
    );
    const long: Comparison = {
      ...handMade,
      duration: 111 * 3600,
      results: Array.from({ length: 9 }, (_, index) =>
        result(`policy-${index}`, { usd: 100 + index, timeline }),
      ),
    };
    expect(Buffer.byteLength(renderReport(long))).toBeLessThan(1_000_000);
  });

  it('refuses a comparison of nothing', () => {
    expect(() => renderReport({ ...handMade, results: [] })).toThrow(RangeError);
  });
});

describe('text from outside', () => {
  const attack = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`;
  const hostile = renderReport({
    ...handMade,
    fleet: attack,
    pool: attack,
    tasks: attack,
    prices: attack,
    results: handMade.results.map((one) => ({
      ...one,
      policy: `${one.policy}${attack}`,
      reasons: { [attack]: 3 },
      usage: one.usage.map((part) => ({ ...part, instanceType: attack })),
    })),
    priceSeries: handMade.priceSeries.map((series) => ({ ...series, instanceType: attack })),
  });

  it('is shown as it is, and is never markup', () => {
    const parsed = parse(hostile);
    expect(parsed.querySelectorAll('script, img').length).toBe(0);
    expect(parsed.querySelector('h1')?.textContent).toBe(`Cost and wait of pool ${attack}`);
    expect(parsed.querySelector('title')?.textContent).toContain(attack);
    const elements = [...parsed.querySelectorAll('*')];
    expect(elements.filter((element) => element.hasAttribute('onerror'))).toEqual([]);
    // As many elements as with harmless text: no name has opened or closed one.
    const harmless = renderReport({
      ...handMade,
      results: handMade.results.map((one) => ({ ...one, reasons: { x: 3 } })),
    });
    expect(elements.length).toBe([...parse(harmless).querySelectorAll('*')].length);
  });
});

describe('a report of little', () => {
  const few = (change: Partial<Comparison>) => renderReport({ ...handMade, ...change });

  it.each<[string, Partial<Comparison>]>([
    ['one policy', { results: handMade.results.slice(0, 1) }],
    [
      'no bound',
      {
        lowerBound: null,
        results: handMade.results.map((one) => ({ ...one, ratioToBound: null })),
      },
    ],
    ['no prices', { priceSeries: [] }],
    [
      'a price series without points',
      { priceSeries: [{ instanceType: 'a', market: 'spot', points: [] }] },
    ],
    ['no timeline', { results: [result('muster', { timeline: [] })] }],
    ['no task started', { results: [result('muster', { p95: Number.NaN, unfinished: 1000 })] }],
    ['nothing bought', { results: [{ ...result('muster', { usd: 0 }), usage: [] }] }],
    ['nothing spent on what was bought', { results: [result('muster', { usd: 0 })] }],
    ['no duration', { duration: 0, results: [result('muster', { timeline: [] })] }],
    ['waits of nothing', { results: [result('muster', { p95: 0 })] }],
    ['no wait allowed', { wait: 0 }],
  ])('has no broken number with %s', (_, change) => {
    const html = few(change);
    expect(html).not.toMatch(/NaN|Infinity|undefined|\[object|⚠/);
    expect(textOf(html)).toContain('would have cost');
  });

  it('says so when nothing was interrupted, no prices are there, or no reasons were given', () => {
    const html = few({ results: [result('muster')], priceSeries: [] });
    expect(html).toContain('No instance was interrupted under any policy.');
    expect(html).toContain('No prices were recorded.');
    expect(html).toContain('muster gives no reasons.');
  });

  it('says which axes are logarithmic', () => {
    expect(textOf(page)).toContain('Both axes are logarithmic');
    expect(textOf(few({ results: [result('muster')] }))).toContain(
      'The axis of waits is logarithmic',
    );
  });

  it('adds a column for tasks that were not finished', () => {
    expect(page).not.toContain('tasks not finished');
    expect(few({ results: [result('muster', { unfinished: 3 })] })).toContain('tasks not finished');
  });
});
