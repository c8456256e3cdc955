import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { printJsonSchema } from '../../pool/json-schema.ts';
import { sourceKinds } from '../../pool/schema-queue.ts';
import { projectRoot } from '../harness/project-root.ts';
import { schemaKeys } from './schema-keys.ts';

describe('muster.schema.json', () => {
  it('is in step with the schema; `npx muster schema --out muster.schema.json` renews it', () => {
    expect(readFileSync(`${projectRoot}/muster.schema.json`, 'utf8')).toBe(printJsonSchema());
  });

  const keys = schemaKeys();
  const isSource = (path: string) =>
    sourceKinds.some((kind) => [`pools.*.queue.${kind}`, `source.${kind}`].includes(path));

  it('describes every key, and the default of each that may be left out', () => {
    expect(keys.length).toBeGreaterThan(100);
    for (const { path, node, required } of keys) {
      expect(node.description, path).toMatch(/^.{10,}/);
      const says =
        node.default !== undefined ||
        /Default: |Needed only|Image for/.test(node.description ?? '');
      const oneOfSeveral = /\.(id|ids|ssm|amiSet|owners|ratio|fixed)$/.test(path) || isSource(path);
      expect(required || says || oneOfSeveral, `${path} says its default`).toBe(true);
    }
  });

  it('asks a pool for what its preset does not give', () => {
    const pool = schemaKeys().find(({ path }) => path === 'pools')?.node.additionalProperties;
    expect(pool).toMatchObject({
      required: ['owner', 'queue', 'image'],
      anyOf: [{ required: ['preset'] }, { required: ['capacity', 'instances'] }],
    });
  });

  it('allows no other keys', () => {
    const closed = keys.filter(({ node }) => node.properties !== undefined);
    expect(closed.length).toBeGreaterThan(10);
    for (const { path, node } of closed) expect(node.additionalProperties, path).toBe(false);
  });
});
