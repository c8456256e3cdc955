import type * as z from 'zod';
import type { Finding, Path } from './finding.ts';
import { nearest, suggestion } from './nearest.ts';
import { keySeparator } from './schema-parts.ts';

/** What an issue that zod found means to a person. */
export function explainIssue(issue: z.core.$ZodIssue, above: Path = []): Finding[] {
  const path: Path = [...above, ...issue.path.filter((step) => typeof step !== 'symbol')];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], key, issue.message));
    case 'invalid_union':
      return meantBranch(issue.errors).flatMap((nested) => explainIssue(nested, path));
    default:
      return [{ path, at: 'value', message: issue.message }];
  }
}

function unknownKey(path: Path, key: string, allowedKeys: string): Finding {
  const fix = suggestion(nearest(key, allowedKeys.split(keySeparator)));
  return { path, at: 'key', message: `unknown key; allowed: ${allowedKeys}${fix}` };
}

/** Of the ways to write a value, the one whose kind it has: its faults lie deeper than the value. */
function meantBranch(branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] {
  const wrongKind = (issue: z.core.$ZodIssue) =>
    issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
  return branches.find((branch) => !branch.some(wrongKind)) ?? branches[0] ?? [];
}
