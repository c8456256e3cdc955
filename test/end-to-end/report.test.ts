import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../sim/report/render-report.ts';
import { browserPart, openBrowser } from '../harness/browser.ts';
import { missingParts } from '../harness/missing-part.ts';
import { handMade, result } from '../sim/report/hand-made-comparison.ts';
import {
  badChartText,
  figures,
  openAll,
  overlappingChartText,
  poorContrasts,
  widths,
} from './report-page.mjs';

/** Nine policies, of which several are nearly alike: labels must find room. */
const crowded = {
  ...handMade,
  results: [
    ...handMade.results,
    result('one-runner-per-job', { usd: 118, p95: 84, interruptions: 4 }),
    result('taskcluster-provisioner', { usd: 119, p95: 88, interruptions: 1 }),
    result('target-value', { usd: 117, p95: 90, interruptions: 12 }),
  ],
};

const reports = {
  crowded,
  // With a logarithmic axis of cost, and money for want of a bound.
  dear: {
    ...crowded,
    lowerBound: null,
    results: crowded.results.map((one) => ({
      ...one,
      usd: one.policy === 'static' ? 123_456 : one.usd,
      ratioToBound: null,
    })),
  },
} as const;

const screens = [
  { name: 'a phone in light', width: 375, height: 812, colorScheme: 'light' },
  { name: 'a phone in dark', width: 375, height: 812, colorScheme: 'dark' },
  { name: 'a desk in light', width: 1280, height: 800, colorScheme: 'light' },
  { name: 'a desk in dark', width: 1280, height: 800, colorScheme: 'dark' },
  { name: 'a narrow window', width: 720, height: 800, colorScheme: 'light' },
] as const;
const cases = screens.flatMap((screen) =>
  (['crowded', 'dear'] as const).map((report) => ({ ...screen, report })),
);

describe.skipIf(await missingParts([browserPart]))('the report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-report-'));
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function show(html: string, screen: (typeof screens)[number]) {
    const file = join(folder, 'report.html');
    writeFileSync(file, html);
    const { width, height, colorScheme } = screen;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    const heard: string[] = [];
    const requests: string[] = [];
    const refused: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    page.on('requestfailed', (request) => refused.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return { page, heard, requests, refused, address: pathToFileURL(file).href };
  }

  it.each(cases)('is whole and readable on $name: $report', async ({ report, ...screen }) => {
    const { page, heard, requests, address } = await show(renderReport(reports[report]), screen);
    expect(await page.evaluate(widths)).toEqual({ page: screen.width, window: screen.width });
    await page.evaluate(openAll);
    expect(await page.evaluate(widths)).toEqual({ page: screen.width, window: screen.width });

    const shown = await page.evaluate(figures);
    // Side by side, Pareto, nine fleets, prices, interruptions, reasons.
    expect(shown.length).toBe(14);
    for (const { points, rows, tableFollows, tableIsTall, charts } of shown) {
      expect({ rows, tableFollows, tableIsTall }).toEqual({
        rows: points,
        tableFollows: true,
        tableIsTall: true,
      });
      expect(charts.length).toBeGreaterThan(0);
      for (const chart of charts) {
        expect(chart.width, chart.label).toBeGreaterThan(300);
        expect(chart.height, chart.label).toBeGreaterThan(60);
        expect(chart.marks, chart.label).toBeGreaterThan(0);
      }
    }
    expect(await page.evaluate(badChartText, 9)).toEqual([]);
    expect(await page.evaluate(overlappingChartText)).toEqual([]);

    const { texts, shapes, poor } = await contrasts(page);
    expect(poor).toEqual([]);
    expect(texts).toBeGreaterThan(500);
    expect(shapes).toBeGreaterThan(50);

    expect(heard).toEqual([]);
    expect(requests).toEqual([address]);
    await page.close();
  });

  it('is dark where dark is wished for', async () => {
    const behind = async (screen: (typeof screens)[number]) => {
      const { page } = await show(renderReport(handMade), screen);
      const color = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      await page.close();
      return color;
    };
    expect(await behind(screens[0])).toBe('rgb(255, 255, 255)');
    expect(await behind(screens[1])).toBe('rgb(18, 23, 28)');
  });

  it('runs and fetches nothing that a name holds, nor anything that gets into the file', async () => {
    const attack = '"><script>document.title = 1</script><img src="https://muster.example/a.png">';
    const html = renderReport({ ...handMade, pool: attack });
    const { page, heard, requests, address } = await show(html, screens[0]);
    expect(await page.title()).toContain('<script>');
    expect(await page.locator('script, img').count()).toBe(0);
    expect(heard).toEqual([]);
    expect(requests).toEqual([address]);
    await page.close();

    const broken = await show(html.replace('</h1>', `</h1>${attack}`), screens[0]);
    expect(await broken.page.locator('script').count()).toBe(1);
    expect(await broken.page.title()).toContain('<script>');
    expect(broken.heard.join()).toContain('Content Security Policy');
    expect(broken.refused).toEqual(['https://muster.example/a.png']);
    await broken.page.close();
  });
});

/** 4.5 for text and 3 for shapes (WCAG 2.2, 1.4.3 and 1.4.11). */
function contrasts(page: Page) {
  // In one string: a function with two arguments cannot be handed over.
  return page.evaluate<ReturnType<typeof poorContrasts>>(`(${poorContrasts})(4.5, 3)`);
}
