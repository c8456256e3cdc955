import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import type { DecisionTally } from '../sim/decision-tally.ts';
import type { SimulationSummary } from '../sim/summary.ts';

export interface DemoRun {
  readonly seed: number;
  readonly hours: number;
  /** Virtual time until the last task was done and the last worker let go. */
  readonly lasted: Seconds;
  readonly summary: SimulationSummary;
  readonly tally: DecisionTally;
  readonly fleet: Fleet;
}

/** The run in a few lines, each ended. The same run gives the same text. */
export function describeRun({ seed, hours, lasted, summary, tally, fleet }: DemoRun): string {
  const { tasks, wait, spend, instances, idleShare } = summary;
  const usd = spend.spot + spend['on-demand'];
  const targets = fleet.pools.map(({ name, wait: target }) => `${name} ${target} s`).join(', ');
  const rows: [string, string][] = [
    ['simulated', `${hours} h of arrivals, ${(lasted / 3600).toFixed(2)} h in all, seed ${seed}`],
    ['tasks done', `${tasks.finished} of ${tasks.arrived}`],
    ['wait', `p50 ${seconds(wait.p50)}, p95 ${seconds(wait.p95)}, p99 ${seconds(wait.p99)}`],
    ['wait target', targets],
    ['spend', `USD ${usd.toFixed(2)} (${spend['on-demand'].toFixed(2)} of it on-demand)`],
    ['per 1,000 tasks', perThousand(usd, tasks.finished)],
    ['idle share', `${(idleShare * 100).toFixed(1)} % of the slot time paid for, boots included`],
    ['instances', `${instances.launched} launched, ${instances.interrupted} interrupted`],
    ['launches refused', counts(tally.launchFailures)],
    ['runs cut short', `${tasks.interrupted} by interruption, ${tasks.terminated} by scale-in`],
    ['decisions', `${tally.decisions} in ${tally.iterations} iterations, by reason:`],
  ];
  const reasons = [...tally.byReason].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const failures = [...tally.failures].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    ...rows.map(([label, text]) => `${label.padEnd(18)}${text}`),
    ...reasons.map(([kind, count]) => `  ${kind.padEnd(22)}${String(count).padStart(7)}`),
    ...failures.map(([what, count]) => `failed ${count} times: ${what}`),
  ];
  return `${lines.join('\n')}\n`;
}

function counts(of: ReadonlyMap<string, number>): string {
  const sorted = [...of].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([what, count]) => `${count} ${what}`).join(', ') || 'none';
}

function seconds(value: Seconds): string {
  return Number.isNaN(value) ? 'none' : `${value.toFixed(0)} s`;
}

function perThousand(usd: number, tasks: number): string {
  return tasks === 0 ? 'none' : `USD ${((usd / tasks) * 1000).toFixed(2)}`;
}
