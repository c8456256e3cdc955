import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce, runInstaller } from './install-once.ts';
import type { Tool } from './tool.ts';
import { toolFolder } from './tool-folder.ts';

export interface PythonTool extends Tool {
  /** Absolute path of the environment's Python. */
  readonly python: string;
  /** Absolute path of a program of the environment. */
  readonly program: (name: string) => string;
}

export interface PythonToolOptions {
  readonly name: string;
  /** A file that pins every package, dependencies too (`pip freeze`). */
  readonly requirements: string;
}

/** Python packages in an environment of their own: another set may need other versions. */
export function pythonTool({ name, requirements }: PythonToolOptions): PythonTool {
  const folder = toolFolder(name, [readFileSync(requirements, 'utf8')]);
  const program = (called: string) => join(folder, 'bin', called);
  return {
    name,
    python: program('python3'),
    program,
    byHand: 'install Python 3.10 or later with its venv module; `npm test` gets the rest from PyPI',
    install: () =>
      installOnce(folder, async () => {
        await runInstaller('python3', ['-m', 'venv', folder]);
        const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'];
        const parameters = ['-m', 'pip', 'install', ...options, '-r', requirements];
        await runInstaller(program('python3'), parameters);
      }),
  };
}
