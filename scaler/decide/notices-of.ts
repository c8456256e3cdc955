import type { Situation } from './assess.ts';
import { openUntil } from './breaker.ts';
import { budgetStandings } from './budget.ts';
import type { WorkerChoice } from './decision.ts';
import { type Incidents, type Notice, noticesToSend } from './notice.ts';

/** What the owner should hear of now. */
export function noticesOf(
  { pool, memory, at, fleetSpend }: Situation,
  terminate: readonly WorkerChoice[],
): { readonly send: readonly Notice[]; readonly incidents: Incidents } {
  const notices: Notice[] = [];
  const missing = terminate.filter(({ because }) => because === 'missing');
  if (missing.length > 0) {
    const instanceIds = missing.map(({ instanceId }) => instanceId);
    notices.push({ kind: 'missing-workers', instanceIds });
  }
  const until = openUntil(pool.breakers.boots, memory.failedBoots);
  if (until !== null && at < until) {
    notices.push({ kind: 'boots-fail', failures: memory.failedBoots.length, until });
  }
  const { outstandingSince } = memory;
  if (outstandingSince !== null && at - outstandingSince > pool.lifecycle.missingAfter) {
    const causes = new Set(Object.values(memory.refusals).map(({ cause }) => cause));
    const cause = [...causes].sort().join(', ') || 'the cloud did not say why';
    notices.push({ kind: 'launches-fail', cause, since: outstandingSince });
  }
  for (const { budget, usd, state } of budgetStandings(pool, memory.spend, fleetSpend)) {
    if (state === 'within') continue;
    const kind = state === 'spent' ? 'budget-spent' : 'budget-alert';
    notices.push({ kind, spent: usd, budget: budget.usd });
  }
  return noticesToSend(memory.incidents, notices, at);
}
