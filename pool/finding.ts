/** Something wrong at a place in a declaration, before the place is turned into a line and column. */
export interface Finding {
  /** Keys and indices from the top of the file. */
  readonly path: Path;
  /** Whether the key itself is wrong or the value that it leads to. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** `pools.linux.instances[1].utility`; keys that are no plain word are quoted: `tags["a b"]`. */
export function printPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** A value as it is quoted in a message: short, on one line, the contents of collections left out. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object')
    return `${Object.keys(value).length === 0 ? 'an empty' : 'a'} mapping`;
  if (typeof value !== 'string') return String(value);
  // A name and password in a URL are for no log.
  const text = value.replace(/\/\/[^/@]*@/g, '//...@');
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** The common form of a message: what it got, what is allowed, and the fix where there is one. */
export function rejected(value: unknown, allowed: string, fix = ''): string {
  const got = value === undefined ? 'missing' : `got ${showValue(value)}`;
  return `${got}; allowed: ${allowed}${fix}`;
}
