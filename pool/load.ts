import { readFileSync, statSync } from 'node:fs';
import { DeclarationError, type Problem } from './declaration-error.ts';
import { draftOf, type FleetDraft } from './draft.ts';
import { explainIssue } from './explain-issue.ts';
import type { Fleet } from './pool.ts';
import { withPresets } from './presets.ts';
import { fleetFindings } from './rules.ts';
import { type FleetOutput, fleetSchema } from './schema.ts';
import { toFleet } from './to-fleet.ts';
import { readYaml } from './yaml-source.ts';

const maximumBytes = 1024 * 1024;

/**
 * Reads a declaration from a file (UTF-8, at most 1 MiB).
 * @throws {DeclarationError} with all that is wrong: the file, its YAML, or what it declares.
 */
export function loadFleet(file: string): Fleet {
  return loadDeclaration(file).fleet;
}

/** A declaration as it was written and as it was read: what judges a pool that is not in the file. */
export interface Declaration {
  readonly fleet: Fleet;
  readonly output: FleetOutput;
  readonly draft: FleetDraft;
}

/** As {@link loadFleet}. */
export function loadDeclaration(file: string): Declaration {
  return parseDeclaration(readText(file), file);
}

/**
 * Parses a declaration. `file` is the name under which problems are reported; nothing is read.
 * @throws {DeclarationError} with all problems, in the order of the text.
 */
export function parseFleet(text: string, file: string): Fleet {
  return parseDeclaration(text, file).fleet;
}

/** As {@link parseFleet}. */
export function parseDeclaration(text: string, file: string): Declaration {
  if (Buffer.byteLength(text) > maximumBytes) throw tooLarge(file, Buffer.byteLength(text));
  const source = readYaml(text);
  if (source.value === undefined) throw new DeclarationError(file, source.problems);
  if (source.value === null) throw wholeFileError(file, 'empty; allowed: a declaration of a fleet');
  const value = withPresets(source.value);
  const parsed = fleetSchema.safeParse(value, { reportInput: true });
  const issues = parsed.success ? [] : parsed.error.issues;
  const draft = draftOf(value, issues);
  const findings = [...issues.flatMap((issue) => explainIssue(issue)), ...fleetFindings(draft)];
  const problems = inOrder([...source.problems, ...findings.map(source.locate)]);
  if (problems.length > 0 || !parsed.success) throw new DeclarationError(file, problems);
  return { fleet: toFleet(parsed.data), output: parsed.data, draft };
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    const { size } = statSync(file);
    if (size > maximumBytes) throw tooLarge(file, size);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof DeclarationError) throw error;
    throw wholeFileError(file, unreadable(error));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wholeFileError(file, 'not UTF-8 text; allowed: a YAML file in UTF-8');
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT') return 'no such file; allowed: the path of a declaration';
  if (code === 'EISDIR') return 'a directory; allowed: the path of a declaration';
  return `cannot be read (${code}); allowed: a file that this user may read`;
}

function tooLarge(file: string, bytes: number): DeclarationError {
  return wholeFileError(file, `${bytes} bytes; allowed: at most ${maximumBytes}`);
}

function wholeFileError(file: string, message: string): DeclarationError {
  return new DeclarationError(file, [{ path: '', position: null, message }]);
}

/** Sorted by place, each problem once: two checks of one value may say the same of it. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const place = ({ position }: Problem) => position ?? { line: 0, column: 0 };
  const distinct = new Map(
    problems.map((problem) => [JSON.stringify([problem.path, problem.message]), problem]),
  );
  return [...distinct.values()].sort(
    (a, b) => place(a).line - place(b).line || place(a).column - place(b).column,
  );
}
