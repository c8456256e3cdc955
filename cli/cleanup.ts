import { Command } from 'commander';
import type { Failure, OwnedResource } from '../account/clean-fleet.ts';
import { loadFleet } from '../pool/load.ts';
import { printDuration } from '../pool/parse-units.ts';
import type { Seconds } from '../pool/units.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

interface CleanupCommandOptions {
  readonly config: string;
  readonly timeout: Seconds;
  readonly yes?: boolean;
}

/** Time between two tries of what is still in use. */
const tryEvery: Seconds = 5;

export function cleanupCommand(): Command {
  return new Command('cleanup')
    .description(
      'List, and with --yes remove, what a fleet owns in its regions, and nothing else: ' +
        'what terraform destroy no longer knows, such as a half-failed apply leaves',
    )
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(timeoutOption('how long it may take', 20 * 60))
    .option('--yes', 'remove it (default: list it)')
    .addHelpText(
      'after',
      "\nOwned is what carries the tag muster:fleet with the fleet's name: groups, spot requests,\n" +
        'instances, launch templates, Elastic IPs, volumes, images with their snapshots, key pairs,\n' +
        'security groups, a network of its own, event rules, alarms, dashboard, build project, topics,\n' +
        'queues, SSM parameters, table, buckets with all that is in them, log groups, budget, roles and\n' +
        'policies. A key is deleted by AWS 30 days later. What is only partly marked, such as by name,\n' +
        'and what others use, is kept and listed, as is what carries the tag and is of another kind.\n' +
        'Workers end at once: use drain first to let them finish.\n' +
        'Exit code 1: something could not be removed; run it again.',
    )
    .action(async ({ config, timeout, yes = false }: CleanupCommandOptions) => {
      const fleet = loadFleet(config);
      const { cleanFleet, listOwned } = await import('../account/clean-fleet.ts');
      const signal = untilStopped(timeout);
      const { resources, others } = await listOwned(fleet, signal);
      const own = resources.filter(({ kept }) => kept === null);
      if (!yes) for (const resource of own) tell(`would remove ${describe(resource)}`);
      for (const resource of resources) {
        if (resource.kept !== null) tell(`keeps ${describe(resource)}: ${resource.kept}`);
      }
      for (const arn of others) tell(`keeps ${arn}: not removed by cleanup`);
      if (!yes) {
        tell(`${own.length} to remove${own.length === 0 ? '' : '; --yes removes them'}`);
        return;
      }
      let removed = 0;
      const onRemoved = (resource: OwnedResource) => {
        removed += 1;
        tell(`removed ${describe(resource)}`);
      };
      let failures: readonly Failure[];
      try {
        failures = await cleanFleet({ fleet, interval: tryEvery, onRemoved }, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        const isLate = signal.reason?.name === 'TimeoutError';
        const why = isLate ? `not done after ${printDuration(timeout)}` : 'stopped';
        throw new Error(`${why}; ${removed} removed; run it again for the rest`);
      }
      for (const { resource, message } of failures) {
        process.stderr.write(`could not remove ${describe(resource)}: ${message}\n`);
      }
      tell(`${removed} removed, ${failures.length} could not be`);
      if (failures.length > 0) process.exitCode = 1;
    });
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe({ region, kind, id, name }: OwnedResource): string {
  const where = region === null ? '' : `${region} `;
  return `${where}${kind} ${id}${name === null ? '' : ` (${name})`}`;
}
