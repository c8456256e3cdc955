import { isDeepStrictEqual } from 'node:util';
import { forcedReplacements } from './forced-replacements.ts';
import type { StackBlocks } from './read-stacks.ts';

/** What Terraform will do with one resource when an edited declaration is applied. */
export interface ResourceChange {
  readonly stack: string;
  readonly type: string;
  readonly name: string;
  /**
   * `replace`: destroyed and made anew. `change`: updated or replaced; of a type that
   * {@link forcedReplacements} has nothing on.
   */
  readonly action: 'create' | 'update' | 'replace' | 'change' | 'destroy';
  /** Of an update, what changes; of a replacement, what forces it. Sorted. */
  readonly attributes: readonly string[];
}

type Block = Readonly<Record<string, unknown>>;

/** By stack, then by `TYPE.NAME`. */
type Resources = ReadonlyMap<string, Block>;

/** What an edit will do, from the stacks before and after it; sorted by stack, type and name. */
export function editPreview(
  before: Readonly<Record<string, StackBlocks>>,
  after: Readonly<Record<string, StackBlocks>>,
): ResourceChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((stack) => stackPreview(stack, before[stack], after[stack]));
}

function stackPreview(
  stack: string,
  before: StackBlocks | undefined,
  after: StackBlocks | undefined,
): ResourceChange[] {
  const [old, fresh] = [resourcesOf(before), resourcesOf(after)];
  const addresses = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  // What is replaced changes what refers to it, which may replace that in turn.
  let replaced: ReadonlySet<string> = new Set();
  for (;;) {
    const changes = addresses.flatMap((address) =>
      changeOf(stack, address, { old, fresh, replaced }),
    );
    const next = new Set(
      changes
        .filter(({ action }) => action === 'replace')
        .map(({ type, name }) => `${type}.${name}`),
    );
    if (next.size === replaced.size) return changes;
    replaced = next;
  }
}

interface Compared {
  readonly old: Resources;
  readonly fresh: Resources;
  readonly replaced: ReadonlySet<string>;
}

function changeOf(stack: string, address: string, compared: Compared): ResourceChange[] {
  const dot = address.indexOf('.');
  const [type, name] = [address.slice(0, dot), address.slice(dot + 1)];
  const [old, fresh] = [compared.old.get(address), compared.fresh.get(address)];
  const change = (action: ResourceChange['action'], attributes: readonly string[] = []) => [
    { stack, type, name, action, attributes },
  ];
  if (old === undefined) return change('create');
  if (fresh === undefined) return change('destroy');
  const attributes = [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
    .sort()
    .filter(
      (attribute) =>
        !isDeepStrictEqual(
          resolved(old[attribute], compared.old, new Set()),
          resolved(fresh[attribute], compared.fresh, compared.replaced),
        ),
    );
  if (attributes.length === 0) return [];
  const forcing = forcedReplacements[type];
  if (forcing === undefined) return change('change', attributes);
  const forced = attributes.filter((attribute) => forcing.includes(attribute));
  return forced.length > 0 ? change('replace', forced) : change('update', attributes);
}

/** What Terraform itself looks at, without what a person or the scaler may set as well. */
function resourcesOf(stack: StackBlocks | undefined): Resources {
  return new Map(
    Object.entries(stack?.resource ?? {}).flatMap(([type, blocks]) =>
      Object.entries(blocks).map(([name, block]) => [`${type}.${name}`, withoutIgnored(block)]),
    ),
  );
}

function withoutIgnored(block: Block): Block {
  const {
    lifecycle,
    depends_on: _order,
    ...rest
  } = structuredClone(block) as Record<string, unknown>;
  const { ignore_changes: paths = [] } = (lifecycle ?? {}) as { ignore_changes?: string[] };
  for (const path of paths) removeAt(rest, path.replaceAll('[0]', '').split('.'));
  return rest;
}

function removeAt(block: Record<string, unknown>, [key = '', ...others]: readonly string[]): void {
  if (others.length === 0) delete block[key];
  else if (typeof block[key] === 'object' && block[key] !== null) {
    removeAt(block[key] as Record<string, unknown>, others);
  }
}

const references = /\b(aws_\w+\.[\w-]+)(?:\[[^\]]*\])?\.(\w+)/g;

/**
 * A value with each reference replaced by what it gives: the other's attribute where that is declared,
 * else something that is new when the other is.
 */
function resolved(value: unknown, resources: Resources, replaced: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, resources, replaced));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolved(item, resources, replaced)]),
    );
  }
  if (typeof value !== 'string' || !value.includes('${')) return value;
  return value.replace(references, (whole, address: string, attribute: string) => {
    const declared = resources.get(address)?.[attribute];
    if (typeof declared === 'string') return String(resolved(declared, resources, replaced));
    return replaced.has(address) ? `new ${whole}` : whole;
  });
}
