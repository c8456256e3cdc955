/**
 * Installs what the tests need and the folder lacks. Plain Node: nothing is installed yet when it runs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const pipLimitSeconds = 240;

/**
 * Makes .venv from test/requirements.txt when it is absent or was made from another version of it.
 * Without a working python3 it says so and goes on: the suites know what they lack.
 * @param {string} root
 */
export function installPythonPackages(root) {
  const environment = join(root, '.venv');
  const requirements = join(root, 'test', 'requirements.txt');
  const record = join(environment, 'requirements.sha256');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(record) && readFileSync(record, 'utf8') === hash) return;
  console.log('installing Python packages into .venv (pip install -r test/requirements.txt)');
  rmSync(environment, { recursive: true, force: true });
  const python = join(environment, 'bin', 'python3');
  const parameters = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const done =
    run('python3', ['-m', 'venv', environment], root, pipLimitSeconds) &&
    run(python, [...parameters, '-r', requirements], root, pipLimitSeconds);
  if (done) {
    writeFileSync(record, hash); // Last, so that half an installation is not taken for a whole one.
    return;
  }
  rmSync(environment, { recursive: true, force: true });
  console.error('!!! no Python environment: install Python 3.10 or later with its venv module !!!');
}

/** @param {string} command @param {string[]} parameters @param {string} root @param {number} seconds */
function run(command, parameters, root, seconds) {
  const { status, error } = spawnSync(command, parameters, {
    cwd: root,
    stdio: 'inherit',
    timeout: seconds * 1000,
  });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}
