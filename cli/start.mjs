/**
 * `npm start`: installs what is missing, then runs the demo. Plain Node: nothing may be installed yet.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installLimitMilliseconds = 5 * 60_000;

/** When the file was last written; null: it is not there. @param {string} file */
function writtenAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

const wanted = writtenAt(join(root, 'package-lock.json'));
// npm writes this file last, so half an installation is not taken for a whole one.
const installed = writtenAt(join(root, 'node_modules', '.package-lock.json'));

if (installed === null || (wanted !== null && installed < wanted)) {
  process.stderr.write('Installing npm packages (npm ci)\n');
  // npm's own words go to stderr: stdout holds what the demo says, and nothing else.
  const { status } = spawnSync(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    { cwd: root, stdio: ['ignore', 2, 2], timeout: installLimitMilliseconds },
  );
  if (status !== 0) {
    process.stderr.write('npm ci failed: the demo needs its packages. Mend that and try again.\n');
    process.exit(1);
  }
}

process.chdir(root);
const { register } = await import('tsx/esm/api');
register();
await import('./demo.ts');
