/** Declares what the tables of docs/coming-from-other-tools.md say, and looks for what they promise. */
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseFleet } from '../../pool/load.ts';
import type { Fleet, ImageSource } from '../../pool/pool.ts';
import { schemaKeys } from '../pool/schema-keys.ts';
import { type Block, type Stack, synthesise, userDataOf } from '../stacks/synthesise.ts';
import { readText, tableOf } from './markdown.ts';

const page = readText('docs/coming-from-other-tools.md');
const known = new Set(schemaKeys().map(({ path }) => path));

type Declaration = Record<string, unknown>;

/** Each with one pool, of one slot, in public subnets. */
const bases: Readonly<Record<string, { readonly pool: Declaration; readonly options: number }>> = {
  "## Cycloid's stack-external-worker": {
    pool: { preset: 'cycloid-external-worker', image: { id: 'ami-0c3d4e5f' } },
    options: 45,
  },
  "## Buildbot's EC2LatentWorker": {
    pool: {
      capacity: { max: 1 },
      instances: [{ type: 'c6i.large', capacity: 1 }],
      image: { id: 'ami-0c3d4e5f' },
    },
    options: 29,
  },
};

const base = (pool: Declaration): Declaration => ({
  fleet: 'ci',
  regions: { 'eu-west-1': { vpc: 'vpc-0a1b2c3d', publicSubnets: ['subnet-0c3d4e5f'] } },
  pools: {
    linux: {
      owner: 'build@example.com',
      queue: { sqs: 'https://sqs.eu-west-1.amazonaws.com/111122223333/tasks' },
      ...pool,
    },
  },
});

interface Row {
  readonly options: string;
  readonly standard: string;
  readonly key: string;
  readonly value: unknown;
  /** What the key needs beside it: of the pool, or of the fleet where the key is the fleet's. */
  readonly beside: Declaration;
  readonly expected: readonly { readonly path: string; readonly value: unknown }[];
}

const marked = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

function rowOf([
  options = '',
  standard = '',
  key = '',
  declare = '',
  then = '',
]: readonly string[]) {
  const [value = '', beside] = marked(declare);
  const parts = marked(then);
  const pairs = Array.from({ length: parts.length / 2 }, (_, index) => ({
    path: parts[2 * index] ?? '',
    value: parse(parts[2 * index + 1] ?? ''),
  }));
  const row: Row = {
    options,
    standard,
    key: key.startsWith('`') ? (marked(key)[0] ?? '') : '',
    value: value.startsWith('^') ? value : parse(value),
    beside: beside === undefined ? {} : parse(beside),
    expected: pairs,
  };
  return row;
}

/** With the value at a path in which `*` stands for the only name there. */
function withValue(target: unknown, steps: readonly string[], value: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const entries = (typeof target === 'object' && target !== null ? target : {}) as Declaration;
  const name = step === '*' ? (Object.keys(entries)[0] ?? '') : step;
  return { ...entries, [name]: withValue(entries[name], rest, value) };
}

function declared(pool: Declaration, row: Row): Fleet {
  const steps = row.key.split('.');
  const isPools = steps[0] === 'pools' || steps[0] === 'regions';
  const start = Object.entries(row.beside).reduce(
    (all, [name, value]) =>
      withValue(all, isPools ? ['pools', '*', name] : [name], value) as Declaration,
    withoutOther(base(pool), row.key),
  );
  return parseFleet(stringify(withValue(start, steps, row.value)), row.options);
}

/** An image has one source, and a market one form: what the row declares takes the other's place. */
function withoutOther(declaration: Declaration, key: string): Declaration {
  if (/\.image\./.test(key))
    return withValue(declaration, ['pools', '*', 'image'], {}) as Declaration;
  if (/\.market\.spot\./.test(key)) {
    const market = { spot: {}, onDemandAfter: 'never' };
    return withValue(declaration, ['pools', '*', 'market'], market) as Declaration;
  }
  return declaration;
}

/** What a path leads to: of the pool, or of any block of a type in the Terraform of the region. */
function valuesAt(fleet: Fleet, path: string): unknown[] {
  const [first = '', ...rest] = path.split('.');
  if (first === 'pool') return [at(fleet.pools[0], rest)];
  const [pool] = fleet.pools;
  const isUnpinned = pool?.image.kind === 'lookup';
  const pinned: ImageSource = { kind: 'id', ids: { 'eu-west-1': { x86_64: 'ami-0c3d4e5f' } } };
  const pools = isUnpinned ? [{ ...pool, image: pinned }] : fleet.pools;
  const stacks = synthesise({ ...fleet, pools });
  const name = Object.keys(stacks).find((one) => !one.endsWith('-shared')) ?? '';
  const stack = stacks[name] as Stack;
  if (first === 'user_data') {
    return Object.values(stack.resource.aws_launch_template ?? {}).flatMap((template) =>
      userDataOf(template).split('\n'),
    );
  }
  if (['provider', 'terraform', 'output'].includes(first)) {
    return [at((stack as unknown as Block)[first], rest)];
  }
  const [type = '', steps] = first === 'data' ? [rest[0], rest.slice(1)] : [first, rest];
  const blocks = first === 'data' ? stack.data?.[type] : stack.resource[type];
  return Object.values(blocks ?? {}).map((block) => at(block, steps));
}

function at(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((inner, step) => (inner as Declaration | undefined)?.[step], value);
}

describe.each(Object.entries(bases))('%s', (heading, { pool, options }) => {
  const rows = tableOf(page, heading).map(rowOf);
  const kept = rows.filter(({ key }) => key !== '');

  it('has every option of that tool', () => {
    expect(rows.flatMap((row) => marked(row.options))).toHaveLength(options);
  });

  it('says why where there is no key', () => {
    const cells = tableOf(page, heading).map(([, , key]) => key ?? '');
    for (const cell of cells) expect(cell).toMatch(/^(`[\w.*]+`|none: .{20,})$/);
  });

  it.each(kept.map((row) => [row.options, row] as const))('%s', (_, row) => {
    expect(known, row.key).toContain(row.key);
    expect(row.expected.length).toBeGreaterThan(0);
    const fleet = declared(pool, row);
    for (const { path, value } of row.expected) {
      expect(valuesAt(fleet, path), path).toContainEqual(value);
    }
  });

  it.each(kept.map((row) => [row.options, row] as const))('%s by default', (_, row) => {
    const standard = row.standard === 'none' ? undefined : marked(row.standard).at(-1);
    if (row.standard !== 'none' && standard === undefined) return;
    if (row.options.startsWith('output')) return;
    const [first] = row.expected;
    const values = valuesAt(parseFleet(stringify(base(pool)), 'base'), first?.path ?? '');
    if (standard !== undefined) expect(values.map(String)).toContain(standard);
    else
      expect(values.filter((value) => value !== undefined && value !== null)).not.toContainEqual(
        first?.value,
      );
  });
});
