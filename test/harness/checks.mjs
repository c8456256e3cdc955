/**
 * The three checks behind `npm test`, and what they need. Each prints what it does as it does it and gives a count.
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 * @typedef {{ images: boolean, long: boolean }} Selection Files that are left out otherwise:
 *   images: `*.image.test.ts`; long: those and `*.long.test.ts`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

const passedCheck = { passed: 1, failed: 0, skipped: 0 };
const failedCheck = { passed: 0, failed: 1, skipped: 0 };

/**
 * What the tests need beyond npm packages; says what it could not install. It runs beside lint and
 * types. @param {string} root @param {Selection} selection
 */
export async function installTools(root, selection) {
  const script = join(root, 'test', 'harness', 'tools', 'install-all.ts');
  await run(root, 'tsx', [script], { show: true, environment: environmentOf(selection) });
}

/** As vitest.config.ts reads it. @param {Selection} selection */
function environmentOf({ images, long }) {
  return { ...(images ? { MUSTER_IMAGES: '1' } : {}), ...(long ? { MUSTER_LONG: '1' } : {}) };
}

/** Biome: layout and lint. A check that saw no file has failed. @param {string} root */
export async function lint(root) {
  const { exitCode, output } = await run(root, 'biome', ['check', '--error-on-warnings', '.']);
  process.stdout.write(output);
  const files = Number(/Checked (\d+) files?/.exec(output)?.[1] ?? 0);
  return report('lint', files, exitCode);
}

/** The TypeScript compiler. @param {string} root */
export async function types(root) {
  const { exitCode, output } = await run(root, 'tsc', ['--noEmit', '--listFiles']);
  const lines = output.split('\n').filter((line) => line !== '');
  // With --listFiles each file read is a line that is just its path; all else is a complaint.
  const isFile = (/** @type {string} */ line) => /^(\/|[A-Za-z]:).*\.([cm]?tsx?|json)$/.test(line);
  for (const line of lines) if (!isFile(line)) console.log(line);
  const own = (/** @type {string} */ line) => !line.includes(`${sep}node_modules${sep}`);
  return report('types', lines.filter(isFile).filter(own).length, exitCode);
}

/**
 * Vitest, all projects.
 * @param {string} root
 * @param {Selection & { parameters: string[] }} options
 */
export async function behaviour(root, { parameters, ...selection }) {
  const folder = mkdtempSync(join(tmpdir(), 'muster-test-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { exitCode } = await run(root, 'vitest', ['run', ...reporters, ...parameters], {
    show: true,
    environment: environmentOf(selection),
  });
  const count = existsSync(file) ? countTests(JSON.parse(readFileSync(file, 'utf8'))) : failedCheck;
  rmSync(folder, { recursive: true, force: true });
  // An error outside of any test, or no test at all, shows in the exit code only.
  const hidden = count.failed === 0 && (exitCode !== 0 || count.passed === 0);
  return hidden ? { ...count, failed: 1 } : count;
}

/**
 * A file that failed without a failed test (it did not load, or its preparation threw) counts as one
 * failure; tests that did not run for it count as skipped.
 * @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} results
 * @returns {Count}
 */
export function countTests({ testResults }) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed').length;
    const passed = assertionResults.filter((test) => test.status === 'passed').length;
    count.passed += passed;
    count.failed += failed === 0 && status === 'failed' ? 1 : failed;
    count.skipped += assertionResults.length - passed - failed;
  }
  return count;
}

/** @param {string} name @param {number} files @param {number | null} exitCode @returns {Count} */
function report(name, files, exitCode) {
  const good = exitCode === 0 && files > 0;
  console.log(`${name}: ${good ? 'passed' : 'FAILED'}, ${files} files read\n`);
  return good ? passedCheck : failedCheck;
}

/**
 * @param {string} root
 * @param {string} tool a program that a package of ours installs
 * @param {string[]} parameters
 * @param {{ show?: boolean, environment?: Record<string, string> }} [options]
 * @returns {Promise<{ exitCode: number | null, output: string }>} output is empty if it was shown
 */
function run(root, tool, parameters, { show = false, environment = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(join(root, 'node_modules', '.bin', tool), parameters, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ exitCode: null, output: `${error.message}\n` }));
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}
