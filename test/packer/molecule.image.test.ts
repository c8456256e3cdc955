/**
 * The roles on a machine: a Debian in namespaces of its own, with systemd and block devices, as no
 * hypervisor and no Docker is needed for it. It takes root.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { ansibleTool, machineTool, machineTree } from './machine-tools.ts';
import { telegrafTool } from './packer-tools.ts';
import { machineOf, runMolecule } from './run-molecule.ts';

const missing = await missingParts([ansibleTool, machineTool, telegrafTool].map(toolPart));
const limitSeconds = 1_500;

describe.skipIf(missing)('molecule test', { timeout: limitSeconds * 1_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-machine-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Each waits for the network and its own machine most of the time.
  it.concurrent.each([
    ['default', ''],
    ['ext4', ''],
    ['releases', 'concourse'],
    ['releases', 'github'],
    ['releases', 'gitea'],
  ])(
    '%s %s: converges, changes nothing a second time, and does what it must',
    async (scenario, kind) => {
      const run = { scenario, kind, tree: machineTree, folder, limitSeconds };
      const { exitCode, stdout, stderr } = await runMolecule(run);
      const log = `${stdout}\n${stderr}`;
      expect(exitCode, log.slice(-6_000)).toBe(0);
      expect(log).toMatch(/PLAY \[Verify\]/);
      expect(existsSync(machineOf(run))).toBe(false);
    },
  );
});
