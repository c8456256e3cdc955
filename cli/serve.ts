import { readFileSync, statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { DeclarationError } from '../pool/declaration-error.ts';
import { loadDeclaration } from '../pool/load.ts';
import { parseDuration } from '../pool/parse-units.ts';
import type { ApiOptions } from '../scaler/api/provisioner/provisioner-of-scaler.ts';
import { oldStateFile } from '../scaler/store/old-state-file.ts';
import { parseKeyAddress } from '../scaler/store/open-cipher.ts';
import { parseStoreAddress } from '../scaler/store/store-address.ts';
import { type LayeredSettings, layeredSettings, printSettings } from './layered-settings.ts';
import {
  flagName,
  type Setting,
  type SettingName,
  serveSettings,
  settingNames,
} from './serve-settings.ts';

interface ServeOptions extends Partial<Record<SettingName, string | boolean>> {
  readonly serverConfig?: string;
  readonly printConfig?: boolean;
  readonly apiOnly?: boolean;
  readonly loopOnly?: boolean;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Serve the API and run the scaler, as a service')
    .addOption(
      new Option('--server-config <file>', 'settings as YAML; see examples/server.yaml').env(
        'MUSTER_SERVER_CONFIG',
      ),
    )
    .option('--print-config', 'print each setting and where it came from, and end')
    .addOption(new Option('--api-only', 'the same as --parts api').conflicts(['loopOnly', 'parts']))
    .addOption(
      new Option('--loop-only', 'the same as --parts loop').conflicts(['apiOnly', 'parts']),
    );
  for (const name of settingNames) {
    const { description, usual, secret }: Setting = serveSettings[name];
    if (secret) continue;
    const shown = usual === null || typeof usual === 'object' ? 'none' : String(usual);
    command.option(`${flagName(name)} <value>`, `${description} (default: ${shown})`);
  }
  return command
    .option('--no-authentication', 'the same as --authentication false')
    .addHelpText(
      'after',
      '\nEach setting may stand in the file, in the environment (MUSTER_ and its name, such as\n' +
        'MUSTER_TLS_KEY) or on the command line; the last of these goes before the others.\n' +
        'MUSTER_HEARTBEAT_TOKEN, the token that heartbeats must bear, is for the environment alone.',
    )
    .action(async (options: ServeOptions) => {
      const settings = layeredSettings({
        file: options.serverConfig ?? null,
        environment: process.env,
        flags: flagsOf(options),
      });
      refuseHalfTls(settings);
      if (options.printConfig) process.stdout.write(printSettings(settings));
      else await serve(settings);
    });
}

function flagsOf(options: ServeOptions): Partial<Record<SettingName, string>> {
  const given = settingNames.flatMap((name) => {
    const value = options[name];
    // Commander's default of an option that has a --no- form.
    if (value === undefined || value === true) return [];
    return [[name, String(value)]];
  });
  const flags: Partial<Record<SettingName, string>> = Object.fromEntries(given);
  if (options.apiOnly) flags.parts = 'api';
  if (options.loopOnly) flags.parts = 'loop';
  return flags;
}

function refuseHalfTls({ values: { tlsCertificate, tlsKey } }: LayeredSettings): void {
  if ((tlsCertificate === null) === (tlsKey === null)) return;
  const path = tlsCertificate === null ? 'tlsCertificate' : 'tlsKey';
  const message = 'missing; allowed: both tlsCertificate and tlsKey, or neither';
  throw new DeclarationError('settings', [{ path, position: null, message }]);
}

async function serve({ values }: LayeredSettings): Promise<void> {
  const declaration = loadDeclaration(values.config);
  const api: ApiOptions = {
    declaration,
    declaredAt: Math.floor(statSync(values.config).mtimeMs / 1000),
    key: values.key === null ? null : parseKeyAddress(values.key),
    authenticated: values.authentication,
    publicUrl: values.publicUrl === null ? null : new URL(values.publicUrl),
    certificates: new Map(
      Object.entries(values.certificates).map(([region, file]) => [
        region,
        [fileOf('certificates', file)],
      ]),
    ),
  };
  const { tlsCertificate, tlsKey } = values;
  const server = {
    requestsPerMinute: values.requestsPerMinute,
    trustedProxies: values.trustedProxies,
    tls:
      tlsCertificate === null || tlsKey === null
        ? null
        : {
            certificate: fileOf('tlsCertificate', tlsCertificate),
            key: fileOf('tlsKey', tlsKey),
          },
    api: values.parts === 'all',
  };
  const listen = { host: values.host, port: values.port };
  const store = parseStoreAddress(values.store);
  const clockUrl = values.clock === null ? null : new URL(values.clock);
  const { logLevel } = values;
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  if (values.parts === 'api') {
    const { runApi } = await import('../scaler/api-only.ts');
    await runApi({ listen, api, store, server, clockUrl, logLevel }, stop.signal);
    return;
  }
  const { runScaler } = await import('../scaler/main.ts');
  const { fleet } = declaration;
  const interval = values.interval === null ? null : parseDuration(values.interval);
  await runScaler(
    {
      fleet: interval?.ok ? { ...fleet, interval: interval.value } : fleet,
      once: false,
      dryRun: false,
      listen,
      heartbeatToken: values.heartbeatToken,
      api,
      server,
      store,
      clockUrl,
      logLevel,
      alone: values.alone,
      oldStateFile,
      cloudWatch: values.cloudwatch,
      spotAdvisorFile: values.spotAdvisor,
      tell: () => {},
    },
    stop.signal,
  );
}

/** @throws DeclarationError when it cannot be read */
function fileOf(setting: SettingName, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${(error as Error).message}`;
    throw new DeclarationError('settings', [{ path: setting, position: null, message }]);
  }
}
