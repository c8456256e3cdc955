/**
 * Installs what the tests need and the folder lacks. Plain Node: nothing is installed yet when it runs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What tests may drive, as Debian, Ubuntu, Fedora and Google name it. */
export const browserNames = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

const pipLimitSeconds = 240;
/** It took 46 s from nothing on two busy cores; a slow mirror takes minutes. */
const aptLimitSeconds = 240;
/** A package index or a download may fail once for no reason of ours. */
const aptAttempts = 2;

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

/**
 * Installs Chromium with apt-get, as root, where no browser is on the PATH. Where it cannot, it says so
 * and goes on: the suites know what they lack.
 * @param {string} root
 */
export function installBrowser(root) {
  if (browserNames.some(isOnPath)) return;
  if (!isOnPath('apt-get') || process.getuid?.() !== 0) {
    console.error('!!! no browser, and no apt-get as root to install one: install Chromium !!!');
    return;
  }
  console.log('installing Chromium (apt-get install chromium)');
  // Another apt-get may hold the lock; a question would wait for an answer that nobody gives.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=3'];
  const packages = ['--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
  const apt = (/** @type {string[]} */ parameters) =>
    run('apt-get', [...options, ...parameters], root, aptLimitSeconds, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'], // It names every file that it unpacks.
    });
  for (let attempt = 1; attempt <= aptAttempts; attempt++) {
    if (apt(['update']) && apt(['install', '--yes', ...packages])) return;
  }
  console.error('!!! no browser: apt-get could not install Chromium; install it !!!');
}

/** @param {string} command */
function isOnPath(command) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, command)));
}

/**
 * @param {string} command
 * @param {string[]} parameters
 * @param {string} root
 * @param {number} seconds
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
function run(command, parameters, root, seconds, options = {}) {
  const { status, error } = spawnSync(command, parameters, {
    cwd: root,
    stdio: 'inherit',
    timeout: seconds * 1000,
    ...options,
  });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}
