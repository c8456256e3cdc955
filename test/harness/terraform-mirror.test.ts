import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProviderSource, terraformConfiguration } from './terraform-mirror.ts';

const architecture = { x64: 'amd64' }[process.arch as 'x64'] ?? process.arch;
const layout = `registry.terraform.io/hashicorp/aws/5.100.0/${process.platform}_${architecture}`;

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'muster-mirror-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('findProviderSource', () => {
  it('takes the mirror that MUSTER_TF_MIRROR names', () => {
    mkdirSync(join(home, layout), { recursive: true });
    const source = findProviderSource({ MUSTER_TF_MIRROR: home, HOME: '/nowhere' }, []);
    expect(source).toEqual({ kind: 'mirror', path: home });
    expect(terraformConfiguration(source)).toContain(`path = "${home}"`);
  });

  it('refuses a MUSTER_TF_MIRROR without the provider', () => {
    expect(() => findProviderSource({ MUSTER_TF_MIRROR: home }, [])).toThrow('holds no');
  });

  it('takes what the Terraform CLI configuration names', () => {
    const file = join(home, '.terraformrc');
    writeFileSync(file, 'provider_installation { direct {} }');
    const source = findProviderSource({ HOME: home }, []);
    expect(source).toEqual({ kind: 'configuration', file });
    expect(terraformConfiguration(source)).toContain('direct');
  });

  it('passes over a configuration that names no installation, or is not there', () => {
    writeFileSync(join(home, '.terraformrc'), 'disable_checkpoint = true');
    expect(findProviderSource({ HOME: home }, [])).toEqual({ kind: 'direct' });
    const named = { HOME: home, TF_CLI_CONFIG_FILE: join(home, 'absent') };
    expect(findProviderSource(named, [])).toEqual({ kind: 'direct' });
  });

  it('knows a mirror by its layout, one folder below a usual root', () => {
    mkdirSync(join(home, 'opt', 'providers', layout), { recursive: true });
    const source = findProviderSource({ HOME: home }, [join(home, 'opt')]);
    expect(source).toEqual({ kind: 'mirror', path: join(home, 'opt', 'providers') });
  });
});
