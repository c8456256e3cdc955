/** Checks that each case of docs/what-happens-when.md names a rule and a test that are there. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readText, root } from './markdown.ts';

const page = readText('docs/what-happens-when.md');

interface Case {
  readonly name: string;
  readonly rule: string;
  readonly file: string;
  readonly test: string;
  readonly asked: string;
}

const cases: readonly Case[] = page
  .split(/^#{2,3} /m)
  .filter((part) => part.includes('\n- Rule:'))
  .map((part) => {
    const [, rule = ''] = /^- Rule: `([^`]+)`$/m.exec(part) ?? [];
    const [, file = '', test = ''] = /^- Test: `([^`]+)`: (.+)$/m.exec(part) ?? [];
    const [, asked = ''] = /^- Asked of: (.+)$/m.exec(part) ?? [];
    return { name: part.split('\n', 1)[0]!, rule, file, test, asked };
  });

/** Names of the tests in a file: what stands first in `it(...)` and in `it.each(...)(...)`. */
function testNames(source: string): readonly string[] {
  const names = source.matchAll(/(?:\bit\(|\)\(|\]\)\()\s*(['"`])((?:(?!\1).)+)\1\s*,/g);
  return [...names].map(([, , name]) => name!);
}

describe('docs/what-happens-when.md', () => {
  it('has a rule, a test and a source under each heading of a case', () => {
    const headings = page.match(/^### .+$/gm) ?? [];
    expect(cases.map(({ name }) => `### ${name}`)).toEqual(headings);
    expect(cases.length).toBeGreaterThan(40);
    expect(cases.filter(({ asked }) => asked === '')).toEqual([]);
  });

  it.each(cases)('$name: its rule is there', ({ rule }) => {
    expect(rule !== '' && existsSync(new URL(rule, root)), rule).toBe(true);
  });

  it.each(cases)('$name: its test is there', ({ file, test }) => {
    expect(testNames(readText(file))).toContain(test);
  });

  it('has every test of test/docs/cases-of-*.test.ts', () => {
    const files = [...new Set(cases.map(({ file }) => file))].filter((file) =>
      file.startsWith('test/docs/cases-of-'),
    );
    expect(files).toHaveLength(5);
    for (const file of files) {
      const shown = cases.filter((one) => one.file === file).map(({ test }) => test);
      const all = [...readText(file).matchAll(/^ {2}it\('(.+?)', /gm)].map(([, name]) => name);
      expect(shown.sort()).toEqual(all.sort());
    }
  });

  it('would notice a test that is not there', () => {
    const source = "it('works', () => {});\nit.each([1])('is %s', () => {});\n// it works well";
    expect(testNames(source)).toEqual(['works', 'is %s']);
  });
});
