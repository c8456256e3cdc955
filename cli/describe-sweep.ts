import type { Seconds } from '../pool/units.ts';
import type { Sweep, Trial } from '../sim/compare/sweep.ts';

/** The Pareto set as YAML to paste into the declaration, with its figures as comments. Each line is ended. */
export function describeSweep(sweep: Sweep): string {
  const { pool, declared, paretoSet, tried, triedInFull } = sweep;
  const lines = [
    `# ${tried} settings tried, ${triedInFull} of them on all tasks; as declared: ${figures(declared)}`,
    ...(paretoSet.length === 0
      ? ['# with none of them all tasks were finished']
      : [
          `# ${paretoSet.length} are worth having, cheapest first: paste one into pool ${pool.name}`,
        ]),
    ...paretoSet.flatMap((trial) => ['', ...settingLines(sweep, trial)]),
  ];
  return `${lines.join('\n')}\n`;
}

function settingLines({ pool, declared }: Sweep, trial: Trial): readonly string[] {
  const { wait, buffer, idle } = trial.setting;
  const { drain, missingAfter, maxLifetime } = pool.lifecycle;
  const same = trial.setting === declared.setting ? ', as declared' : '';
  return [
    `    # ${figures(trial)}${same}`,
    `    wait: ${seconds(wait)}`,
    `    buffer: ${buffer}`,
    '    lifecycle:',
    `      idle: ${idle === 'auto' ? idle : seconds(idle)}`,
    `      drain: ${seconds(drain)}`,
    `      missingAfter: ${seconds(missingAfter)}`,
    `      maxLifetime: ${seconds(maxLifetime)}`,
  ];
}

function figures({ usd, p95, isComplete }: Trial): string {
  const left = isComplete ? '' : ', tasks left undone';
  return `USD ${usd.toFixed(2)}, wait p95 ${p95.toFixed(0)} s${left}`;
}

function seconds(value: Seconds): string {
  return `${value}s`;
}
