import { fileURLToPath } from 'node:url';
import { runCommand } from '../harness/run-command.ts';
import { type ProcessResult, runProcess } from '../harness/run-process.ts';
import { root } from './markdown.ts';

const limitSeconds = 90;

/**
 * Runs a command line of a page in the project's folder: with a shell, as a person would, or in this
 * process if it is `npx muster` with plain or quoted words alone. Each page has one that a shell runs.
 */
export function runShown(line: string): Promise<ProcessResult> {
  const [, words] = /^npx muster ((?:'[^']*'|[\w./=:,-]+| )+)$/.exec(line.trim()) ?? [];
  if (words === undefined) return runInShell(line);
  const list = [...words.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
  return runCommand(list, { directory: fileURLToPath(root) });
}

/** As a person would. */
export function runInShell(line: string): Promise<ProcessResult> {
  return runProcess('sh', ['-c', line], { directory: fileURLToPath(root), limitSeconds });
}
