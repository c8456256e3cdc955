import type { Budget } from '../../pool/pool.ts';
import type { UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { Memory } from './memory.ts';
import type { FleetSpend, PoolPolicy } from './observation.ts';

/** What was spent in the current period. */
export interface Spend {
  /** Start of the period. */
  readonly since: UnixSeconds;
  readonly usd: number;
  /** When it was last brought up to date. */
  readonly at: UnixSeconds;
}

export type BudgetState = 'within' | 'alert' | 'spent';

/**
 * Adds what the workers have cost since the last look: USD per hour x time. Estimated from the prices
 * that the decision knows, so data transfer and taxes are not in it. A new period starts from zero.
 */
export function addSpend(
  spend: Spend | null,
  { at, rate, per }: { at: UnixSeconds; rate: UsdPerHour; per: Budget['per'] },
): Spend {
  const since = startOfPeriod(at, per);
  if (spend === null || at < spend.at) return { since, usd: 0, at };
  const from = Math.max(since, spend.at);
  const before = spend.since === since ? spend.usd : 0;
  return { since, usd: before + (rate * (at - from)) / 3_600, at };
}

/** How a spend stands against a budget. */
export function budgetState(budget: Budget, spend: Pick<Spend, 'usd'>): BudgetState {
  if (spend.usd >= budget.usd) return 'spent';
  return spend.usd >= budget.alertAt * budget.usd ? 'alert' : 'within';
}

/** A budget that applies to a pool, its own or the fleet's, and how its spend stands against it. */
export interface BudgetStanding {
  readonly budget: Budget;
  readonly usd: number;
  readonly state: BudgetState;
}

/** The budgets that apply to a pool, its own first. */
export function budgetStandings(
  pool: PoolPolicy,
  spend: Memory['spend'],
  fleet: FleetSpend | null,
): readonly BudgetStanding[] {
  const standings: BudgetStanding[] = [];
  const own = pool.budget && spend?.[pool.budget.per];
  if (pool.budget && own) {
    const state = budgetState(pool.budget, own);
    standings.push({ budget: pool.budget, usd: own.usd, state });
  }
  if (fleet) standings.push({ ...fleet, state: budgetState(fleet.budget, fleet) });
  return standings;
}

const day = 86_400;

function startOfPeriod(at: UnixSeconds, per: Budget['per']): UnixSeconds {
  const today = Math.floor(at / day);
  if (per === 'day') return today * day;
  return (today - dayOfMonth(today)) * day;
}

/**
 * Days since the first of the month, from days since 1970-01-01, in the proleptic Gregorian calendar
 * (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days), since the decision
 * may not read a calendar that depends on where it runs.
 */
function dayOfMonth(days: number): number {
  const shifted = days + 719_468;
  const dayOfEra = ((shifted % 146_097) + 146_097) % 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  return dayOfYear - Math.floor((153 * month + 2) / 5);
}
