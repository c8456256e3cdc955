import Table from 'cli-table3';
import type { Decision } from './decide/decision.ts';
import type { Observation, PoolPolicy } from './decide/observation.ts';
import { type Ranking, rankOfferings } from './decide/offerings.ts';
import { describeReason } from './describe-reason.ts';

/** Rows of the offerings' table; the dearest beyond these are counted. */
const mostOfferingsShown = 40;

/** Why a pool's last decision is what it is, as text for a person. */
export function explain(
  pool: PoolPolicy,
  { observation, decision }: { observation: Observation; decision: Decision },
): string {
  const ranking = rankOfferings(pool, observation.offerings);
  const time = new Date(decision.at * 1000).toISOString();
  return [
    `${pool.name}: decision ${decision.sequence} of ${time}`,
    '',
    `Queue    ${describeQueue(observation)}`,
    `Workers  ${describeCapacity(decision)}`,
    `Target   ${decision.target} slots`,
    '',
    'Why',
    ...decision.reasons.map((reason) => `  ${describeReason(reason)}`),
    '',
    'Groups',
    groupTable(observation, decision),
    '',
    'Offerings, cheapest per utility first (USD/h / utility = USD/h per utility)',
    offeringTable(ranking),
    '',
  ].join('\n');
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

function offeringTable({ ranked, rejected }: Ranking): string {
  const table = plainTable(['#', 'type', 'zone', 'market', 'USD/h', 'utility', 'per utility', '']);
  for (const [index, { offering, choice, price, pricePerUtility }] of ranked
    .slice(0, mostOfferingsShown)
    .entries()) {
    table.push([
      index + 1,
      choice.type,
      offering.zone,
      offering.market,
      price.toFixed(4),
      choice.utility,
      pricePerUtility.toFixed(4),
      offering.priceSource === 'live' ? '' : `${offering.priceSource} price`,
    ]);
  }
  for (const { offering, because } of rejected.slice(0, mostOfferingsShown)) {
    const price = offering.price === null ? '-' : offering.price.toFixed(4);
    table.push([
      '-',
      offering.instanceType,
      offering.zone,
      offering.market,
      price,
      '',
      '',
      because,
    ]);
  }
  const shown = (list: readonly unknown[]) => Math.max(0, list.length - mostOfferingsShown);
  const hidden = shown(ranked) + shown(rejected);
  return hidden > 0 ? `${table.toString()}\n  and ${hidden} more` : table.toString();
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
