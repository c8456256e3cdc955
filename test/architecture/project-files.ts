import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../harness/project-root.ts';

/** A text file of the project. */
export interface ProjectFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What git tracks or would track: new files count before they are committed. */
export function projectFiles(): readonly ProjectFile[] {
  const parameters = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const list = execFileSync('git', parameters, { cwd: projectRoot, encoding: 'utf8' });
  const paths = [...new Set(list.split('\0'))].filter((path) => path !== '').sort();
  return paths
    .filter((path) => existsSync(join(projectRoot, path)))
    .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0')); // An image is not text.
}
