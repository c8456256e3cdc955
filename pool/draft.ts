import type * as z from 'zod';
import type { Path } from './finding.ts';
import type { FleetInput } from './schema.ts';

/** What is left of a declaration when everything of the wrong form is taken out. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

export type FleetDraft = Draft<FleetInput>;
export type PoolDraft = NonNullable<NonNullable<FleetDraft['pools']>[string]>;

/**
 * Takes out what the schema refused, so that rules over several keys can still judge the rest and
 * all problems come at once. Keys stay, with the value undefined, and so do places in lists.
 */
export function draftOf(value: unknown, issues: readonly z.core.$ZodIssue[]): FleetDraft {
  const holder = { root: structuredClone(value) };
  dropReservedKeys(holder.root);
  for (const issue of issues) {
    const path = ['root', ...issue.path] as Path;
    if (issue.code !== 'unrecognized_keys') remove(holder, path);
    else for (const key of issue.keys) remove(holder, [...path, key]);
  }
  // The schema has accepted what is left, so it has the form of the schema's input.
  return (holder.root ?? {}) as FleetDraft;
}

/** `__proto__` is refused when the text is read; the schema of a record passes it over unchecked. */
function dropReservedKeys(value: unknown, seen = new Set<unknown>()): void {
  // An alias may stand within what it names.
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
  for (const inner of Object.values(value)) dropReservedKeys(inner, seen);
}

function remove(holder: unknown, path: Path): void {
  let parent = holder;
  for (const step of path.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, step)) return;
    parent = (parent as Record<string | number, unknown>)[step];
  }
  const last = path.at(-1);
  if (last === undefined || typeof parent !== 'object' || parent === null) return;
  (parent as Record<string | number, unknown>)[last] = undefined;
}
