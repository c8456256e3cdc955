import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { describeSweep } from '../../../cli/describe-sweep.ts';
import { parseFleet } from '../../../pool/load.ts';
import { poolAlone } from '../../../sim/compare/scenario.ts';
import { type Sweep, sweep, type Trial } from '../../../sim/compare/sweep.ts';
import { readText } from '../../docs/markdown.ts';
import { aPool, start } from '../small-world.ts';
import { aScenario, everyMinute } from './compared-world.ts';

const yaml = readText('muster.yaml');

/** The blocks of settings, each put into the project's own declaration. */
function pasted(text: string) {
  const [, ...blocks] = text.split(/\n\n/);
  return blocks.map((block) => {
    const document = parseDocument(yaml);
    const settings = parseDocument(block).toJS() as Record<string, unknown>;
    for (const [key, value] of Object.entries(settings)) {
      document.setIn(['pools', 'linux', key], value);
    }
    return poolAlone(parseFleet(String(document), 'pasted.yaml'), 'linux').pool;
  });
}

describe('a sweep', () => {
  it('keeps settings of which none beats another, as YAML to paste', async () => {
    const shares: number[] = [];
    const { pool } = poolAlone(parseFleet(yaml, 'muster.yaml'), 'linux');
    const tasks = everyMinute(12, 200);
    const scenario = aScenario({
      pool: { ...aPool(), lifecycle: pool.lifecycle },
      tasks,
      duration: 661,
    });
    const found = await sweep(scenario, (share) => shares.push(share));
    expect(shares.at(-1)).toBeCloseTo(1, 9);
    expect(found.triedInFull).toBe(found.tried);
    expect(found.tried).toBeGreaterThan(20);
    expect(found.declared.setting).toEqual({ wait: 120, buffer: 0, idle: 'auto' });
    const { paretoSet } = found;
    expect(paretoSet.length).toBeGreaterThan(1);
    for (const [index, { usd, p95 }] of paretoSet.entries()) {
      const before = paretoSet[index - 1];
      if (before) expect(before.usd < usd && before.p95 > p95).toBe(true);
    }
    const pools = pasted(describeSweep(found));
    expect(
      pools.map(({ wait, buffer, lifecycle }) => ({ wait, buffer, idle: lifecycle.idle })),
    ).toEqual(paretoSet.map(({ setting }) => setting));
    for (const { lifecycle } of pools) {
      expect({ ...lifecycle, idle: 'auto' }).toEqual({ ...pool.lifecycle, idle: 'auto' });
    }
  });

  it('tries a third of the settings on all tasks where there are many', {
    timeout: 90_000,
  }, async () => {
    const tasks = Array.from({ length: 2000 }, (_, index) => ({ at: start + index, duration: 20 }));
    const found = await sweep(aScenario({ tasks, duration: 2000 }));
    expect(found.triedInFull).toBe(Math.ceil(found.tried / 3));
    expect(found.paretoSet.length).toBeGreaterThan(0);
  });

  it('says so where no setting gets all tasks done', () => {
    const setting = { wait: 120, buffer: 0, idle: 'auto' } as const;
    const declared: Trial = { setting, usd: 5, p95: 70, isComplete: false };
    const none: Sweep = { pool: aPool(), declared, paretoSet: [], tried: 36, triedInFull: 36 };
    expect(describeSweep(none)).toBe(
      '# 36 settings tried, 36 of them on all tasks; as declared: USD 5.00, wait p95 70 s, tasks left undone\n' +
        '# with none of them all tasks were finished\n',
    );
  });
});
