import { codeLineCount, isCode, isRule, isTypeScript, runningCode } from './code.ts';
import { type Rule, testRule } from './rule.ts';

const readsCode = (path: string) => isCode(path) && !isRule(path);
const isTest = (path: string) => path.startsWith('test/') && !isRule(path);

/** A rule that says which patterns may not be in what runs. */
function withoutPatterns(
  name: string,
  reads: Rule['reads'],
  patterns: readonly { readonly pattern: RegExp; readonly instead: string }[],
  samples: { readonly bad: readonly string[]; readonly good: readonly string[] },
  path: string,
): Rule {
  const at = (text: string) => ({ path, text });
  return {
    name,
    reads,
    faults: ({ text }) => {
      const code = runningCode(text);
      return patterns
        .filter(({ pattern }) => pattern.test(code))
        .map(({ pattern, instead }) => `has ${pattern.exec(code)?.[0] ?? pattern}; ${instead}`);
    },
    bad: samples.bad.map(at),
    good: samples.good.map(at),
  };
}

testRule(
  withoutPatterns(
    'no barrels',
    readsCode,
    [{ pattern: /^export (\*|\{[^}]*\}) from\b/m, instead: 'import from the file that has it' }],
    {
      bad: ["export * from './pool.ts';", "export { parse } from './parse.ts';"],
      good: ['export const parse = 1;', 'const parse = 1;\nexport { parse };'],
    },
    'pool/sample.ts',
  ),
);

testRule({
  name: 'no enums',
  reads: (path) => isTypeScript(path) && !isRule(path),
  faults: ({ text }) =>
    /^\s*(export )?(declare )?(const )?enum \w/m.test(text)
      ? ['has an enum; use a union of strings']
      : [],
  bad: [
    { path: 'pool/sample.ts', text: 'export enum Market { Spot }' },
    { path: 'pool/sample.ts', text: 'const enum Market { Spot }' },
  ],
  good: [{ path: 'pool/sample.ts', text: "// no enum Market\nexport type Market = 'spot';" }],
});

testRule(
  withoutPatterns(
    'tests neither skip nor mock modules',
    (path) => isTest(path) && isTypeScript(path),
    [
      {
        pattern: /\bvi\.(mock|doMock|hoisted|stubGlobal)\b/,
        instead: 'write a stateful fake of the port',
      },
      { pattern: /\.(only|skip|todo)\b/, instead: 'run every test' },
      { pattern: /\bx(it|test|describe)\(/, instead: 'run every test' },
      {
        pattern: /\.skipIf\((?!await missingParts\()(?!missing\))/,
        instead: 'skip with missingParts only',
      },
    ],
    {
      bad: [
        "vi.mock('./cloud.ts');",
        "it.only('scales', () => {});",
        "describe.skip('scaling', () => {});",
        "it.todo('scales');",
        "xit('scales', () => {});",
        "it.skipIf(process.platform === 'linux')('scales', () => {});",
      ],
      good: [
        "it('skips a type that is not offered', () => {});",
        "describe.skipIf(await missingParts([motoPart]))('scaling', () => {});",
        "const missing = await missingParts([motoPart]);\ndescribe.skipIf(missing)('scaling', () => {});",
      ],
    },
    'test/scaler/sample.test.ts',
  ),
);

/** Most files have 50 to 150; beyond this one a file holds more than one thing. */
const maximumCodeLines = 250;

testRule({
  name: `files have at most ${maximumCodeLines} lines of code`,
  reads: readsCode,
  faults: ({ text }) => {
    const lines = codeLineCount(text);
    return lines > maximumCodeLines ? [`has ${lines} lines of code; split it by concept`] : [];
  },
  bad: [{ path: 'pool/long.ts', text: 'const a = 1;\n'.repeat(maximumCodeLines + 1) }],
  good: [
    { path: 'pool/short.ts', text: 'const a = 1;\n'.repeat(maximumCodeLines) },
    { path: 'pool/explained.ts', text: '// why\n\n'.repeat(maximumCodeLines + 1) },
  ],
});

testRule({
  name: 'files are named in kebab-case',
  reads: readsCode,
  faults: ({ path }) =>
    /^[a-z0-9.-]+$/.test(path.split('/').at(-1) ?? '') ? [] : ['name it in kebab-case'],
  bad: ['pool/instanceTypes.ts', 'pool/Pool.ts', 'pool/instance_types.ts'].map(sampleAt),
  good: ['pool/instance-types.ts', 'vitest.config.ts'].map(sampleAt),
});

function sampleAt(path: string) {
  return { path, text: 'export const a = 1;' };
}
