/**
 * Every attribute that the stacks write exists in both versions of the AWS provider that they allow:
 * in 5.100 by what the provider itself says of its schema, in 6 by the bindings, which are made from its.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { awsProviderPart, openTerraform, terraformPart } from '../harness/terraform.ts';
import { largestFleet, smallestFleet } from './declarations.ts';
import { productionFleet } from './production.ts';
import { type Block, synthesise } from './synthesise.ts';
import { workerOptionsFleet } from './worker-options.ts';

const missing = await missingParts([terraformPart, awsProviderPart]);
const bindings = createRequire(import.meta.url);

/** Of `terraform providers schema -json`. */
interface SchemaBlock {
  readonly attributes?: Readonly<Record<string, { readonly type?: unknown }>>;
  readonly block_types?: Readonly<Record<string, { readonly block: SchemaBlock }>>;
}

interface Schemas {
  readonly resource_schemas: Readonly<Record<string, { readonly block: SchemaBlock }>>;
  readonly data_source_schemas: Schemas['resource_schemas'];
}

/** What Terraform itself knows in every block, whatever the provider. */
const meta = ['lifecycle', 'depends_on', 'for_each', 'count', 'provider'];

/** An attribute, by `SECTION TYPE PATH`, without the indices of lists. */
type Used = ReadonlySet<string>;

function usedAttributes(): Used {
  const used = new Set<string>();
  const fleets = [smallestFleet(), largestFleet(), workerOptionsFleet(), productionFleet()];
  for (const { resource, data } of fleets.flatMap((fleet) => Object.values(synthesise(fleet)))) {
    for (const [section, types] of Object.entries({ resource, data })) {
      for (const [type, blocks] of Object.entries(types ?? {})) {
        for (const block of Object.values(blocks)) collect(`${section} ${type}`, block, [], used);
      }
    }
  }
  return used;
}

function collect(start: string, block: Block, path: readonly string[], used: Set<string>): void {
  for (const [name, value] of Object.entries(block)) {
    if (path.length === 0 && meta.includes(name)) continue;
    used.add(`${start} ${[...path, name].join('.')}`);
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'object' && item !== null && !isMap(name)) {
        collect(start, item, [...path, name], used);
      }
    }
  }
}

/** Keys that are a person's, or of a map, and no attributes. */
function isMap(name: string): boolean {
  return ['tags', 'values', 'variables', 'dimensions'].includes(name);
}

/** Whether a path leads to an attribute or block; a type of objects has their fields. */
function isIn(schema: SchemaBlock | undefined, [name = '', ...rest]: readonly string[]): boolean {
  const nested = schema?.block_types?.[name]?.block;
  if (nested !== undefined) return rest.length === 0 || isIn(nested, rest);
  const attribute = schema?.attributes?.[name];
  if (attribute === undefined) return false;
  return rest.length === 0 || fieldsOf(attribute.type).includes(rest[0] as string);
}

/** `["set", ["object", { FIELD: TYPE }]]`, or none. */
function fieldsOf(type: unknown): string[] {
  if (!Array.isArray(type)) return [];
  return type[0] === 'object' ? Object.keys(type[1] as object) : fieldsOf(type[1]);
}

describe('attributes of the stacks', () => {
  const used = [...usedAttributes()].sort();

  it('are in the bindings, which are of version 6', () => {
    const sources = new Map<string, string>();
    const sourceOf = (section: string, type: string) => {
      const folder = `${section === 'data' ? 'data-' : ''}${type.replace(section === 'data' ? '' : 'aws_', '')}`;
      const file = `@cdktf/provider-aws/lib/${folder.replaceAll('_', '-')}/index.js`;
      if (!sources.has(file)) sources.set(file, readFileSync(bindings.resolve(file), 'utf8'));
      return sources.get(file) as string;
    };
    const isUnknown = (line: string) => {
      const [section = '', type = '', path = ''] = line.split(' ');
      const name = path.split('.').at(-1) as string;
      return !new RegExp(`^\\s+${name}: (\\{|cdktf)`, 'm').test(sourceOf(section, type));
    };
    expect(used.filter(isUnknown)).toEqual([]);
    expect(isUnknown('resource aws_eip never_heard_of')).toBe(true);
    expect(used.length).toBeGreaterThan(300);
  });

  it.skipIf(missing)('are in the schema of version 5.100', { timeout: 300_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-schema-'));
    const terraform = openTerraform();
    try {
      const aws = { source: 'hashicorp/aws', version: '5.100.0' };
      const main = { terraform: { required_providers: { aws } } };
      writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(main));
      await terraform.succeed(folder, 'init', '-no-color');
      const { stdout } = await terraform.succeed(folder, 'providers', 'schema', '-json');
      const { provider_schemas } = JSON.parse(stdout) as {
        provider_schemas: Record<string, Schemas>;
      };
      const schemas = provider_schemas['registry.terraform.io/hashicorp/aws'] as Schemas;
      const unknown = used.filter((line) => {
        const [section = '', type = '', path = ''] = line.split(' ');
        const types = section === 'data' ? schemas.data_source_schemas : schemas.resource_schemas;
        return !isIn(types[type]?.block, path.split('.'));
      });
      expect(unknown).toEqual([]);
      expect(isIn(schemas.resource_schemas.aws_eip?.block, ['never_heard_of'])).toBe(false);
    } finally {
      terraform.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
