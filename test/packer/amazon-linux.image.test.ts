/**
 * The roles with dnf and rpm, on a machine that stands for Amazon Linux 2023: a Debian that says so, with
 * repositories of its own. It takes root.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { ansibleTool } from './machine-tools.ts';
import { amazonLinuxTree } from './machine-trees.ts';
import { telegrafTool } from './packer-tools.ts';
import { machineOf, runMolecule } from './run-molecule.ts';

const missing = await missingParts([ansibleTool, amazonLinuxTree, telegrafTool].map(toolPart));
const limitSeconds = 1_500;

describe.skipIf(missing)('molecule test as Amazon Linux', { timeout: limitSeconds * 1_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-amazon-linux-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['buildbot', 'concourse'])(
    '%s: converges, changes nothing a second time, and does what it must',
    async (kind) => {
      const run = {
        scenario: 'amazon-linux',
        kind,
        tree: amazonLinuxTree.tree,
        folder,
        limitSeconds,
      };
      const { exitCode, stdout, stderr } = await runMolecule(run);
      const log = `${stdout}\n${stderr}`;
      expect(exitCode, log.slice(-6_000)).toBe(0);
      expect(log).toMatch(/PLAY \[Verify\]/);
      expect(existsSync(machineOf(run))).toBe(false);
    },
  );
});
