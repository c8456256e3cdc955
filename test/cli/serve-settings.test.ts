/** Settings of `muster serve`, layer by layer. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { layeredSettings, printSettings } from '../../cli/layered-settings.ts';
import { environmentName, serveSettings, settingNames } from '../../cli/serve-settings.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runCommand } from '../harness/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(text: string): string {
  files += 1;
  const file = join(folder, `server-${files}.yaml`);
  writeFileSync(file, text);
  return file;
}
const none = { file: null, environment: {}, flags: {} };

describe('settings of muster serve', () => {
  it('come from the file, go before that from the environment, and before both from flags', () => {
    const file = fileWith('port: 1\nhost: ::1\nlogLevel: warn\ntrustedProxies: [10.0.0.0/8]\n');
    const { values, sources } = layeredSettings({
      file,
      environment: { MUSTER_PORT: '2', MUSTER_HOST: '0.0.0.0', MUSTER_CLOUDWATCH: 'false' },
      flags: { port: '3' },
    });
    expect(values).toMatchObject({
      ...{ port: 3, host: '0.0.0.0', logLevel: 'warn', cloudwatch: false },
      ...{ trustedProxies: ['10.0.0.0/8'], store: 'sqlite:.muster.db' },
    });
    expect(sources).toMatchObject({
      port: 'flag --port',
      host: 'environment MUSTER_HOST',
      logLevel: `file ${file}`,
      store: 'default',
    });
  });

  it('have texts for lists and files of regions', () => {
    const environment = {
      MUSTER_TRUSTED_PROXIES: '10.0.0.1,10.0.0.2',
      MUSTER_CERTIFICATES: 'il-central-1=il.pem,mx-central-1=mx.pem',
    };
    expect(layeredSettings({ ...none, environment }).values).toMatchObject({
      trustedProxies: ['10.0.0.1', '10.0.0.2'],
      certificates: { 'il-central-1': 'il.pem', 'mx-central-1': 'mx.pem' },
    });
  });

  it.each([
    ['prot: 1', /:1:1: prot: unknown key; .*did you mean "port"\?/],
    ['port: 70000', /:1:7: port: got 70000; allowed: a whole number from 0 to 65535/],
    ['port: "1"', /port: got "1"; allowed: a whole number/],
    ['store: mysql:x', /store: got "mysql:x"; allowed: sqlite:FILE or dynamodb:TABLE/],
    ['interval: soon', /interval: got "soon"; allowed: a time/],
    ['parts: both', /parts: got "both"; allowed: all, api, loop/],
    ['heartbeatToken: x', /a secret, which is for no file; set MUSTER_HEARTBEAT_TOKEN/],
    ['- port', /allowed: a mapping of settings/],
    ['port: 1\nport: 2', /there twice/],
  ])('refuse %j in a file, saying where and why', (text, message) => {
    expect(() => layeredSettings({ ...none, file: fileWith(`${text}\n`) })).toThrow(message);
  });

  it('refuse texts of the environment and of flags too', () => {
    const environment = { MUSTER_PORT: 'x', MUSTER_AUTHENTICATION: 'no' };
    const inEnvironment = () => layeredSettings({ ...none, environment });
    expect(inEnvironment).toThrow(/MUSTER_PORT: got "x"/);
    expect(inEnvironment).toThrow(/MUSTER_AUTHENTICATION: got "no"; allowed: true, false/);
    const flags = { publicUrl: 'muster' };
    expect(() => layeredSettings({ ...none, flags })).toThrow(/--public-url: got "muster"/);
  });

  it('are printed with where they came from, without secrets', () => {
    const environment = { MUSTER_HEARTBEAT_TOKEN: 'a-secret-token' };
    const shown = printSettings(layeredSettings({ ...none, environment }));
    expect(shown).toContain(
      'heartbeatToken: (set, not shown)  # environment MUSTER_HEARTBEAT_TOKEN',
    );
    expect(shown).toContain('port: 3001  # default');
    expect(shown).not.toContain('a-secret-token');
    expect(shown.split('\n')).toHaveLength(settingNames.length + 1);
  });

  it('all stand in examples/server.yaml, with their defaults', () => {
    const file = join(projectRoot, 'examples/server.yaml');
    const { values, sources } = layeredSettings({ ...none, file });
    expect(values).toEqual(layeredSettings(none).values);
    const missing = settingNames.filter((name) => sources[name] === 'default');
    expect(missing).toEqual(settingNames.filter((name) => 'secret' in serveSettings[name]));
    const text = readFileSync(file, 'utf8');
    for (const name of missing) expect(text).toContain(environmentName(name));
  });

  it('are read by the command, which ends with 2 for a bad one', async () => {
    const file = fileWith('port: 1\n');
    const words = ['serve', '--server-config', file, '--loop-only', '--print-config'];
    const { MUSTER_STORE: _, ...environment } = process.env;
    const good = await runCommand(words, { directory: folder, environment });
    expect([good.exitCode, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(/^parts: "loop" {2}# flag --parts$/m);
    expect(good.stdout).toMatch(/^authentication: true {2}# default$/m);
    const half = [...words, '--tls-key', 'key.pem'];
    const bad = await runCommand(half, { directory: folder, environment });
    expect([bad.exitCode, bad.stdout]).toEqual([2, '']);
    expect(bad.stderr).toContain('tlsCertificate: missing; allowed: both');
  });
});
