import { Command, InvalidArgumentError, Option } from 'commander';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import { wholeNumber } from './whole-number.ts';

export interface SimulateOptions {
  readonly config: string;
  readonly pool?: string;
  readonly tasks?: string;
  readonly prices?: string;
  readonly start?: UnixSeconds;
  readonly seed: number;
  readonly policy?: readonly string[];
  readonly lenient?: true;
  readonly wait?: Seconds;
  readonly hours?: number;
  readonly measuredOn?: string;
  readonly json?: true;
  readonly report?: string;
  readonly sweep?: true;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description("Tell what a pool's tasks would have cost and how long they would have waited")
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .option('--pool <name>', 'which pool; needed if there are several')
    .option('--tasks <file>', 'CSV of arrival_s,duration_s; without it, generated ones')
    .option('--prices <file>', 'CSV of spot prices; without it, generated from on-demand prices')
    .option('--start <time>', 'which time the zero of arrival_s is, as 2024-05-06', parseTime)
    .option('--seed <number>', 'the same seed gives the same result', wholeNumber(0, 2 ** 31), 7)
    .option('--policy <name...>', "only these; default: muster and every other system's")
    .option('--wait <seconds>', "in place of the pool's wait target", wholeNumber(1, 604_800))
    .option('--measured-on <type>', 'instance type that durations are of; default: the middle one')
    .addOption(
      new Option('--hours <number>', 'hours of generated tasks; default: 24')
        .argParser(wholeNumber(1, 1000))
        .conflicts('tasks'),
    )
    .option('--lenient', 'mend what is wrong in files, and count it, where it would be an error')
    .addOption(
      new Option(
        '--sweep',
        'try wait targets, buffers and idle times, and print the best ones',
      ).conflicts(['policy', 'wait', 'report', 'json']),
    )
    .option('--report <file>', 'write a report as one HTML file')
    .option('--json', 'print everything as JSON')
    .addHelpText(
      'after',
      '\nNeeds no account and no network. Prices of the past: npx muster prices. Tasks of a CI system:\n' +
        'npx muster convert. What the figures mean: docs/simulate.md.',
    )
    .action(async (options: SimulateOptions) => {
      // The simulator takes a while to load, and no other command needs it.
      const { simulate } = await import('./simulate-run.ts');
      await simulate(options);
    });
}

/** A day or a moment, UTC unless it says otherwise. */
function parseTime(text: string): UnixSeconds {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return time / 1000;
  throw new InvalidArgumentError('Allowed: a time such as 2024-05-06 or 2024-05-06T08:00:00Z.');
}
