/** Checks that docs/peer-policies.md names every peer and every constant, and no other. */
import { describe, expect, it } from 'vitest';
import { peers } from '../../../sim/peers/peers.ts';
import { bare, readText, section, tableOf, tables } from '../../docs/markdown.ts';

const page = readText('docs/peer-policies.md');
const [policies, sources] = tables(section(page, '## Policies'));

describe('docs/peer-policies.md', () => {
  it('has every peer with its title and source, in the order of the list', () => {
    expect(peers.length).toBeGreaterThan(8);
    expect(policies!.map(([name, title]) => [bare(name!), title])).toEqual(
      peers.map(({ name, title }) => [name, title]),
    );
    expect(sources!.map(([name, source]) => [bare(name!), source])).toEqual(
      peers.map(({ name, source }) => [name, source]),
    );
  });

  it('says of each what its formula, its instances, its end and its simplifications are', () => {
    const simplified = tableOf(page, '## What is simplified');
    expect(simplified.map(([name]) => bare(name!))).toEqual(peers.map(({ name }) => name));
    const cells = [...policies!, ...simplified].flat();
    expect(cells.filter((cell) => cell === '')).toEqual([]);
    expect(policies!.every((row) => row.length === 5)).toBe(true);
  });

  it('has every constant with its value, unit and source', () => {
    const rows = tableOf(page, '## Constants').map(([name, ...rest]) => [bare(name!), ...rest]);
    const constants = peers.flatMap((peer) =>
      peer.constants.map(({ name, value, unit, source }) => {
        return [peer.name, name, String(value), unit, source];
      }),
    );
    expect(rows).toEqual(constants);
    expect(constants.length).toBeGreaterThan(40);
  });
});

describe('the list of peers', () => {
  it('has distinct names, and for each one sentence', () => {
    const names = peers.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, description } of peers) {
      expect(name).toMatch(/^[a-z-]+$/);
      expect(description).toMatch(/^[A-Z][^\n]+\.$/);
    }
  });

  it('states a source for each constant, once', () => {
    for (const { name, constants } of peers) {
      const stated = constants.map((constant) => constant.name);
      expect([name, new Set(stated).size]).toEqual([name, stated.length]);
      expect(constants.filter(({ source }) => source === '')).toEqual([]);
    }
  });
});
