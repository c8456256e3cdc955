import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../harness/project-root.ts';
import { schemaKeys } from './schema-keys.ts';

/** Paths of the keys that a document has rows for, with the text of the last cell. */
function documentedKeys(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let prefixes: readonly string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) {
      const paths = [...line.matchAll(/`([^`]+)`/g)].map(([, path]) => `${path}.`);
      prefixes = line === '## Top level' ? [''] : paths;
    }
    const [, key, , , standard] = /^\| `([^`]+)` \|([^|]+)\|([^|]+)\| ([^|]+) \|$/.exec(line) ?? [];
    if (key === undefined || standard === undefined) continue;
    for (const prefix of prefixes) {
      if (found.has(prefix + key)) throw new Error(`${prefix}${key} has two rows`);
      found.set(prefix + key, standard);
    }
  }
  return found;
}

const documented = documentedKeys(readFileSync(`${projectRoot}/docs/declaration.md`, 'utf8'));
const keys = schemaKeys();

describe('docs/declaration.md', () => {
  it('is read by its headings and tables', () => {
    const text = [
      '## Top level',
      '| Key | Meaning | Allowed | Default |',
      '| `a` | one | any | `1` |',
      '### `a` and `b.*`',
      '| `c` | two | any | required |',
      '## Else',
      '| `d` | is no key | any | none |',
    ].join('\n');
    expect([...documentedKeys(text)]).toEqual([
      ['a', '`1`'],
      ['a.c', 'required'],
      ['b.*.c', 'required'],
    ]);
  });

  it('has a row for every key of the file, and for no other', () => {
    expect(keys.length).toBeGreaterThan(100);
    expect([...documented.keys()].sort()).toEqual(keys.map(({ path }) => path).sort());
  });

  it('gives the defaults that the file has', () => {
    for (const { path, node, required } of keys) {
      const standard = documented.get(path);
      expect(standard === 'required', `${path} is required`).toBe(required);
      if (!['string', 'number', 'boolean'].includes(typeof node.default)) continue;
      expect(standard, path).toBe(node.default === '' ? 'none' : `\`${node.default}\``);
    }
  });
});
