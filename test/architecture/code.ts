import { transformSync } from 'esbuild';

export const isTypeScript = (path: string) => /\.[cm]?ts$/.test(path);
export const isCode = (path: string) => /\.[cm]?[jt]s$/.test(path);
/** The rules' own samples break them. */
export const isRule = (path: string) => path.startsWith('test/architecture/');

/** What runs: comments and types are gone, strings stay. */
export function runningCode(text: string): string {
  return transformSync(text, { loader: 'ts', legalComments: 'none', target: 'es2022' }).code;
}

/** The specifiers a file imports or re-exports from, `import type` and `import()` among them. */
export function importedSpecifiers(text: string): readonly string[] {
  const code = text.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  const statement = /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm;
  const call = /\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]\s*[,)]/g;
  const matches = [...code.matchAll(statement), ...code.matchAll(call)];
  return matches.map(([, specifier]) => specifier ?? '');
}

/** Lines that hold code: neither blank nor comment alone. */
export function codeLineCount(text: string): number {
  const isComment = (line: string) => /^\s*(\/\/|\/\*|\*)/.test(line);
  return text.split('\n').filter((line) => line.trim() !== '' && !isComment(line)).length;
}
