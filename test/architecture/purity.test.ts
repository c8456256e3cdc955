import { importedSpecifiers, isTypeScript, runningCode } from './code.ts';
import { testRule } from './rule.ts';

/** What would make a decision depend on more than what it is given. */
const impurities =
  /\b(async|await|Date|Math\.random|process|console|performance|globalThis|fetch|crypto|Promise|set(?:Timeout|Interval|Immediate)|queueMicrotask|require|import\()(?![\w$])/g;

const inCore = (text: string) => ({ path: 'scaler/decide/decide.ts', text });

testRule({
  name: 'the decision is pure and synchronous',
  reads: (path) => path.startsWith('scaler/decide/') && isTypeScript(path),
  faults: ({ text }) => [
    ...[...runningCode(text).matchAll(impurities)].map(
      ([, word]) => `uses ${word}; what a decision needs comes in with its observation`,
    ),
    ...importedSpecifiers(text)
      .filter((specifier) => specifier.startsWith('node:'))
      .map((specifier) => `imports ${specifier}; the core reaches for nothing outside`),
  ],
  bad: [
    inCore('export async function decide() {}'),
    inCore('const now = Date.now();'),
    inCore('const now = new Date();'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: code in a sample
    inCore('const at = `${Date.now()}`;'),
    inCore('const jitter = Math.random();'),
    inCore('const zone = process.env.ZONE;'),
    inCore("console.log('decided');"),
    inCore("import { readFileSync } from 'node:fs';"),
    inCore('setTimeout(() => {}, 1);'),
    inCore('const started = performance.now();'),
  ],
  good: [
    inCore('// Date and process are not for the core.\nexport const limit = 1;'),
    inCore('export const updated = 1; export const processed = { dateOfBirth: 2 };'),
    inCore('export type When = Date;'),
  ],
});
