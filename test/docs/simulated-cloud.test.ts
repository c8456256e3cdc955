/** Checks that docs/simulated-cloud.md lists every parameter of the simulated cloud as it is. */
import { describe, expect, it } from 'vitest';
import { defaultParameters, ec2Buckets } from '../../sim/parameters.ts';
import { bare, readText, section, tableOf } from './markdown.ts';

const page = readText('docs/simulated-cloud.md');

/** Every value by its path, as the table writes it. */
function leaves(value: unknown, path: string): [string, string][] {
  if (value === null) return [[path, 'none']];
  if (Array.isArray(value)) return [[path, value.join(', ')]];
  if (typeof value !== 'object') return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, part]) =>
    leaves(part, path === '' ? key : `${path}.${key}`),
  );
}

describe('the page on the simulated cloud', () => {
  it('lists every parameter with its default', () => {
    const rows = tableOf(page, '## Parameters').map(([name, value]) => [bare(name!), value]);
    expect(rows).toEqual(leaves(defaultParameters, ''));
  });

  it('says of each where it is from', () => {
    const rows = tableOf(page, '## Parameters');
    expect(rows.filter((row) => row.length !== 4 || row[3] === '')).toEqual([]);
  });

  it('lists the buckets that EC2 documents', () => {
    const rows = tableOf(page, '## Calls').map(([name, burst, perSecond]) => [
      bare(name!),
      { burst: Number(burst), perSecond: Number(perSecond) },
    ]);
    expect(Object.fromEntries(rows)).toEqual(ec2Buckets);
  });

  it('says of each thing that is left out what it means', () => {
    const rows = tableOf(page, '## What is not modelled');
    expect(rows.filter((row) => row.length !== 2 || row.includes(''))).toEqual([]);
    expect(section(page, '## What is not modelled')).toContain('counterfactual');
  });
});
