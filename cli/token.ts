import { Command, InvalidArgumentError, Option } from 'commander';
import { homeRegion } from '../pool/home-region.ts';
import { loadFleet } from '../pool/load.ts';
import { parseDuration } from '../pool/parse-units.ts';
import type { Seconds } from '../pool/units.ts';
import type { KeyAddress } from '../scaler/store/open-cipher.ts';
import { StoreError } from '../scaler/store/store.ts';
import type { StoreAddress } from '../scaler/store/store-address.ts';
import type { ApiClient, IssuedToken, Tokens } from '../scaler/store/tokens.ts';
import { systemClock } from '../scaler/system-clock.ts';
import { keyOption } from './key-option.ts';
import { storeOption } from './store-option.ts';

interface StoreOptions {
  readonly config: string;
  readonly store: StoreAddress;
  readonly key?: KeyAddress;
}

interface CreateOptions extends StoreOptions {
  readonly scope: readonly string[];
  readonly description: string;
  readonly expires?: Seconds;
}

export function tokenCommand(): Command {
  return new Command('token')
    .description('Clients of the API and their tokens')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return withStore(
    new Command('create')
      .description('make a client, and show its tokens, this once')
      .argument('<client>', 'its id: 1 to 128 letters, digits or @/:.+|_-', clientId)
      .addOption(
        new Option('--scope <scope>', 'what it may do; may be repeated; * at the end for all such')
          .argParser((text: string, before: readonly string[]) => [...before, scope(text)])
          .default([], 'none'),
      )
      .option('--description <text>', 'what it is for', '')
      .addOption(
        new Option(
          '--expires <time>',
          'it ends after this, such as 90d (default: never)',
        ).argParser(time),
      ),
  ).action((client: string, options: CreateOptions) =>
    withTokens(options, async (tokens, signal) => {
      const now = systemClock.now();
      const { scope: scopes, description, expires } = options;
      const expiresAt = expires === undefined ? null : now + expires;
      try {
        const wanted = { clientId: client, scopes, description, expiresAt };
        show(client, await tokens.create(wanted, now, signal));
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'conflict') throw error;
        throw new Error(`there is a client ${client} already; rotate it, or revoke it first`);
      }
    }),
  );
}

function listCommand(): Command {
  return withStore(new Command('list').description('clients, without their tokens')).action(
    (options: StoreOptions) =>
      withTokens(options, async (tokens, signal) => {
        const clients = await tokens.list(signal);
        for (const client of clients) process.stdout.write(`${describe(client)}\n`);
        if (clients.length === 0) process.stdout.write('no clients\n');
      }),
  );
}

function rotateCommand(): Command {
  return withStore(
    new Command('rotate')
      .description('new tokens for a client, shown this once')
      .argument('<client>', 'its id', clientId)
      .addOption(
        new Option('--overlap <time>', 'the tokens before stay good for so long')
          .argParser(time)
          .default(3_600, '1h'),
      ),
  ).action((client: string, options: StoreOptions & { readonly overlap: Seconds }) =>
    withTokens(options, async (tokens, signal) => {
      const issued = await tokens.rotate(client, systemClock.now(), options.overlap, signal);
      if (issued === null) throw new Error(`there is no client ${client}; list shows all`);
      show(client, issued);
    }),
  );
}

function revokeCommand(): Command {
  return withStore(
    new Command('revoke')
      .description('remove a client; servers know within 5 s')
      .argument('<client>', 'its id', clientId),
  ).action((client: string, options: StoreOptions) =>
    withTokens(options, async (tokens, signal) => {
      await tokens.remove(client, signal);
      process.stdout.write(`${client} is no client\n`);
    }),
  );
}

function withStore(command: Command): Command {
  return command
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(storeOption('where the API keeps its clients'))
    .addOption(keyOption());
}

async function withTokens(
  { config, store: address, key }: StoreOptions,
  work: (tokens: Tokens, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const fleet = loadFleet(config);
  const { credentials, name: region } = homeRegion(fleet);
  const where = { credentials, region, clock: systemClock };
  const { openStore } = await import('../scaler/store/open-store.ts');
  const { defaultKey, openCipher } = await import('../scaler/store/open-cipher.ts');
  const { Tokens } = await import('../scaler/store/tokens.ts');
  const signal = new AbortController().signal;
  const store = await openStore(address, where, signal);
  try {
    const cipher = await openCipher(key ?? defaultKey(address, fleet.name), fleet.name, where);
    await work(new Tokens(store, cipher), signal);
  } finally {
    await store.close();
  }
}

function show(clientId: string, { accessToken, bearerToken }: IssuedToken): void {
  const lines = [
    `clientId:    ${clientId}`,
    `accessToken: ${accessToken}   (Hawk: taskcluster clients)`,
    `bearer:      ${bearerToken}`,
    'They are shown this once; what is kept shows neither.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function describe({ clientId, scopes, description, expiresAt, rotatedAt, createdAt }: ApiClient) {
  const date = (at: number) => new Date(at * 1000).toISOString();
  return [
    clientId,
    scopes.join(' ') || 'no scopes',
    `made ${date(createdAt)}`,
    ...(rotatedAt === null ? [] : [`rotated ${date(rotatedAt)}`]),
    ...(expiresAt === null ? [] : [`expires ${date(expiresAt)}`]),
    ...(description === '' ? [] : [description]),
  ].join(', ');
}

function clientId(text: string): string {
  if (/^[A-Za-z0-9@/:.+|_-]{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError('must be 1 to 128 letters, digits or @/:.+|_-.');
}

function scope(text: string): string {
  if (/^[\x20-\x7e]{1,2000}$/.test(text)) return text;
  throw new InvalidArgumentError('must be printable ASCII.');
}

function time(text: string): Seconds {
  const parsed = parseDuration(text);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`${parsed.problem}.`);
}
