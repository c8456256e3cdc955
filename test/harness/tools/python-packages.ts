import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';
import { installLimitSeconds, runInstaller, withProgress } from './install-once.ts';
import { toolRoot } from './tool-folder.ts';
import { withLock } from './with-lock.ts';

const environment = join(projectRoot, '.venv');
const requirements = join(projectRoot, 'test', 'requirements.txt');
const record = join(environment, 'requirements.sha256');

/**
 * Makes .venv, with moto, from test/requirements.txt when it is absent or was made from another version
 * of it. What needs other versions of the same packages has a `pythonTool` of its own.
 */
export async function installPythonPackages(): Promise<void> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const isCurrent = () => existsSync(record) && readFileSync(record, 'utf8') === hash;
  if (isCurrent()) return;
  await withLock(join(toolRoot(), 'venv.lock'), installLimitSeconds, async () => {
    if (isCurrent()) return;
    await withProgress('Python packages of test/requirements.txt into .venv', async () => {
      rmSync(environment, { recursive: true, force: true });
      await runInstaller('python3', ['-m', 'venv', environment]);
      const quiet = ['--quiet', '--disable-pip-version-check'];
      // The file names every package; most of their modules are never loaded, so never compiled.
      const options = [...quiet, '--no-deps', '--no-compile', '-r', requirements];
      const python = join(environment, 'bin', 'python3');
      await runInstaller(python, ['-m', 'pip', 'install', ...options]);
      writeFileSync(record, hash); // Last, so that half an installation is not taken for a whole one.
    });
  });
}
