/** All there is of every policy, as one table. */
import type { Comparison, PolicyResult } from '../compare/result.ts';
import type { Html } from './html.ts';
import { byCost, subjectOf, unfinished } from './policies.ts';
import { absent, decimal, percent, usd } from './quantities.ts';
import { type Column, dataTable } from './table.ts';

export function policyTable(comparison: Comparison): Html {
  const subject = subjectOf(comparison);
  return dataTable({
    caption: 'Every policy on the same tasks, prices and cloud, cheapest first',
    columns: columnsOf(comparison),
    rows: byCost(comparison),
    emphasised: (result) => result === subject,
  });
}

function columnsOf({ lowerBound, results }: Comparison): readonly Column<PolicyResult>[] {
  const seconds = (value: number) => decimal(value, 1);
  const refused = (result: PolicyResult) =>
    Object.values(result.launchFailures).reduce((sum, times) => sum + times, 0);
  const columns: Column<PolicyResult>[] = [
    { heading: 'policy', cell: ({ policy }) => policy },
    { heading: 'USD', cell: (result) => usd(result.usd) },
    { heading: 'of it on-demand', cell: ({ summary }) => usd(summary.spend['on-demand']) },
    { heading: 'wait p50, s', cell: ({ summary }) => seconds(summary.wait.p50) },
    { heading: 'p95, s', cell: ({ summary }) => seconds(summary.wait.p95) },
    { heading: 'p99, s', cell: ({ summary }) => seconds(summary.wait.p99) },
    { heading: 'longest, s', cell: ({ summary }) => seconds(summary.wait.longest) },
    { heading: 'arrival to finish p95, s', cell: ({ summary }) => seconds(summary.flowTime.p95) },
    { heading: 'idle share', cell: ({ summary }) => percent(summary.idleShare) },
    { heading: 'instances', cell: ({ summary }) => decimal(summary.instances.launched) },
    { heading: 'interrupted', cell: ({ summary }) => decimal(summary.instances.interrupted) },
    {
      heading: 'task runs lost to that',
      cell: ({ summary }) => decimal(summary.tasks.interrupted),
    },
    { heading: 'lost to scale-in', cell: ({ summary }) => decimal(summary.tasks.terminated) },
    { heading: 'launches refused', cell: (result) => decimal(refused(result)) },
    { heading: 'API calls', cell: ({ apiCalls }) => decimal(apiCalls) },
  ];
  if (lowerBound !== null) {
    columns.splice(2, 0, {
      heading: 'of the least possible',
      cell: ({ ratioToBound }) => (ratioToBound === null ? absent : `${decimal(ratioToBound, 2)}×`),
    });
  }
  if (results.some((result) => unfinished(result) > 0)) {
    columns.push({ heading: 'tasks not finished', cell: (result) => decimal(unfinished(result)) });
  }
  return columns;
}
