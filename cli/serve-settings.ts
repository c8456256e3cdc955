/** The settings of `muster serve`: what each may be, and what it is by default. */
import { parseDuration } from '../pool/parse-units.ts';
import { usualRequestsPerMinute } from '../scaler/api/server.ts';
import { parseKeyAddress } from '../scaler/store/open-cipher.ts';
import { defaultStore, parseStoreAddress } from '../scaler/store/store-address.ts';
import type { LogLevel } from '../scaler/telemetry/decision-log.ts';

export type SettingValue =
  | null
  | boolean
  | number
  | string
  | readonly string[]
  | Readonly<Record<string, string>>;

export interface Setting<Value extends SettingValue = SettingValue> {
  readonly description: string;
  readonly usual: Value;
  readonly allowed: string;
  /** Whether a value, as a file has it, is one. */
  readonly accepts: (value: unknown) => boolean;
  /** What a text of the environment or of a flag is as a value; what it cannot be is refused later. */
  readonly read: (text: string) => unknown;
  /** Not for a file, and never shown. */
  readonly secret?: boolean;
}

export const serveSettings = {
  parts: choice<'all' | 'api' | 'loop'>('what this process runs', ['all', 'api', 'loop'], 'all'),
  config: text('the declaration', 'muster.yaml'),
  store: checked('where memory, decisions and what the API keeps are', defaultStore, {
    allowed: 'sqlite:FILE or dynamodb:TABLE',
    check: parseStoreAddress,
  }),
  key: optional('what secrets are sealed with; none: as the store has it', {
    allowed: 'file:FILE or kms:KEY',
    check: parseKeyAddress,
  }),
  host: text('address to listen on; beyond loopback, heartbeatToken is needed', '127.0.0.1'),
  port: whole('port to listen on', 3001, 0, 65_535),
  publicUrl: optional('the server as clients and workers see it; none: as each reaches it', {
    allowed: 'a URL such as https://muster.example.com',
    check: (url) => {
      if (!URL.canParse(url) || !/^https?:/.test(url)) throw new Error('no URL');
    },
  }),
  tlsCertificate: optional('PEM file of the certificate and its chain; none: plain HTTP'),
  tlsKey: optional('PEM file of the key of tlsCertificate'),
  trustedProxies: list('proxies whose X-Forwarded headers are believed', 'addresses or networks'),
  requestsPerMinute: whole('requests that one address may make', usualRequestsPerMinute, 1, 1e9),
  authentication: flag('off: anyone may do everything over the API; on loopback only', true),
  certificates: mapping("PEM of AWS's RSA certificate for identity documents, by region"),
  alone: flag('no other scaler uses the store: take no lease', false),
  interval: optional("time between iterations; none: the declaration's", {
    allowed: 'a time of at least 1s, such as 10s',
    check: (time) => {
      const parsed = parseDuration(time);
      if (!parsed.ok || parsed.value < 1) throw new Error('no time');
    },
  }),
  spotAdvisor: optional("AWS's Spot Instance Advisor as CSV (may be gzipped)"),
  cloudwatch: flag('whether metrics are sent to CloudWatch', true),
  clock: optional('for testing: URL of a local AWS whose time is taken'),
  logLevel: choice<LogLevel>(
    'the least grave lines that are logged',
    ['debug', 'info', 'warn'],
    'info',
  ),
  heartbeatToken: { ...optional('token that heartbeats must bear'), secret: true },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof serveSettings;
export const settingNames = Object.keys(serveSettings) as readonly SettingName[];

/** `tlsKey`: MUSTER_TLS_KEY. */
export function environmentName(name: SettingName): string {
  return `MUSTER_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `tlsKey`: --tls-key. */
export function flagName(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function text(description: string, usual: string): Setting<string> {
  return {
    description,
    usual,
    allowed: 'a text',
    accepts: (value) => typeof value === 'string' && value !== '',
    read: (written) => written,
  };
}

interface Checked {
  readonly allowed: string;
  /** Throws when it is none. */
  readonly check: (text: string) => unknown;
}

function checked(description: string, usual: string, { allowed, check }: Checked): Setting<string> {
  const accepts = (value: unknown) => typeof value === 'string' && holds(check, value);
  return { description, usual, allowed, accepts, read: (written) => written };
}

function optional(
  description: string,
  { allowed, check }: Checked = { allowed: 'a text', check: () => {} },
): Setting<string | null> {
  return {
    description,
    usual: null,
    allowed: `${allowed}, or nothing`,
    accepts: (value) =>
      value === null || (typeof value === 'string' && value !== '' && holds(check, value)),
    read: (written) => (written === '' ? null : written),
  };
}

function holds(check: Checked['check'], value: string): boolean {
  try {
    check(value);
    return true;
  } catch {
    return false;
  }
}

function choice<Name extends string>(
  description: string,
  names: readonly Name[],
  usual: Name,
): Setting<Name> {
  return {
    description: `${description}: ${names.join(', ')}`,
    usual,
    allowed: names.join(', '),
    accepts: (value) => names.some((name) => name === value),
    read: (written) => written,
  };
}

function whole(description: string, usual: number, least: number, most: number): Setting<number> {
  return {
    description,
    usual,
    allowed: `a whole number from ${least} to ${most}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    read: (written) => (/^\d+$/.test(written) ? Number(written) : written),
  };
}

function flag(description: string, usual: boolean): Setting<boolean> {
  return {
    description,
    usual,
    allowed: 'true, false',
    accepts: (value) => typeof value === 'boolean',
    read: (written) => (written === 'true' ? true : written === 'false' ? false : written),
  };
}

function list(description: string, of: string): Setting<readonly string[]> {
  return {
    description,
    usual: [],
    allowed: `a list of ${of}`,
    accepts: (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'string'),
    read: (written) => written.split(',').filter((part) => part !== ''),
  };
}

function mapping(description: string): Setting<Readonly<Record<string, string>>> {
  const region = /^[a-z]{2,}(-[a-z]+)+-\d$/;
  return {
    description,
    usual: {},
    allowed: 'a file for each region, such as il-central-1=il.pem',
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(([key, file]) => region.test(key) && typeof file === 'string'),
    read: (written) =>
      Object.fromEntries(
        written.split(',').map((part) => [part.split('=')[0], part.split('=')[1] ?? null]),
      ),
  };
}
