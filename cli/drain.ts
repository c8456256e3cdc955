import { Command } from 'commander';
import type { GroupToDrain } from '../account/drain-fleet.ts';
import { DeclarationError } from '../pool/declaration-error.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import { printDuration } from '../pool/parse-units.ts';
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

interface DrainCommandOptions {
  readonly config: string;
  readonly all?: boolean;
  readonly pool: readonly string[];
  readonly timeout: Seconds;
  readonly yes?: boolean;
}

/** Time between two looks at the groups. */
const lookEvery: Seconds = 5;

export function drainCommand(): Command {
  return new Command('drain')
    .description('Empty the groups of a fleet before destroy: workers finish and end, none starts')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .option('--all', 'all pools')
    .option(
      '--pool <name>',
      'this pool; may be given again',
      (name: string, before: readonly string[]) => [...before, name],
      [],
    )
    .addOption(timeoutOption('how long to wait until none is left', 30 * 60))
    .option('--yes', 'do it (default: list what would be done)')
    .addHelpText(
      'after',
      '\nSuspends launches, sets minimum, maximum and desired capacity to 0, and ends every instance\n' +
        "through Auto Scaling, whose hook gives each worker the pool's lifecycle.drain to finish.\n" +
        'Stop the scaler first: it would go on asking for capacity. terraform apply opens the groups\n' +
        'again. Exit code 1: instances are left; run it again.',
    )
    .action(async (options: DrainCommandOptions, command: Command) => {
      const { all = false, pool: names, timeout } = options;
      if (all === names.length > 0) {
        command.error('error: give either --all or --pool NAME', { exitCode: 2 });
      }
      const fleet = loadFleet(options.config);
      const poolIds = all ? null : poolIdsOf(fleet, names, options.config);
      const { drainFleet, groupsToDrain, isEmpty } = await import('../account/drain-fleet.ts');
      const signal = untilStopped(timeout);
      if (!options.yes) {
        listGroups(await groupsToDrain({ fleet, poolIds }, signal));
        return;
      }
      let left: readonly GroupToDrain[] = [];
      let shown = '';
      const onLook = (groups: readonly GroupToDrain[]) => {
        left = groups.filter((group) => !isEmpty(group));
        const line = progress(groups);
        if (line !== shown) process.stdout.write(`${line}\n`);
        shown = line;
      };
      try {
        await drainFleet({ fleet, poolIds, interval: lookEvery, onLook }, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new Error(describeLeft(left, timeout, signal));
      }
    });
}

function poolIdsOf(fleet: Fleet, names: readonly string[], config: string): ReadonlySet<string> {
  const ids = new Map(fleet.pools.map(({ name, id }) => [name, id]));
  const known = [...ids.keys()];
  const problems = names
    .filter((name) => !ids.has(name))
    .map((name) => ({
      path: 'pools',
      position: null,
      message: `got ${name}; allowed: ${known.join(', ')}${suggestion(nearest(name, known))}`,
    }));
  if (problems.length > 0) throw new DeclarationError(config, problems);
  return new Set(names.map((name) => ids.get(name) as string));
}

function listGroups(groups: readonly GroupToDrain[]): void {
  for (const { region, name, running, ending, closed } of groups) {
    const first = closed ? 'nothing launches into it already' : 'stop launches, set to 0';
    const end = running.length === 0 ? '' : `; end ${running.join(', ')}`;
    const wait = ending.length === 0 ? '' : `; wait for ${ending.join(', ')}`;
    process.stdout.write(`${region} ${name}: ${first}${end}${wait}\n`);
  }
  const end = groups.length === 0 ? 'Nothing to drain' : 'Nothing was changed; --yes does it';
  process.stdout.write(`${end}\n`);
}

function progress(groups: readonly GroupToDrain[]): string {
  const count = (of: (group: GroupToDrain) => readonly string[]) =>
    groups.reduce((sum, group) => sum + of(group).length, 0);
  const running = count((group) => group.running);
  const ending = count((group) => group.ending);
  const open = groups.filter(({ closed }) => !closed).length;
  if (running + ending + open === 0) return `Empty: ${groups.length} groups hold no instance`;
  return `${groups.length} groups: ${running} instances run, ${ending} are finishing`;
}

function describeLeft(
  left: readonly GroupToDrain[],
  timeout: Seconds,
  signal: AbortSignal,
): string {
  const why =
    signal.reason?.name === 'TimeoutError'
      ? `not empty after ${printDuration(timeout)}`
      : 'stopped';
  const groups = left.map(({ region, name, running, ending }) =>
    [region, name, [...running, ...ending].join(', ')].join(' '),
  );
  const rest = groups.length === 0 ? 'not known what is left' : `left: ${groups.join('; ')}`;
  return `${why}; ${rest}; groups stay closed; run it again, with a longer --timeout`;
}
