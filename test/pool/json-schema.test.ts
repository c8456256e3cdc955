import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { declarationJsonSchema, printJsonSchema } from '../../pool/json-schema.ts';
import { projectRoot } from '../harness/project-root.ts';

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Every key of the file, as a path, with what the schema says of it. */
function keysOf(node: Node, path = ''): { path: string; node: Node; required: boolean }[] {
  const inner = [node.additionalProperties, node.items, ...(node.anyOf ?? [])];
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([key, value]) => [
      { path: `${path}.${key}`, node: value, required: node.required?.includes(key) ?? false },
      ...keysOf(value, `${path}.${key}`),
    ]),
    ...inner.flatMap((value) => (typeof value === 'object' ? keysOf(value, `${path}.*`) : [])),
  ];
}

describe('muster.schema.json', () => {
  it('is in step with the schema; `npx muster schema --out muster.schema.json` renews it', () => {
    expect(readFileSync(`${projectRoot}/muster.schema.json`, 'utf8')).toBe(printJsonSchema());
  });

  const keys = keysOf(declarationJsonSchema());

  it('describes every key, and the default of each that may be left out', () => {
    expect(keys.length).toBeGreaterThan(60);
    for (const { path, node, required } of keys) {
      expect(node.description, path).toMatch(/^.{10,}/);
      const says =
        node.default !== undefined ||
        /Default: |Needed only|Image for/.test(node.description ?? '');
      const oneOfSeveral = /\.(id|ids|ssm|owners|sqs|http)$/.test(path);
      expect(required || says || oneOfSeveral, `${path} says its default`).toBe(true);
    }
  });

  it('allows no other keys', () => {
    const closed = keys.filter(({ node }) => node.properties !== undefined);
    expect(closed.length).toBeGreaterThan(10);
    for (const { path, node } of closed) expect(node.additionalProperties, path).toBe(false);
  });
});
