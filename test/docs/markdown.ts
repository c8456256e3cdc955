/** Reads what the tests of the docs check: sections, tables and fenced blocks of Markdown. */
import { readFileSync } from 'node:fs';

export const root = new URL('../../', import.meta.url);

export function readText(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** The text under a heading, up to the next one of its level or above. */
export function section(text: string, heading: string): string {
  const lines = outsideFences(text);
  const start = lines.findIndex(({ line, code }) => !code && line === heading);
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const level = heading.indexOf(' ');
  const end = lines.findIndex(
    ({ line, code }, index) =>
      index > start && !code && /^#+ /.test(line) && line.indexOf(' ') <= level,
  );
  const part = lines.slice(start + 1, end < 0 ? undefined : end);
  return part.map(({ line }) => line).join('\n');
}

function outsideFences(text: string): { line: string; code: boolean }[] {
  let code = false;
  return text.split('\n').map((line) => {
    if (line.startsWith('```')) code = !code;
    return { line, code };
  });
}

/** The tables of a text: rows of cells, the head left out. */
export function tables(text: string): readonly (readonly (readonly string[])[])[] {
  const found: string[][][] = [];
  let rows: string[][] | null = null;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) {
      rows = null;
      continue;
    }
    if (rows === null) {
      rows = [];
      found.push(rows);
    }
    rows.push(
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  }
  return found.map(([, , ...body]) => body);
}

/** The first table under a heading. */
export function tableOf(text: string, heading: string): readonly (readonly string[])[] {
  const [first] = tables(section(text, heading));
  if (!first || first.length === 0) throw new Error(`no table under "${heading}"`);
  return first;
}

/** Fenced blocks that are marked so, in order. */
export function fenced(text: string, mark: string): readonly string[] {
  const blocks = text.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm);
  return [...blocks].filter(([, of]) => of === mark).map(([, , body]) => body!);
}

/** `code` without its marks. */
export function bare(cell: string): string {
  return cell.replaceAll('`', '');
}

/** A number, written with as many decimals as a cell has. */
export function like(cell: string, value: number): string {
  const [, decimals = ''] = /^-?\d+(?:\.(\d+))?/.exec(cell) ?? [];
  return value.toFixed(decimals.length);
}
