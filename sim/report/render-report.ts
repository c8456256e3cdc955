import type { UnixSeconds } from '../../pool/units.ts';
import type { Comparison } from '../compare/result.ts';
import { type Assumptions, assumptionsSection } from './assumptions.ts';
import { decisionsByReason } from './decisions-by-reason.ts';
import { fleetOverTime } from './fleet-over-time.ts';
import { headline } from './headline.ts';
import { type Html, html, trustedMarkup } from './html.ts';
import { interruptionsOverTime } from './interruptions-over-time.ts';
import { intervalsOver } from './intervals.ts';
import { pageStyle } from './page-style.ts';
import { costAgainstWait } from './pareto.ts';
import { pricesOverTime, usageTables } from './prices-over-time.ts';
import { count, minute, span } from './quantities.ts';
import { sideBySide } from './side-by-side.ts';

/** The browser itself refuses whatever would leave the file; there is no script. */
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * A comparison as one HTML file that needs nothing beside itself: no network and no script. The same
 * input gives the same bytes. Throws a RangeError when there is no result.
 */
export function renderReport(comparison: Comparison, assumptions: Assumptions = {}): string {
  const { fleet, pool, start, duration, results } = comparison;
  const intervals = intervalsOver(start, endOf(comparison));
  const sections: readonly Section[] = [
    { id: 'policies', title: 'Cost and wait', body: sideBySide(comparison) },
    { id: 'pareto', title: 'Cost against wait', body: costAgainstWait(comparison) },
    { id: 'fleet', title: 'The fleet over time', body: fleetOverTime(comparison, intervals) },
    {
      id: 'prices',
      title: 'Prices of the types used most',
      body: html`${pricesOverTime(comparison, intervals)}<h3>What was paid for</h3>${usageTables(comparison)}`,
    },
    {
      id: 'interruptions',
      title: 'Interruptions',
      body: interruptionsOverTime(comparison, intervals),
    },
    { id: 'reasons', title: 'Decisions by reason', body: decisionsByReason(comparison) },
    {
      id: 'assumptions',
      title: 'What was assumed',
      body: assumptionsSection(comparison, assumptions),
    },
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${pool} of ${fleet}: simulated cost and wait</title>
<style>${trustedMarkup(pageStyle)}</style>
</head>
<body>
<header>
<span class="simulated">Simulated: no instance was started on AWS</span>
<h1>Cost and wait of pool ${pool}</h1>
<p class="subtitle">Fleet ${fleet}. ${span(duration)} of tasks from ${minute(start)} UTC. ${count(results.length, 'policy', 'policies')} compared.</p>
${headline(comparison)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${title}</h2>\n${body}\n</section>\n`)}</main>
<footer><p>Made by muster. This file needs no network and runs no script.</p></footer>
</body>
</html>
`;
  return page.markup;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** When the last policy was done. */
function endOf({ start, duration, results }: Comparison): UnixSeconds {
  const ends = results.map(({ timeline }) => timeline.at(-1)?.at ?? start);
  return Math.max(start + duration, ...ends);
}
