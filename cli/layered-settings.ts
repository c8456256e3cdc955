/** Settings of `muster serve` from a file, the environment and flags; each goes before the one before. */
import { readFileSync } from 'node:fs';
import { DeclarationError } from '../pool/declaration-error.ts';
import { type Finding, rejected } from '../pool/finding.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import { readYaml } from '../pool/yaml-source.ts';
import {
  environmentName,
  flagName,
  type Setting,
  type SettingName,
  type SettingValue,
  serveSettings,
  settingNames,
} from './serve-settings.ts';

type Values = { readonly [Name in SettingName]: WidestOf<(typeof serveSettings)[Name]> };
type WidestOf<Described> = Described extends Setting<infer Value> ? Value : never;

export interface LayeredSettings {
  readonly values: Values;
  /** Such as `default`, `file server.yaml`, `environment MUSTER_PORT` or `flag --port`. */
  readonly sources: Readonly<Record<SettingName, string>>;
}

export interface SettingLayers {
  /** null: none. */
  readonly file: string | null;
  readonly environment: NodeJS.ProcessEnv;
  /** Texts as they were given. */
  readonly flags: Partial<Record<SettingName, string>>;
}

type Found = Map<SettingName, { readonly value: SettingValue; readonly source: string }>;

const ofAll: Readonly<Record<SettingName, Setting>> = serveSettings;

/** @throws DeclarationError with all that is wrong in the first layer that has faults. */
export function layeredSettings({ file, environment, flags }: SettingLayers): LayeredSettings {
  const found: Found = new Map();
  for (const name of settingNames) {
    found.set(name, { value: ofAll[name].usual, source: 'default' });
  }
  if (file !== null) takeFile(found, file);
  const variables = settingNames.map((name) => [name, environment[environmentName(name)]] as const);
  takeTexts(found, 'environment', environmentName, variables);
  const given = settingNames.map((name) => [name, flags[name]] as const);
  takeTexts(found, 'flag', flagName, given);
  const entries = [...found];
  return {
    values: Object.fromEntries(entries.map(([name, { value }]) => [name, value])) as Values,
    sources: Object.fromEntries(entries.map(([name, { source }]) => [name, source])) as Record<
      SettingName,
      string
    >,
  };
}

/** Each with where it came from, as YAML; of secrets, only whether they are set. */
export function printSettings({ values, sources }: LayeredSettings): string {
  return settingNames
    .map((name) => {
      const value: SettingValue = values[name];
      const shown =
        ofAll[name].secret && value !== null ? '(set, not shown)' : JSON.stringify(value);
      return `${name}: ${shown}  # ${sources[name]}\n`;
    })
    .join('');
}

function takeFile(found: Found, file: string): void {
  const source = readYaml(textOf(file));
  const problems = [...source.problems];
  if (problems.length > 0) throw new DeclarationError(file, problems);
  const { value: content } = source;
  if (content === null) return;
  if (typeof content !== 'object' || Array.isArray(content)) {
    const message = rejected(content, 'a mapping of settings');
    throw new DeclarationError(file, [{ path: '', position: null, message }]);
  }
  for (const [key, value] of Object.entries(content as object)) {
    const finding = faultOf(key, value);
    if (finding !== null) problems.push(source.locate(finding));
    else found.set(key as SettingName, { value, source: `file ${file}` });
  }
  if (problems.length > 0) throw new DeclarationError(file, problems);
}

function faultOf(key: string, value: unknown): Finding | null {
  const path = [key];
  if (!isSetting(key)) {
    const allowed = settingNames.filter((name) => !ofAll[name].secret);
    const fix = suggestion(nearest(key, allowed));
    return { path, at: 'key', message: `unknown key; allowed: ${allowed.join(', ')}${fix}` };
  }
  const { secret, accepts, allowed } = ofAll[key];
  if (secret) {
    const message = `a secret, which is for no file; set ${environmentName(key)} instead`;
    return { path, at: 'key', message };
  }
  return accepts(value) ? null : { path, at: 'value', message: rejected(value, allowed) };
}

function takeTexts(
  found: Found,
  layer: string,
  nameOf: (name: SettingName) => string,
  texts: readonly (readonly [SettingName, string | undefined])[],
): void {
  const problems = [];
  for (const [name, text] of texts) {
    if (text === undefined) continue;
    const { read, accepts, allowed, secret } = ofAll[name];
    const value = read(text);
    if (accepts(value)) {
      found.set(name, { value: value as SettingValue, source: `${layer} ${nameOf(name)}` });
    } else {
      const message = secret ? `allowed: ${allowed}` : rejected(text, allowed);
      problems.push({ path: nameOf(name), position: null, message });
    }
  }
  if (problems.length > 0) throw new DeclarationError(layer, problems);
}

function isSetting(key: string): key is SettingName {
  return Object.hasOwn(serveSettings, key);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${(error as Error).message}`;
    throw new DeclarationError(file, [{ path: '', position: null, message }]);
  }
}
