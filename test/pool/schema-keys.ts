/** The keys of the file, from the JSON Schema that editors read. */
import { declarationJsonSchema } from '../../pool/json-schema.ts';

export interface SchemaNode {
  /** `#/definitions/NAME`: what stands there, beside what the node itself says. */
  readonly $ref?: string;
  readonly allOf?: readonly SchemaNode[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

type Schema = SchemaNode & { readonly definitions?: Readonly<Record<string, SchemaNode>> };

export interface SchemaKey {
  /**
   * `pools.*.instances[].type`: `*` is a name of one's own, `[]` each entry of a list. What stands at
   * several places is a definition, and its keys are below its name.
   */
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** Every key of the file with what the schema says of it. */
export function schemaKeys(): SchemaKey[] {
  const { definitions = {}, ...schema } = declarationJsonSchema() as Schema;
  /** A node says itself only what it does not share with its definition. */
  const described = (node: SchemaNode): SchemaNode => {
    const [, name = ''] = /^#\/definitions\/(.+)$/.exec(node.allOf?.[0]?.$ref ?? '') ?? [];
    const { description } = definitions[name] ?? {};
    return description === undefined ? node : { description, ...node };
  };
  return [
    ...keysOf(schema, ''),
    ...Object.entries(definitions).flatMap(([name, node]) => keysOf(node, name)),
  ].map((key) => ({ ...key, node: described(key.node) }));
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
