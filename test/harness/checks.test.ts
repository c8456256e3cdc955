import { describe, expect, it } from 'vitest';
import { nodePackagesAreCurrent } from '../../cli/install-packages.mjs';
import { countTests } from './checks.mjs';

const tests = (...statuses: string[]) => statuses.map((status) => ({ status }));

describe('countTests', () => {
  it('counts tests by how they ended', () => {
    const testResults = [
      { status: 'failed', assertionResults: tests('passed', 'failed', 'failed') },
      { status: 'passed', assertionResults: tests('passed', 'pending', 'skipped', 'todo') },
    ];
    expect(countTests({ testResults })).toEqual({ passed: 2, failed: 2, skipped: 3 });
  });

  it('counts a file that did not load, or whose preparation threw, as one failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: tests('skipped', 'skipped') },
    ];
    expect(countTests({ testResults })).toEqual({ passed: 0, failed: 2, skipped: 2 });
  });
});

describe('nodePackagesAreCurrent', () => {
  const wanted = {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };

  it.each([
    { what: 'nothing installed', present: null, current: false },
    { what: 'all installed', present: { 'node_modules/a': { version: '1.0.0' } }, current: true },
    {
      what: 'another version',
      present: { 'node_modules/a': { version: '1.0.1' } },
      current: false,
    },
    { what: 'one absent', present: { 'node_modules/b': { version: '2.0.0' } }, current: false },
  ])('$what: $current', ({ present, current }) => {
    expect(nodePackagesAreCurrent(wanted, present)).toBe(current);
  });
});
