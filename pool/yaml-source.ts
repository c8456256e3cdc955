/** YAML text as plain values, with the way back from a path to the line and column. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Problem } from './declaration-error.ts';
import { type Finding, type Path, printPath } from './finding.ts';

export interface YamlSource {
  /** undefined: the text could not be read at all, and `problems` says why. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Turns a place in the values into a place in the text. */
  locate(finding: Finding): Problem;
}

/** How often aliases may repeat nodes, so that a few lines cannot stand for gigabytes. */
const maximumAliases = 100;

/** Reads one YAML 1.2 document. Does not throw, whatever the text. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const none = { value: undefined, locate: wholeFile };
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    return { ...none, problems: [wholeFile({ message: `not YAML: ${messageOf(error)}` })] };
  }
  const faults = [...document.errors, ...document.warnings];
  const problems = faults.map((fault) => yamlProblem(fault, document, lines));
  if (faults.some(({ code }) => code !== 'DUPLICATE_KEY')) return { ...none, problems };
  try {
    const more = [...reservedKeys(document, lines), ...danglingAliases(document, lines)];
    problems.push(...more);
    if (more.some(({ path }) => path === '')) return { ...none, problems };
    const value: unknown = document.toJS({ maxAliasCount: maximumAliases });
    return { value, problems, locate: (finding) => locate(finding, document, lines) };
  } catch (error) {
    const message = /alias count/i.test(messageOf(error))
      ? `aliases repeat too much; allowed: at most ${maximumAliases} repeated nodes`
      : `not YAML that can be read: ${messageOf(error)}`;
    return { ...none, problems: [...problems, wholeFile({ message })] };
  }
}

function wholeFile({ message }: { readonly message: string }): Problem {
  return { path: '', position: null, message };
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError) return 'nested too deeply';
  return error instanceof Error ? error.message : String(error);
}

function yamlProblem(fault: YAMLError, document: Document.Parsed, lines: LineCounter): Problem {
  const path = fault.code === 'DUPLICATE_KEY' ? pathOfKey(document.contents, fault.pos[0]) : null;
  if (path === null) {
    return { path: '', position: place(fault.pos[0], lines), message: `YAML: ${fault.message}` };
  }
  const message = `key ${JSON.stringify(path.at(-1))} is there twice; allowed: each key once`;
  return { path: printPath(path), position: place(fault.pos[0], lines), message };
}

/** `__proto__` is no key like others in the language that reads this, so it is nobody's name. */
function reservedKeys(document: Document.Parsed, lines: LineCounter): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Pair: (_, pair) => {
      const offset = startOf(pair.key);
      if (keyOf(pair) !== '__proto__' || offset === null) return;
      const path = pathOfKey(document.contents, offset) ?? [];
      const message = 'reserved key; allowed: any other';
      found.push({ path: printPath(path), position: place(offset, lines), message });
    },
  });
  return found;
}

function danglingAliases(document: Document.Parsed, lines: LineCounter): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Alias: (_, alias) => {
      const offset = startOf(alias);
      if (offset === null || alias.resolve(document) !== undefined) return;
      const message = `YAML: alias *${alias.source} has no anchor before it`;
      found.push({ path: '', position: place(offset, lines), message });
    },
  });
  return found;
}

/** The path of the key that starts at an offset. */
function pathOfKey(node: unknown, offset: number): Path | null {
  const children: [string | number, unknown, unknown][] = isMap(node)
    ? node.items.map((pair) => [keyOf(pair), pair.key, pair.value])
    : isSeq(node)
      ? node.items.map((item, index) => [index, null, item])
      : [];
  for (const [step, key, value] of children) {
    if (startOf(key) === offset) return [step];
    const rest = pathOfKey(value, offset);
    if (rest !== null) return [step, ...rest];
  }
  return null;
}

/** Goes down the path as far as it leads: a missing key is reported where its mapping is named. */
function locate(finding: Finding, document: Document.Parsed, lines: LineCounter): Problem {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [index, step] of finding.path.entries()) {
    const { key, value } = child(isAlias(node) ? node.resolve(document) : node, step);
    const atKey = finding.at === 'key' || index < finding.path.length - 1 || !hasText(value);
    const start = startOf(atKey ? key : value) ?? startOf(value);
    if (start === null) break;
    node = value;
    offset = start;
  }
  return {
    path: printPath(finding.path),
    position: offset === null ? null : place(offset, lines),
    message: finding.message,
  };
}

function child(node: unknown, step: string | number): { key: unknown; value: unknown } {
  if (isSeq(node) && typeof step === 'number') return { key: null, value: node.items[step] };
  const pair = isMap(node) ? node.items.findLast((item) => keyOf(item) === step) : undefined;
  return { key: pair?.key, value: pair?.value };
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value ?? '') : String(key);
}

/** False for the nothing after `key:`. */
function hasText(node: unknown): boolean {
  const range = (node as Node | null | undefined)?.range;
  return range !== null && range !== undefined && range[0] < range[1];
}

function startOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null;
}

function place(offset: number, lines: LineCounter): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
