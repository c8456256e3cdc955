/**
 * The worker's role on a machine of another architecture: an arm64 Debian in namespaces, its programs run
 * by qemu's user mode. GitHub's runner is downloaded by the name that it has for this architecture,
 * and starts. Not so Concourse, Buildbot and commands with secrets: systemd hands them their credentials in a
 * mount namespace that it clones, which qemu's user mode refuses. It takes root.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { ansibleTool } from './machine-tools.ts';
import { arm64Tree } from './machine-trees.ts';
import { telegrafTool } from './packer-tools.ts';
import { machineOf, runMolecule } from './run-molecule.ts';

const missing = await missingParts([ansibleTool, arm64Tree, telegrafTool].map(toolPart));
/** Took 23 minutes on two cores that seven others used too. */
const limitSeconds = 3_600;

describe.skipIf(missing)('molecule test on arm64', { timeout: limitSeconds * 1_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-arm64-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['github'])(
    '%s: converges, changes nothing a second time, and does what it must',
    async (kind) => {
      const run = { scenario: 'releases', kind, tree: arm64Tree.tree, folder, limitSeconds };
      const { exitCode, stdout, stderr } = await runMolecule(run);
      const log = `${stdout}\n${stderr}`;
      expect(exitCode, log.slice(-6_000)).toBe(0);
      expect(log).toMatch(/PLAY \[Verify\]/);
      expect(existsSync(machineOf(run))).toBe(false);
    },
  );
});
