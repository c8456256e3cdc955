import { Command } from 'commander';
import { lockFileOf } from '../pool/image-lock.ts';
import { loadFleet } from '../pool/load.ts';
import type { Seconds } from '../pool/units.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

/** What a line starts with. */
const words = {
  yes: 'fits',
  maybe: 'may not fit',
  no: 'does not fit',
  unknown: 'not known',
} as const;

export function checkCommand(): Command {
  return new Command('check')
    .description(
      "Read the account's quotas and images, and say what of the fleet will not fit or start",
    )
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(timeoutOption('how long it may take', 2 * 60))
    .addHelpText(
      'after',
      '\nChecks groups, launch templates, roles, and vCPUs of spot and on-demand with every pool at its\n' +
        'maximum; instances of others are not counted. Changes nothing. "may not fit": it depends on\n' +
        'the types that the scaler chooses. "is not there": an image that the declaration, its lock file or a\n' +
        'parameter names. Exit code 1: something does not fit, or is not there.',
    )
    .action(async ({ config, timeout }: { config: string; timeout: Seconds }) => {
      const fleet = loadFleet(config);
      const { readQuotas } = await import('../account/read-quotas.ts');
      const { quotaFindings } = await import('../account/quota-findings.ts');
      const { goneLaunches } = await import('../account/named-images.ts');
      const signal = untilStopped(timeout);
      const findings = quotaFindings(fleet, await readQuotas(fleet, signal));
      for (const { fits, text } of findings) process.stdout.write(`${words[fits]}: ${text}\n`);
      const gone = await goneLaunches(fleet, lockFileOf(config), signal);
      for (const { region, id, by } of gone) {
        process.stdout.write(`is not there: ${region}: image ${id}, which ${by} names\n`);
      }
      const missing = findings.filter(({ fits }) => fits === 'no').length;
      if (missing > 0) {
        process.stderr.write(
          `${missing} do not fit: ask for more in Service Quotas, or lower capacity.max\n`,
        );
      }
      if (gone.length > 0) {
        process.stderr.write(
          `${gone.length} images are not there: deploy another, or resolve or declare it anew\n`,
        );
      }
      if (missing + gone.length > 0) process.exitCode = 1;
    });
}
