/**
 * Addresses, names and every attribute of the stacks are a contract with what runs already: a change
 * here replaces or renames it. When a change is meant, write the goldens anew and read the difference:
 *
 *     MUSTER_UPDATE_GOLDENS=1 npx vitest run test/golden/stacks.test.ts
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../pool/pool.ts';
import { largestFleet, smallestFleet } from '../stacks/declarations.ts';
import { productionFleet } from '../stacks/production.ts';
import { environmentOf, synthesise, userDataOf } from '../stacks/synthesise.ts';
import { workerOptionsFleet } from '../stacks/worker-options.ts';

const folder = new URL('stacks/', import.meta.url);
const updates = process.env.MUSTER_UPDATE_GOLDENS === '1';

/** The script is tested elsewhere; of it, only the settings of the pool are pinned. */
function readable(fleet: Fleet): Record<string, string> {
  const stacks = synthesise(fleet);
  for (const stack of Object.values(stacks)) {
    for (const template of Object.values(stack.resource.aws_launch_template ?? {})) {
      // The scaler's own, which Terraform completes.
      if (String(template.user_data).startsWith('${')) {
        template.user_data = 'the script of the scaler';
        continue;
      }
      template.user_data = environmentOf(userDataOf(template));
    }
    for (const type of ['aws_iam_policy', 'aws_iam_role_policy']) {
      for (const block of Object.values(stack.resource[type] ?? {})) {
        block.policy = JSON.parse(block.policy);
      }
    }
  }
  return Object.fromEntries(
    Object.entries(stacks).map(([name, stack]) => [
      `${name}.json`,
      `${JSON.stringify(stack, null, 2)}\n`,
    ]),
  );
}

const fleets = [smallestFleet(), largestFleet(), workerOptionsFleet(), productionFleet()];
const generated: Readonly<Record<string, string>> = Object.assign({}, ...fleets.map(readable));

if (updates) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(generated)) writeFileSync(new URL(name, folder), text);
}

describe('the stacks as they were written before', () => {
  it('are of the same names', () => {
    expect(existsSync(folder), `no ${fileURLToPath(folder)}`).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(Object.keys(generated).sort());
  });

  it.each(Object.entries(generated))('have the same %s', (name, text) => {
    expect(text).toBe(readFileSync(new URL(name, folder), 'utf8'));
  });
});
