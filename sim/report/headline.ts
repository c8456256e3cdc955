import type { Comparison, PolicyResult } from '../compare/result.ts';
import { type Html, html } from './html.ts';
import { subjectOf, unfinished } from './policies.ts';
import { count, decimal, duration, usd } from './quantities.ts';

/** The answer to what a user asks first: what it would have cost, and how long tasks would have waited. */
export function headline(comparison: Comparison): Html {
  const subject = subjectOf(comparison);
  return html`<p class="headline">${costSentence(subject)} ${waitSentence(subject, comparison.wait)}</p>
<p>${othersSentence(comparison, subject)}</p>
${comparison.results.map(unfinishedWarning)}`;
}

function costSentence({ policy, usd: cost, ratioToBound }: PolicyResult): Html {
  const ratio =
    ratioToBound === null ? '' : `, ${decimal(ratioToBound, 2)} times the least possible`;
  return html`<strong>${policy}</strong> would have cost <strong>USD\u00a0${usd(cost)}</strong>${ratio}.`;
}

function waitSentence({ summary: { wait } }: PolicyResult, target: number): Html {
  if (!Number.isFinite(wait.p95)) return html`No task was started.`;
  const verdict =
    wait.p95 <= target
      ? `within the target of ${duration(target)}`
      : `later than the target of ${duration(target)}`;
  return html`95 % of tasks started within <strong>${duration(wait.p95)}</strong>, ${verdict}.`;
}

/** Whether it met the wait target, with all of the work done. */
function meets(result: PolicyResult, target: number): boolean {
  return unfinished(result) === 0 && result.summary.wait.p95 <= target;
}

function othersSentence({ results, wait }: Comparison, subject: PolicyResult): string {
  const others = results.filter((result) => result !== subject);
  if (others.length === 0) return '';
  const meeting = others.filter((result) => meets(result, wait)).sort((a, b) => a.usd - b.usd);
  const [cheapest] = meeting;
  const compared = count(others.length, 'other policy', 'other policies');
  if (cheapest === undefined) return `Of ${compared}, none met the target.`;
  return (
    `Of ${compared}, ${meeting.length} met the target; the cheapest of these, ${cheapest.policy}, ` +
    `would have cost USD\u00a0${usd(cheapest.usd)}${difference(cheapest.usd, subject.usd)}.`
  );
}

function difference(other: number, own: number): string {
  if (!(own > 0)) return '';
  const share = Math.round(100 * (other / own - 1));
  if (share === 0) return ', about the same';
  return share > 0 ? `, ${share} % more` : `, ${-share} % less`;
}

function unfinishedWarning(result: PolicyResult): Html | null {
  const left = unfinished(result);
  if (left <= 0) return null;
  return html`<p class="warning">${result.policy} left ${count(left, 'task')} of ${decimal(result.summary.tasks.arrived)} unfinished when its run ended: its cost is for less work, and its waits are those of tasks that started.</p>`;
}
