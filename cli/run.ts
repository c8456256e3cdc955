import { statSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Declaration, loadDeclaration } from '../pool/load.ts';
import { parseDuration } from '../pool/parse-units.ts';
import type { Seconds } from '../pool/units.ts';
import { parseListenAddress } from '../scaler/api/listen-address.ts';
import type { ApiOptions } from '../scaler/api/provisioner/provisioner-of-scaler.ts';
import { oldStateFile } from '../scaler/store/old-state-file.ts';
import type { KeyAddress } from '../scaler/store/open-cipher.ts';
import type { StoreAddress } from '../scaler/store/store-address.ts';
import { type Certificates, certificateOption } from './certificate-option.ts';
import { keyOption } from './key-option.ts';
import { storeOption } from './store-option.ts';

interface RunOptions {
  readonly config: string;
  readonly once?: boolean;
  readonly dryRun?: boolean;
  readonly listen?: ReturnType<typeof parseListenAddress>;
  readonly store: StoreAddress;
  readonly alone?: boolean;
  readonly state?: string;
  readonly interval?: number;
  readonly spotAdvisor?: string;
  readonly cloudwatch: boolean;
  readonly clock?: URL;
  readonly key?: KeyAddress;
  readonly publicUrl?: URL;
  readonly authentication: boolean;
  readonly certificate: Certificates;
}

const defaultListen = '127.0.0.1:3001';

export function runCommand(): Command {
  return new Command('run')
    .description('Run the scaler: observe, decide, act, record, every interval')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .option('--once', 'one iteration, then end: exit 1 when a part of it failed')
    .option('--dry-run', 'change nothing, and say on stderr what would be called')
    .option(
      '--listen <host:port>',
      `where to hear heartbeats and serve /metrics and /healthz (default: ${defaultListen}; ` +
        'with --once: nowhere)',
      argument(parseListenAddress),
    )
    .addOption(storeOption('where memory and decisions are kept'))
    .option(
      '--alone',
      'no other scaler uses the store: take no lease, and go on while a shared store is down',
    )
    .option(
      '--state <file>',
      'a state file of a muster without a store, read once into an empty store ' +
        `(default: ${oldStateFile} where it is)`,
    )
    .option(
      '--interval <time>',
      "time between iterations, in place of the file's",
      argument(parseInterval),
    )
    .option(
      '--spot-advisor <file>',
      "AWS's Spot Instance Advisor as CSV (may be gzipped): how often each type is interrupted",
    )
    .option('--no-cloudwatch', 'send no metrics to CloudWatch')
    .addOption(keyOption())
    .addOption(
      new Option(
        '--public-url <url>',
        'the API as clients and workers see it (default: as each of them reaches it)',
      ).argParser(url),
    )
    .option('--no-authentication', 'anyone may do everything over the API; on loopback only')
    .addOption(certificateOption())
    .option('--clock <url>', 'for testing: take the time from a local AWS (muster cloud)', url)
    .addHelpText(
      'after',
      '\nEnvironment: the AWS variables of region, credentials and endpoints, and\n' +
        'MUSTER_HEARTBEAT_TOKEN, the token that heartbeats must bear (needed off loopback).',
    )
    .action(async (options: RunOptions) => {
      const declaration = loadDeclaration(options.config);
      const { fleet } = declaration;
      // The AWS SDK takes a while to load; a wrong file is told before.
      const { runScaler } = await import('../scaler/main.ts');
      const stop = new AbortController();
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
      const once = options.once ?? false;
      const ended = await runScaler(
        {
          fleet: options.interval ? { ...fleet, interval: options.interval } : fleet,
          once,
          dryRun: options.dryRun ?? false,
          listen: options.listen ?? (once ? null : parseListenAddress(defaultListen)),
          heartbeatToken: process.env.MUSTER_HEARTBEAT_TOKEN ?? null,
          api: apiOptions(declaration, options),
          store: options.store,
          alone: options.alone ?? false,
          oldStateFile: options.state ?? oldStateFile,
          clockUrl: options.clock ?? null,
          cloudWatch: options.cloudwatch,
          spotAdvisorFile: options.spotAdvisor ?? null,
          tell: (planned) => process.stderr.write(`would call ${JSON.stringify(planned)}\n`),
        },
        stop.signal,
      );
      process.exitCode = ended ? 0 : 1;
    });
}

function apiOptions(
  declaration: Declaration,
  { config, key, publicUrl, authentication, certificate }: RunOptions,
): ApiOptions {
  return {
    declaration,
    declaredAt: Math.floor(statSync(config).mtimeMs / 1000),
    key: key ?? null,
    authenticated: authentication,
    publicUrl: publicUrl ?? null,
    certificates: certificate,
  };
}

function parseInterval(text: string): Seconds {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  if (parsed.value < 1) throw new Error('must be at least 1s');
  return parsed.value;
}

function url(text: string): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text);
  throw new InvalidArgumentError('must be a URL such as http://127.0.0.1:4580.');
}

/** Makes a parser's error one of the command line: shown with the usage, exit code 2. */
function argument<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}
