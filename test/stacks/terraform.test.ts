/** The provider's own word on whether every attribute exists: 5.100 here, 6 in the bindings' types. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeStacks } from '../../stacks/write-stacks.ts';
import { missingParts } from '../harness/missing-part.ts';
import { awsProviderPart, openTerraform, terraformPart } from '../harness/terraform.ts';
import { largestFleet } from './declarations.ts';
import { workerOptionsFleet } from './worker-options.ts';

const missing = await missingParts([terraformPart, awsProviderPart]);

describe.skipIf(missing)('Terraform', () => {
  it('takes the stacks of a fleet that uses everything', { timeout: 180_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-terraform-'));
    const terraform = openTerraform();
    try {
      const stacks = [
        ...writeStacks(largestFleet(), join(folder, 'largest')),
        ...writeStacks(workerOptionsFleet(), join(folder, 'options')),
      ];
      const chosen = stacks.filter(({ name }) => !name.endsWith('us-east-1')); // a part of the other
      expect(chosen).toHaveLength(4);
      for (const { directory } of chosen) {
        await terraform.succeed(directory, 'init', '-backend=false', '-no-color');
        const { stdout } = await terraform.succeed(directory, 'validate', '-json');
        expect(JSON.parse(stdout)).toMatchObject({ valid: true, diagnostics: [] });
      }
    } finally {
      terraform.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
