import Table from 'cli-table3';
import type { Comparison, PolicyResult } from '../sim/compare/result.ts';
import { showDuration, showTime } from '../sim/traces/durations.ts';

const columns: readonly (readonly [string, (result: PolicyResult) => string])[] = [
  ['policy', ({ policy }) => policy],
  ['USD', ({ usd }) => usd.toFixed(2)],
  ['ratio', ({ ratioToBound }) => ratioToBound?.toFixed(2) ?? '-'],
  ['wait p50', ({ summary }) => seconds(summary.wait.p50)],
  ['p95', ({ summary }) => seconds(summary.wait.p95)],
  ['p99', ({ summary }) => seconds(summary.wait.p99)],
  ['longest', ({ summary }) => seconds(summary.wait.longest)],
  ['finish p95', ({ summary }) => seconds(summary.flowTime.p95)],
  ['idle', ({ summary }) => `${(100 * summary.idleShare).toFixed(1)} %`],
  ['started', ({ summary }) => String(summary.instances.launched)],
  ['interrupted', ({ summary }) => String(summary.instances.interrupted)],
  ['lost', ({ summary }) => String(summary.tasks.terminated)],
  ['calls', ({ apiCalls }) => String(apiCalls)],
];

const bare = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** A table with a row for each policy, and what its figures are of. Each line is ended. */
export function describeComparison(comparison: Comparison): string {
  const { fleet, pool, start, duration, wait, seed, lowerBound, results } = comparison;
  const table = new Table({
    head: columns.map(([name]) => name),
    colAligns: columns.map((_, index) => (index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    chars: bare,
  });
  for (const result of results) table.push(columns.map(([, cell]) => cell(result)));
  const lines = table.toString().split('\n');
  return [
    `Pool ${pool} of ${fleet}, ${showDuration(duration)} of arrivals from ${showTime(start)}, seed ${seed}`,
    `Wait target ${wait} s; least possible cost ${lowerBound === null ? 'not known' : `USD ${lowerBound.toFixed(2)}`}`,
    '',
    ...lines.map((line) => line.trimEnd()),
    '',
    'ratio: cost over the least possible. Waits and arrival to finish: seconds. idle: share of the slot',
    'time paid for, boots included. lost: task runs lost to scale-in.',
    ...results.flatMap(unfinished),
    '',
  ].join('\n');
}

function unfinished({ policy, summary: { tasks } }: PolicyResult): readonly string[] {
  const left = tasks.arrived - tasks.finished;
  return left > 0
    ? [`${policy} left ${left} of ${tasks.arrived} tasks unfinished: its cost is for less work.`]
    : [];
}

function seconds(value: number): string {
  return Number.isFinite(value) ? value.toFixed(0) : '-';
}
