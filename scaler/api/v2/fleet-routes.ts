/** Routes about the whole fleet. */
import type { Budget } from '../../../pool/pool.ts';
import { identityHasScope } from '../identity.ts';
import type { LastLook } from '../live-fleet.ts';
import type { ModernParts } from './parts.ts';
import { auditListSchema, budgetListSchema, pageQuery, statusSchema } from './resources.ts';
import { type ApiRoute, route, visiblePools } from './route.ts';

const fleetScope = 'muster:view-fleet';
const auditPage = pageQuery(1_000);

export function fleetRoutes(parts: ModernParts): readonly ApiRoute[] {
  const { fleet, clock, directory, live } = parts;
  return [
    route({
      name: 'getStatus',
      method: 'GET',
      path: '/status',
      title: 'Whether the scaler works',
      output: statusSchema,
      async handle({ signal }) {
        const lastIterationAt = await live.lastIterationAt();
        const isLate = lastIterationAt !== null && clock.now() - lastIterationAt > parts.healthyFor;
        return {
          fleet: fleet.name,
          status: lastIterationAt === null ? 'starting' : isLate ? 'stale' : 'operational',
          lastIterationAt,
          leading: parts.isLeading(),
          paused: fleet.paused,
          pools: (await directory.list(signal)).length,
        };
      },
    }),
    route({
      name: 'listBudgets',
      method: 'GET',
      path: '/budgets',
      title: 'Budgets and what is spent: of the pools that the caller may view, and of the fleet',
      output: budgetListSchema,
      async handle({ identity, signal }) {
        const ofFleet = identityHasScope(identity, fleetScope);
        const visible = ofFleet && !seesPools(identity) ? () => false : visiblePools(identity);
        const [entries, looks] = await Promise.all([directory.list(signal), live.looks()]);
        const shown = entries.filter(({ workerType }) => visible(workerType));
        const pools = shown.map(({ workerType, poolId, pool }) => {
          const spent = spentBy(looks.get(poolId));
          return { pool: workerType, budget: shownBudget(pool?.budget ?? null), spent };
        });
        if (!ofFleet) return { budgets: pools };
        const all = [...looks.values()].map(spentBy);
        const spent = {
          day: sum(all.map(({ day }) => day)),
          month: sum(all.map((it) => it.month)),
        };
        return { budgets: [{ pool: null, budget: shownBudget(fleet.budget), spent }, ...pools] };
      },
    }),
    route({
      name: 'listAudit',
      method: 'GET',
      path: '/audit',
      title: 'Writes over the API, newest first: who, what, from where, with what result',
      scopes: ['muster:view-audit'],
      query: auditPage,
      output: auditListSchema,
      async handle({ query, signal }) {
        const { limit, after } = query;
        return parts.auditLog.page({ limit, ...(after !== undefined && { after }) }, signal);
      },
    }),
  ];
}

function seesPools(identity: Parameters<typeof visiblePools>[0]): boolean {
  try {
    visiblePools(identity);
    return true;
  } catch {
    return false;
  }
}

function shownBudget(budget: Budget | null) {
  if (budget === null) return null;
  const { usd, per, alertAt, cap } = budget;
  return { usd, per, alertAt, cap };
}

function spentBy(look: LastLook | undefined): { day: number | null; month: number | null } {
  const spend = look?.memory.spend ?? null;
  return { day: spend?.day.usd ?? null, month: spend?.month.usd ?? null };
}

/** null: nothing is known of any. */
function sum(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null);
  return known.length === 0 ? null : known.reduce((all, amount) => all + amount, 0);
}
