import Table from 'cli-table3';
import { bootFactor, hourlyDisk, lostWorkFactor } from './decide/cost.ts';
import type { Decision } from './decide/decision.ts';
import type { Memory } from './decide/memory.ts';
import type { Observation, PoolPolicy } from './decide/observation.ts';
import { type RankedOffering, rankOfferings } from './decide/ranking.ts';
import { describeReason } from './describe-reason.ts';

/** Rows of each table; the rest is counted. */
const mostRows = 40;

/** What a pool's last decision was made from and led to. */
export interface LastDecision {
  readonly observation: Observation;
  readonly decision: Decision;
  /** As the decision left it. */
  readonly memory: Memory;
}

/** Why a pool's last decision is what it is, as text for a person. */
export function explain(pool: PoolPolicy, last: LastDecision): string {
  const { observation, decision, memory } = last;
  const { ranked, rejected } = rankOfferings(pool, observation, memory);
  const parts = [
    `${pool.name}: decision ${decision.sequence} of ${isoTime(decision.at)}`,
    '',
    `Queue    ${describeQueue(observation)}`,
    `Workers  ${describeCapacity(decision)}`,
    `Target   ${decision.target} slots`,
    `Spent    ${describeSpend(memory)}`,
    '',
    'Why',
    ...decision.reasons.map((reason) => `  ${describeReason(reason)}`),
    '',
    'Groups',
    groupTable(observation, decision),
    '',
    'Offerings that can be used, cheapest for the work they do first:',
    '(USD/h + disk) / utility x boots x lost work = USD per unit of finished work',
    rankedTable(ranked),
  ];
  if (rejected.length > 0) {
    const table = plainTable(['type', 'zone', 'market', 'USD/h', 'why not']);
    for (const { offering, because } of rejected.slice(0, mostRows)) {
      const { instanceType, zone, market } = offering;
      table.push([instanceType, zone, market, money(offering.price), because]);
    }
    parts.push('', 'Offerings that cannot', withRest(table, rejected.length));
  }
  parts.push(...describeMemory(memory, observation), '');
  return parts.join('\n');
}

function rankedTable(ranked: readonly RankedOffering[]): string {
  const head = ['#', 'type', 'zone', 'market', 'USD/h', 'disk', 'utility', 'boots', 'lost work'];
  const table = plainTable([...head, 'cost', '']);
  for (const [index, entry] of ranked.slice(0, mostRows).entries()) {
    const { offering, choice, price, basis, cost } = entry;
    table.push([
      index + 1,
      choice.type,
      offering.zone,
      offering.market,
      money(price),
      money(hourlyDisk(basis)),
      basis.utility.toFixed(2),
      bootFactor(basis).toFixed(4),
      lostWorkFactor(basis).toFixed(4),
      money(cost),
      offering.priceSource === 'live' ? '' : `${offering.priceSource} price`,
    ]);
  }
  return withRest(table, ranked.length);
}

/** What the pool remembers that keeps offerings out or moves utilities. */
function describeMemory(memory: Memory, { at }: Observation): string[] {
  const lines: string[] = [];
  const refusals = Object.entries(memory.refusals).filter(([, { until }]) => at < until);
  for (const [key, { cause, until, times }] of refusals.slice(0, mostRows)) {
    lines.push(`  ${key}: ${cause}, ${times} in a row, left alone until ${isoTime(until)}`);
  }
  for (const [type, { factor, taskDuration }] of Object.entries(memory.learnedUtility)) {
    const tasks = `${taskDuration.samples} tasks of ${Math.round(taskDuration.mean)} s`;
    lines.push(`  ${type}: declared utility x ${factor.toFixed(3)}, learned from ${tasks}`);
  }
  return lines.length === 0 ? [] : ['', 'Remembered', ...lines];
}

function describeSpend({ spend }: Memory): string {
  if (spend === null) return 'nothing yet';
  const { day, month } = spend;
  return `${day.usd.toFixed(2)} USD today, ${month.usd.toFixed(2)} USD this month (UTC)`;
}

function describeQueue({ queue }: Observation): string {
  if (queue.status === 'unknown') return `not known: ${queue.error}`;
  const oldest =
    queue.oldestPendingAge === null
      ? ''
      : `, the oldest for ${Math.round(queue.oldestPendingAge)} s`;
  return `${queue.pending} waiting${oldest}; ${queue.claimed ?? 'unknown'} running`;
}

function describeCapacity({ capacity }: Decision): string {
  const parts = Object.entries(capacity).filter(([, slots]) => slots > 0);
  if (parts.length === 0) return 'none';
  return `${parts.map(([state, slots]) => `${slots} ${state}`).join(', ')} (slots)`;
}

function groupTable(observation: Observation, { groups }: Decision): string {
  const table = plainTable(['group', 'region', 'desired before', 'after', 'overrides (weight)']);
  for (const group of groups) {
    const before = observation.groups.find(
      ({ name, region }) => name === group.name && region === group.region,
    );
    const overrides = group.overrides ?? before?.overrides ?? [];
    table.push([
      group.name,
      group.region,
      before?.desiredCapacity ?? '-',
      group.desiredCapacity,
      overrides.map(({ instanceType, weight }) => `${instanceType} (${weight})`).join(', '),
    ]);
  }
  return table.toString();
}

function withRest(table: Table.Table, rows: number): string {
  const rest = rows - mostRows;
  return rest > 0 ? `${table.toString()}\n  and ${rest} more` : table.toString();
}

function money(amount: number | null): string {
  return amount === null ? '-' : amount.toFixed(4);
}

function isoTime(at: number): string {
  return new Date(at * 1000).toISOString();
}

/** Columns set apart by two blanks, without lines. */
function plainTable(head: string[]): Table.Table {
  const none = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '', left: '', right: '' };
  const chars = { ...none, top: '', 'top-mid': '', 'top-left': '', 'top-right': '' };
  const bottom = { bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
  return new Table({
    head,
    chars: { ...chars, ...bottom, middle: '' },
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
  });
}
