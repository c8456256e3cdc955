/** Checks that docs/how-muster-decides.md lists every constant, default, reason and cause. */
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as constants from '../../scaler/decide/constants.ts';
import { decisionSchema } from '../../scaler/schemas/decision-schema.ts';
import { policySchema } from '../../scaler/schemas/policy-schema.ts';
import { leaveCauseSchema, reasonSchema } from '../../scaler/schemas/reason-schema.ts';
import { bare, readText, section, tableOf, tables } from './markdown.ts';

const page = readText('docs/how-muster-decides.md');
const [constantRows, defaultRows] = tables(section(page, '## Constants'));
const [reasonRows, causeRows] = tables(section(page, '## Reasons'));

/** What `const name = ...;` says in a file, where it is arithmetic. */
function constantIn(file: string, name: string): number {
  const source = readText(file);
  const [, written] =
    new RegExp(`^(?:export )?const ${name}\\b[^=]*= ([^;]+);`, 'm').exec(source) ?? [];
  if (written === undefined) throw new Error(`${file} has no constant ${name}`);
  return arithmetic(written.replaceAll('_', ''));
}

/** `24 * 3600`, `0.08 / 730`. */
function arithmetic(written: string): number {
  const [first = '', ...rest] = written.trim().split(/ ([*/]) /);
  let value = Number(first);
  for (let index = 0; index < rest.length; index += 2) {
    const operand = Number(rest[index + 1]);
    value = rest[index] === '*' ? value * operand : value / operand;
  }
  if (Number.isNaN(value)) throw new Error(`not arithmetic: ${written}`);
  return value;
}

describe('the table of constants', () => {
  it.each(constantRows!)('has %s at %s %s as %s has it', (name, value, _unit, file) => {
    expect(arithmetic(value!)).toBe(constantIn(bare(file!), bare(name!)));
  });

  it('has every constant of scaler/decide/constants.ts', () => {
    const file = 'scaler/decide/constants.ts';
    const rows = constantRows!.filter((row) => bare(row[3]!) === file);
    const listed = Object.fromEntries(rows.map(([name, value]) => [bare(name!), Number(value)]));
    expect(listed).toEqual({ ...constants });
  });

  it('says of each where it is from', () => {
    expect(constantRows!.filter((row) => row.length !== 5 || row[4] === '')).toEqual([]);
  });
});

describe('the table of defaults', () => {
  const least = {
    name: 'p',
    regions: ['eu-west-1'],
    capacity: { max: 1 },
    wait: 120,
    instances: [{ type: 'c6i.large', capacity: 1, utility: 1 }],
    market: { kind: 'spot' },
  };
  it.each(defaultRows!)('has %s at %s', (key, value) => {
    let part: unknown = policySchema.parse(least);
    for (const name of bare(key!).split('.')) part = (part as Record<string, unknown>)[name];
    expect(String(part)).toBe(value);
  });
});

/** Every value that a schema lets stand under a key. */
function valuesOf(options: readonly z.ZodObject[], key: string): readonly string[] {
  return options.flatMap(({ shape }) => {
    const field = shape[key] as { options?: readonly string[]; value?: string } | undefined;
    return field?.options ?? (field?.value === undefined ? [] : [field.value]);
  });
}

describe('the tables of reasons', () => {
  const options = reasonSchema.options as unknown as readonly z.ZodObject[];
  const leaveCauses = leaveCauseSchema.options as readonly string[];
  const cells = (rows: typeof reasonRows, column: number) => rows!.map((row) => bare(row[column]!));

  it('has every kind of reason, and no other', () => {
    const kinds = valuesOf(options, 'kind');
    expect(kinds.length).toBeGreaterThan(30);
    expect([...cells(reasonRows, 0)].sort()).toEqual([...kinds].sort());
    expect(reasonRows!.filter(([, meaning]) => !meaning)).toEqual([]);
  });

  it('has every cause that a reason may carry, and no other', () => {
    const carried = options.flatMap((option) => {
      const [kind] = valuesOf([option], 'kind');
      const causes = valuesOf([option], 'because').filter((cause) => !leaveCauses.includes(cause));
      return causes.map((cause) => `${kind}: ${cause}`);
    });
    const listed = causeRows!.map(([cause, of]) => `${bare(of!)}: ${bare(cause!)}`);
    expect(listed.sort()).toEqual(carried.sort());
  });

  it('has every cause for which a worker leaves', () => {
    expect(cells(tableOf(page, '## Reaping'), 0).sort()).toEqual([...leaveCauses].sort());
  });

  it('has every kind of notice', () => {
    const notices = decisionSchema.shape.notices.element.options;
    const kinds = valuesOf(notices as unknown as readonly z.ZodObject[], 'kind');
    expect(cells(tableOf(page, '## Notices'), 0).sort()).toEqual([...kinds].sort());
  });

  it('has every state of a worker', () => {
    const states = Object.keys(decisionSchema.shape.capacity.shape);
    expect(cells(tableOf(page, '## The seven states'), 0)).toEqual(states);
  });
});
