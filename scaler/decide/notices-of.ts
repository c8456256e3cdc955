import type { Situation } from './assess.ts';
import { openUntil } from './breaker.ts';
import { budgetStandings } from './budget.ts';
import type { WorkerChoice } from './decision.ts';
import { type Incidents, type Notice, noticesToSend } from './notice.ts';

/** What the owner should hear of now. */
export function noticesOf(
  { pool, memory, at, fleetSpend, workers }: Situation,
  terminate: readonly WorkerChoice[],
): { readonly send: readonly Notice[]; readonly incidents: Incidents } {
  const notices: Notice[] = [];
  const missing = terminate.filter(({ because }) => because === 'missing');
  if (missing.length > 0) {
    const instanceIds = missing.map(({ instanceId }) => instanceId);
    notices.push({ kind: 'missing-workers', instanceIds });
  }
  notices.push(...holds(workers));
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

/** By the last word of each worker that is still there. */
function holds(workers: Situation['workers']): Notice[] {
  const there = workers.filter(({ worker }) => worker.phase !== 'gone');
  const held = there.flatMap(({ worker: { instanceId, heartbeat } }) =>
    heartbeat?.heldSeconds === undefined ? [] : [{ instanceId, seconds: heartbeat.heldSeconds }],
  );
  const over = there.filter(({ worker }) => worker.heartbeat?.holdOver === true);
  const notices: Notice[] = [];
  if (held.length > 0) {
    const instanceIds = held.map(({ instanceId }) => instanceId);
    const heldSeconds = Math.max(...held.map(({ seconds }) => seconds));
    notices.push({ kind: 'workers-held', instanceIds, heldSeconds });
  }
  if (over.length > 0) {
    notices.push({ kind: 'holds-over', instanceIds: over.map(({ worker }) => worker.instanceId) });
  }
  return notices;
}
