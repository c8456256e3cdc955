import { errorOf, type ParameterFault } from './parameter-fault.ts';
import { parseSimple } from './parse-simple.ts';
import {
  type ListShape,
  type Member,
  type ServiceModel,
  type SimpleShape,
  type StructureShape,
  shapeOf,
} from './service-model.ts';

/** Parameters as a tree: `Tags.member.1.Key=a` is a value four levels down. */
interface Node {
  value: string | null;
  readonly children: Map<string, Node>;
}

/** What a request names besides the parameters of its operation. */
const common = new Set(['Action', 'Version']);

/** No parameter of the served operations lies deeper; a request that does is an attack or a mistake. */
const deepest = 16;

/**
 * The parameters of a request of AWS's query protocol, or of EC2's kind of it, by the names and types
 * of the model.
 * @throws AwsError that names every parameter that is unknown, missing or wrong
 */
export function parseQuery(
  model: ServiceModel,
  operation: string,
  parameters: URLSearchParams,
): Record<string, unknown> {
  const root: Node = { value: null, children: new Map() };
  for (const [name, value] of parameters) if (!common.has(name)) add(root, name, value);
  const reader = new Reader(model);
  const input = model.operations[operation]?.input ?? null;
  const shape: StructureShape =
    input === null ? { type: 'structure', members: {} } : (shapeOf(model, input) as StructureShape);
  const value = reader.structure(shape, root, '');
  const [first, ...others] = reader.faults;
  if (first !== undefined) throw errorOf(model, [first, ...others]);
  return value;
}

function add(root: Node, name: string, value: string): void {
  let node = root;
  for (const part of name.split('.').slice(0, deepest)) {
    const next = node.children.get(part) ?? { value: null, children: new Map() };
    node.children.set(part, next);
    node = next;
  }
  node.value = value;
}

class Reader {
  readonly faults: ParameterFault[] = [];
  private readonly model: ServiceModel;
  private readonly isEc2: boolean;

  constructor(model: ServiceModel) {
    this.model = model;
    this.isEc2 = model.metadata.protocol === 'ec2';
  }

  structure(shape: StructureShape, node: Node, path: string): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const known = new Set<string>();
    for (const [name, member] of Object.entries(shape.members)) {
      const key = this.keyOf(name, member);
      known.add(key);
      const child = node.children.get(key);
      const at = join(path, key);
      if (child !== undefined) value[name] = this.any(member, child, at);
      else if (shape.required?.includes(name)) this.miss(at);
    }
    for (const [key, child] of node.children)
      if (!known.has(key)) this.refuseUnknown(child, join(path, key));
    return value;
  }

  private any(member: Member, node: Node, path: string): unknown {
    const shape = shapeOf(this.model, member.shape);
    switch (shape.type) {
      case 'structure':
        return this.structure(shape, this.withoutValue(node, path), path);
      case 'list':
        return this.list(shape, node, path);
      case 'map':
        // None of the served operations takes one in this protocol; a test holds that.
        throw new Error(`${path}: maps are not read from queries`);
      default:
        return this.simple(shape, node, path);
    }
  }

  private list(shape: ListShape, node: Node, path: string): unknown[] {
    // An empty list is sent as a name without a value.
    if (node.value === '' && node.children.size === 0) return [];
    const items = this.isEc2 ? node : this.withoutValue(node, path).children.get('member');
    const values: unknown[] = [];
    if (!this.isEc2) {
      for (const [key, child] of node.children) {
        if (key !== 'member') this.refuseUnknown(child, join(path, key));
      }
    } else this.withoutValue(node, path);
    const at = this.isEc2 ? path : join(path, 'member');
    const children = [...(items?.children ?? [])];
    for (const [key, child] of children) {
      if (!/^\d+$/.test(key)) this.refuseUnknown(child, join(at, key));
    }
    const inOrder = children
      .filter(([key]) => /^\d+$/.test(key))
      .toSorted(([one], [other]) => Number(one) - Number(other));
    for (const [key, child] of inOrder) values.push(this.any(shape.member, child, join(at, key)));
    const { min = 0, max = Number.POSITIVE_INFINITY } = shape;
    if (values.length < min || values.length > max) {
      const bound =
        values.length < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
      const constraint = `Member must have length ${bound}`;
      this.faults.push({
        kind: 'invalid',
        parameter: path,
        value: `${values.length} items`,
        constraint,
      });
    }
    return values;
  }

  private simple(shape: SimpleShape, node: Node, path: string): unknown {
    for (const [key, child] of node.children) this.refuseUnknown(child, join(path, key));
    if (node.value === null) return undefined;
    const parsed = parseSimple(shape, node.value);
    if (parsed.ok) return parsed.value;
    const { constraint } = parsed;
    this.faults.push({ kind: 'invalid', parameter: path, value: node.value, constraint });
    return undefined;
  }

  /** A structure or list cannot have a value of its own. */
  private withoutValue(node: Node, path: string): Node {
    if (node.value !== null && node.value !== '') {
      const constraint = 'Member must be a structure or a list';
      this.faults.push({ kind: 'invalid', parameter: path, value: node.value, constraint });
    }
    return node;
  }

  private miss(parameter: string): void {
    const constraint = 'Member must not be null';
    this.faults.push({ kind: 'missing', parameter, value: null, constraint });
  }

  private refuseUnknown(node: Node, path: string): void {
    const [next] = node.children;
    if (node.value === null && next !== undefined) {
      this.refuseUnknown(next[1], join(path, next[0]));
      return;
    }
    const constraint = 'Member is not known';
    this.faults.push({ kind: 'unknown', parameter: path, value: node.value, constraint });
  }

  /** "Amazon EC2 query protocol" of the Smithy specification: the query name, else capitalised. */
  private keyOf(name: string, { queryName, locationName }: Member): string {
    if (!this.isEc2) return locationName ?? name;
    if (queryName !== undefined) return queryName;
    const key = locationName ?? name;
    return key.charAt(0).toUpperCase() + key.slice(1);
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
