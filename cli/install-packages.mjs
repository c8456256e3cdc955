/** Installs npm packages where they are missing. Plain Node: nothing is installed yet when it runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const npmLimitSeconds = 300;

/**
 * Runs `npm ci` when node_modules is absent or holds other versions than package-lock.json names.
 * npm's own words go to stderr, so that stdout holds what the command says, and nothing else.
 * @param {string} root
 * @returns {boolean} false: npm failed, and has said why
 */
export function installNodePackages(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (nodePackagesAreCurrent(wanted, present)) return true;
  process.stderr.write('Installing npm packages (npm ci)\n');
  const { status } = spawnSync(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    { cwd: root, stdio: ['ignore', 2, 2], timeout: npmLimitSeconds * 1000 },
  );
  return status === 0;
}

/**
 * @param {Record<string, { version?: string, optional?: boolean }> | null} wanted
 * @param {Record<string, { version?: string }> | null} present null: nothing is installed
 */
export function nodePackagesAreCurrent(wanted, present) {
  if (wanted === null || present === null) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    // Of a package for several platforms only this machine's is there.
    const installed = present[path];
    return installed === undefined ? optional === true : installed.version === version;
  });
}

/** What a lock file lists; null: there is none. @param {string} file */
function readPackages(file) {
  if (!existsSync(file)) return null;
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
