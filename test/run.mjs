/**
 * `npm test [-- --images | --long] [-- VITEST ARGUMENTS]`: installs what is missing, then lint, types and
 * every test; goes on after a failure. Its last line is `N passed, N failed` and, if any, `, N skipped`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNodePackages } from '../cli/install-packages.mjs';
import { behaviour, installTools, lint, types } from './harness/checks.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const given = process.argv.slice(2);
const parameters = given.filter((parameter) => !['--images', '--long'].includes(parameter));
const selection = { images: given.includes('--images'), long: given.includes('--long') };

// npm and pip keep their caches in the home directory, and would make one here for want of it.
const substituteHome = process.env.HOME ? null : mkdtempSync(join(tmpdir(), 'muster-home-'));
if (substituteHome !== null) process.env.HOME = substituteHome;

const total = { passed: 0, failed: 0, skipped: 0 };
if (installNodePackages(root)) {
  const installing = installTools(root, selection);
  const tests = async () => {
    await installing;
    return behaviour(root, { ...selection, parameters });
  };
  for (const check of [lint, types, tests]) {
    const { passed, failed, skipped } = await check(root);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
} else {
  total.failed += 1;
}
if (substituteHome !== null) rmSync(substituteHome, { recursive: true, force: true });

const { passed, failed, skipped } = total;
const tail = skipped > 0 ? `, ${skipped} skipped` : '';
console.log(`${passed} passed, ${failed} failed${tail}`);
process.exitCode = failed === 0 ? 0 : 1;
