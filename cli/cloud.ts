import { Command, InvalidArgumentError } from 'commander';

interface CloudCommandOptions {
  readonly port: number;
  readonly upstream?: URL;
  readonly eventsQueue?: URL;
  readonly certificates?: string;
  readonly seed: number;
  readonly start?: number;
  readonly speed: number;
  readonly stepped?: boolean;
  readonly lively?: boolean;
}

export function cloudCommand(): Command {
  return new Command('cloud')
    .description('A local AWS for worker fleets: EC2 and Auto Scaling on the simulated cloud')
    .option('--port <port>', 'on loopback; 0: any free one', port, 4580)
    .option('--upstream <url>', 'who serves all other services, such as moto', url)
    .option('--events-queue <url>', 'an SQS queue of the upstream, for events of instances', url)
    .option('--certificates <folder>', 'keeps the keys of identity documents, and certificates')
    .option('--seed <number>', 'the same seed, start and calls give the same cloud', wholeNumber, 1)
    .option('--start <time>', 'time at which it starts, ISO 8601 (default: now)', time)
    .option('--speed <factor>', 'how many seconds pass in a real one', positive, 1)
    .option('--stepped', 'time stands still unless it is stepped over the admin endpoint')
    .option('--lively', 'capacity comes and goes, spot is interrupted, some boots fail')
    .addHelpText(
      'after',
      '\nPoint AWS_ENDPOINT_URL at it. Any credentials do. What AWS has not is under /_muster/:\n' +
        'docs/testing-without-aws.md lists it.',
    )
    .action(async (options: CloudCommandOptions, command: Command) => {
      if (options.eventsQueue && !options.upstream) {
        command.error('error: --events-queue needs --upstream, which has the queue', {
          exitCode: 2,
        });
      }
      const { runCloud } = await import('../cloud/run-cloud.ts');
      const stop = new AbortController();
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
      await runCloud(
        {
          port: options.port,
          upstream: options.upstream ?? null,
          eventsQueue: options.eventsQueue ?? null,
          certificates: options.certificates ?? null,
          seed: options.seed,
          start: options.start ?? Date.now() / 1000,
          speed: options.stepped ? null : options.speed,
          steady: !options.lively,
          tell: (line) => process.stdout.write(`${line}\n`),
        },
        stop.signal,
      );
    });
}

function port(text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new InvalidArgumentError('must be a port, 0 to 65535.');
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number of at least 0.');
}

function positive(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('must be a number greater than 0.');
}

function time(text: string): number {
  const at = Date.parse(text) / 1000;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError('must be a time such as 2026-01-31T12:00:00Z.');
}

function url(text: string): URL {
  try {
    const parsed = new URL(text);
    if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return parsed;
  } catch {
    // Told below, as any other.
  }
  throw new InvalidArgumentError('must be a URL such as http://127.0.0.1:5000.');
}
