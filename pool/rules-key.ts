import type * as z from 'zod';
import type { Finding, Path } from './finding.ts';

/** Judges the keys of a mapping from names of one's own. */
export function keyFindings(
  entries: Readonly<Record<string, unknown>> | undefined,
  path: Path,
  schema: z.ZodString,
): Finding[] {
  return Object.keys(entries ?? {}).flatMap((key): Finding[] => {
    const issue = schema.safeParse(key, { reportInput: true }).error?.issues[0];
    return issue === undefined ? [] : [{ path: [...path, key], at: 'key', message: issue.message }];
  });
}
