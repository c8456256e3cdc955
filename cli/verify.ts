import { Command, InvalidArgumentError } from 'commander';
import { loadFleet } from '../pool/load.ts';
import { printDuration } from '../pool/parse-units.ts';
import type { Seconds } from '../pool/units.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

interface VerifyCommandOptions {
  readonly config: string;
  readonly url?: URL;
  readonly timeout: Seconds;
}

/** Times between two looks. */
const lookEvery = { url: 1, cloudWatch: 10 } as const;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Wait until the running scaler has completed an iteration without an error')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .option(
      '--url <url>',
      "the scaler's API, such as http://127.0.0.1:3001 (default: what it sends to CloudWatch)",
      parseUrl,
    )
    .addOption(timeoutOption('how long to wait', 5 * 60))
    .addHelpText(
      'after',
      '\nFor pipelines, after an apply. Over CloudWatch it takes two to three minutes, as metrics come\n' +
        'by the minute. Exit code 1: there was no such iteration in time; stderr has the first error.',
    )
    .action(async ({ config, url, timeout }: VerifyCommandOptions) => {
      const fleet = loadFleet(config);
      const { verifyByCloudWatch, verifyByUrl } = await import('../account/verify-scaler.ts');
      const signal = untilStopped(timeout);
      let firstError: string | null = null;
      const onError = (text: string) => {
        firstError = text;
      };
      try {
        if (url === undefined) {
          const options = { interval: lookEvery.cloudWatch, onError };
          await verifyByCloudWatch(fleet, options, () => Date.now() / 1000, signal);
        } else {
          await verifyByUrl(url, { interval: lookEvery.url, onError }, signal);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
        const isLate = signal.reason?.name === 'TimeoutError';
        const why = isLate
          ? `no iteration without an error in ${printDuration(timeout)}`
          : 'stopped';
        throw new Error(`${why}; ${firstError ?? 'nothing is known of the scaler: does it run?'}`);
      }
      process.stdout.write('The scaler completed an iteration without an error\n');
    });
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('must be a URL such as http://127.0.0.1:3001.');
}
