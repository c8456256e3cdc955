/**
 * The roles on a machine: a Debian in namespaces of its own, with systemd and block devices, as no
 * hypervisor and no Docker is needed for it. It takes root.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { ansibleTool, machineTool, machineTree } from './machine-tools.ts';
import { telegrafTool } from './packer-tools.ts';

const missing = await missingParts([ansibleTool, machineTool, telegrafTool].map(toolPart));
const limitSeconds = 1_500;

describe.skipIf(missing)('molecule test', { timeout: limitSeconds * 1_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-machine-'));
  const ansible = join(projectRoot, 'packer', 'ansible');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const molecule = (scenario: string, machine: string, kind = '') =>
    runProcess(ansibleTool.program('molecule'), ['test', '--scenario-name', scenario], {
      directory: ansible,
      limitSeconds,
      environment: {
        ...process.env,
        PATH: `${join(ansibleTool.python, '..')}:${process.env.PATH}`,
        ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
        NO_COLOR: '1',
        MOLECULE_EPHEMERAL_DIRECTORY: join(folder, `state-${machine}`),
        MUSTER_MACHINE: join(folder, machine),
        MUSTER_MACHINE_TREE: machineTree,
        MUSTER_TELEGRAF: telegrafTool.program,
        MUSTER_TEST_KIND: kind,
      },
    });

  it.each([
    ['default', ''],
    ['ext4', ''],
    ['releases', 'concourse'],
    ['releases', 'github'],
    ['releases', 'gitea'],
  ])(
    '%s %s: converges, changes nothing a second time, and does what it must',
    async (scenario, kind) => {
      const machine = `${scenario}${kind}`;
      const { exitCode, stdout, stderr } = await molecule(scenario, machine, kind);
      const log = `${stdout}\n${stderr}`;
      expect(exitCode, log.slice(-6_000)).toBe(0);
      expect(log).toMatch(/PLAY \[Verify\]/);
      expect(existsSync(join(folder, machine))).toBe(false);
    },
  );
});
