/** The keys of the file, from the JSON Schema that editors read. */
import { declarationJsonSchema } from '../../pool/json-schema.ts';

export interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

export interface SchemaKey {
  /** `pools.*.instances[].type`: `*` is a name of one's own, `[]` each entry of a list. */
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** Every key of the file with what the schema says of it. */
export function schemaKeys(): SchemaKey[] {
  return keysOf(declarationJsonSchema(), '');
}

function keysOf(node: SchemaNode, path: string): SchemaKey[] {
  const { additionalProperties, items, anyOf = [] } = node;
  const start = path === '' ? '' : `${path}.`;
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([key, value]) => [
      { path: start + key, node: value, required: node.required?.includes(key) ?? false },
      ...keysOf(value, start + key),
    ]),
    ...(typeof additionalProperties === 'object' ? keysOf(additionalProperties, `${path}.*`) : []),
    ...(items === undefined ? [] : keysOf(items, `${path}[]`)),
    ...anyOf.flatMap((branch) => keysOf(branch, path)),
  ];
}
