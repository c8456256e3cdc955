/** What can be said of the image's scripts and roles without running them. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { ansibleTool } from './machine-tools.ts';

const missing = await missingParts([toolPart(ansibleTool)]);
const packer = join(projectRoot, 'packer');
const scripts = readdirSync(packer, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.sh'))
  .map((path) => join(packer, path));

describe.skipIf(missing)('packer/', { timeout: 300_000 }, () => {
  it(`has no fault that shellcheck sees in ${scripts.length} scripts`, async () => {
    expect(scripts.length).toBeGreaterThan(15);
    const shellcheck = (files: string[]) =>
      runProcess(ansibleTool.program('shellcheck'), files, { limitSeconds: 60 });
    const { exitCode, stdout } = await shellcheck(scripts);
    expect(exitCode, stdout).toBe(0);
    const folder = mkdtempSync(join(tmpdir(), 'muster-script-'));
    writeFileSync(join(folder, 'bad.sh'), '#!/bin/bash\nrm -rf $1/*\n');
    expect((await shellcheck([join(folder, 'bad.sh')])).exitCode).toBe(1);
    rmSync(folder, { recursive: true });
  });

  it('has roles that pass ansible-lint in its strictest profile', async () => {
    const environment = {
      ...process.env,
      PATH: `${join(ansibleTool.python, '..')}:${process.env.PATH}`,
      NO_COLOR: '1',
    };
    const { exitCode, stdout, stderr } = await runProcess(
      ansibleTool.program('ansible-lint'),
      ['--offline', '--profile', 'production'],
      { directory: join(packer, 'ansible'), environment, limitSeconds: 280 },
    );
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
    expect(stderr).toMatch(/Profile 'production' was required, and it passed/);
  });
});
