import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { SimulationError } from '../sim/check-fleet.ts';
import { comparePolicies } from '../sim/compare/compare-policies.ts';
import { policyNames } from '../sim/compare/run-policy.ts';
import { sweep } from '../sim/compare/sweep.ts';
import { describeComparison } from './describe-comparison.ts';
import { describeSweep } from './describe-sweep.ts';
import { progressBar } from './progress-bar.ts';
import type { SimulateOptions } from './simulate.ts';
import { readInput } from './simulate-input.ts';

/**
 * Everything that can be wrong with what was asked is told before anything is simulated or written.
 * @throws DeclarationError, TraceError or SimulationError for what a person can mend.
 */
export async function simulate(options: SimulateOptions): Promise<void> {
  const policies = chosenPolicies(options);
  if (options.report !== undefined) refuseUnwritable(options.report);
  const input = await readInput(options, tell);
  tell(`durations as on one slot of ${input.measuredOn}; another type of the pool: --measured-on`);
  if (options.sweep) {
    process.stdout.write(describeSweep(await withProgress((show) => sweep(input.scenario, show))));
    return;
  }
  const comparison = await withProgress((onProgress) =>
    comparePolicies({ ...input, policies, onProgress }),
  );
  if (options.report !== undefined) {
    // It takes a while to load.
    const { renderReport } = await import('../sim/report/render-report.ts');
    await writeFileAtomic(options.report, renderReport(comparison));
    tell(`${options.report}: written`);
  }
  process.stdout.write(
    options.json ? `${JSON.stringify(comparison)}\n` : describeComparison(comparison),
  );
}

function chosenPolicies({ policy }: SimulateOptions): readonly string[] {
  if (policy === undefined) return policyNames;
  const unknown = policy.find((name) => !policyNames.includes(name));
  if (unknown === undefined) return [...new Set(policy)];
  throw new SimulationError(`--policy: got ${unknown}; allowed: ${policyNames.join(', ')}`);
}

function refuseUnwritable(file: string): void {
  const folder = dirname(file);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SimulationError(`--report: there is no folder ${folder}; make it, or name another`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SimulationError(`--report: ${file} is a folder; allowed: the name of a file`);
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function withProgress<T>(
  work: (show: (share: number, doing: string) => void) => Promise<T>,
): Promise<T> {
  const bar = progressBar(process.stderr);
  try {
    return await work(bar.show);
  } finally {
    bar.end();
  }
}
