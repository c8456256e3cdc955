import { Command } from 'commander';
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
    .description("Read the account's quotas, and say what of the fleet will not fit")
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(timeoutOption('how long it may take', 2 * 60))
    .addHelpText(
      'after',
      '\nChecks groups, launch templates, roles, and vCPUs of spot and on-demand with every pool at its\n' +
        'maximum; instances of others are not counted. Changes nothing. "may not fit": it depends on\n' +
        'the types that the scaler chooses. Exit code 1: something does not fit.',
    )
    .action(async ({ config, timeout }: { config: string; timeout: Seconds }) => {
      const fleet = loadFleet(config);
      const { readQuotas } = await import('../account/read-quotas.ts');
      const { quotaFindings } = await import('../account/quota-findings.ts');
      const findings = quotaFindings(fleet, await readQuotas(fleet, untilStopped(timeout)));
      for (const { fits, text } of findings) process.stdout.write(`${words[fits]}: ${text}\n`);
      const missing = findings.filter(({ fits }) => fits === 'no').length;
      if (missing === 0) return;
      process.stderr.write(
        `${missing} do not fit: ask for more in Service Quotas, or lower capacity.max\n`,
      );
      process.exitCode = 1;
    });
}
