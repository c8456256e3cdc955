import { describe, expect, it } from 'vitest';
import { run as runCloud } from '../../bench/cloud.ts';
import { run as runDecide } from '../../bench/decide.ts';
import { parameters as policyParameters, run as runPolicies } from '../../bench/policy.ts';
import { run as runReaction } from '../../bench/reaction.ts';
import { run as runStore } from '../../bench/store.ts';
import { run as runSynth } from '../../bench/synth.ts';
import { missingParts } from '../harness/missing-part.ts';
import { realDataPart } from '../sim/traces/real-data.ts';

/** Each bench at its smallest: that it runs and measures, never how fast. */
describe('benches', () => {
  it('cloud: weighs the command and times its answers', async () => {
    const { rows } = await runCloud({ groups: 3, instances: 10, rounds: 1 });
    expect(rows).toMatchObject([{ groups: 3, instances: 10 }]);
    for (const figure of ['residentMebibytes', 'describeMedianMilliseconds']) {
      expect(rows[0]![figure]).toBeGreaterThan(0);
    }
  });

  it('decide: times a pass and looks at the heap', async () => {
    const { rows } = await runDecide({ pools: 2, rounds: 1, decisions: 20 });
    expect(rows.map(({ measure }) => measure)).toEqual([
      'one pass',
      'one pass',
      'one pass, new prices',
      'heap in use',
    ]);
    expect(rows[0]).toMatchObject({ pools: 2, offerings: 2 * 192 });
  });

  it('store: counts reads and updates of the embedded store', async () => {
    const { rows } = await runStore({ store: 'sqlite', seconds: 0.05, records: 50, bytes: 100 });
    expect(rows.map(({ operation, clients }) => `${operation} ${clients}`)).toEqual([
      ...[1, 10, 100].flatMap((clients) => [`read ${clients}`, `update ${clients}`]),
      'list of 100 1',
    ]);
    for (const { perSecond } of rows) expect(perSecond).toBeGreaterThan(0);
  });

  it('reaction: times what more tasks bring, by push and by polling', {
    timeout: 120_000,
  }, async () => {
    const { rows } = await runReaction({ pushes: 1, polls: 1, interval: 2 });
    expect(rows).toMatchObject([
      { how: 'push', rounds: 1 },
      { how: 'polling', rounds: 1 },
    ]);
    for (const { medianMilliseconds } of rows) expect(medianMilliseconds).toBeGreaterThan(0);
  });

  it('synth: our stacks and the raw ones hold the same resources', {
    timeout: 60_000,
  }, async () => {
    const { rows } = await runSynth({ pools: 2, regions: 2, rounds: 1 });
    expect(rows.map(({ variant }) => variant)).toEqual(['muster', 'raw']);
    expect(rows[0]?.resources).toBe(rows[1]?.resources);
  });
});

const small = { ...policyParameters, hours: 1, seeds: 1, traces: 'gecko-3-b-linux' };

describe.skipIf(await missingParts([realDataPart], {}))('policy', () => {
  it('has a row for each trace and policy', async () => {
    const traces = 'gecko-3-b-linux,nasa';
    const { rows } = await runPolicies({ ...small, traces, policies: 'muster,keda', seeds: 2 });
    expect(rows.map(({ trace, policy }) => `${trace} ${policy}`)).toEqual([
      'gecko-3-b-linux muster',
      'gecko-3-b-linux keda',
      'nasa muster',
      'nasa keda',
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ tasksUnfinished: 0 });
      const { ratioToBound, waitP95Seconds, boots, apiCalls, decisionCpuSeconds } = row;
      expect(ratioToBound).toBeGreaterThan(1);
      for (const figure of [waitP95Seconds, boots, apiCalls, decisionCpuSeconds]) {
        expect(figure).toBeGreaterThan(0);
      }
    }
  });

  it('changes with each of its parameters', async () => {
    const cost = async (change: Partial<typeof small>) => {
      const { rows } = await runPolicies({ ...small, policies: 'keda', ...change });
      return rows[0]!.usd;
    };
    const usual = await cost({});
    const changes = [
      { types: 'x86' },
      { boot: 160 },
      { depth: 1 },
      { refusals: 100 },
      { hours: 2 },
    ];
    for (const change of changes) expect(await cost(change)).not.toBe(usual);
  });

  it('refuses what it does not have', async () => {
    const wrong = (change: object) => runPolicies({ ...small, ...change });
    await expect(wrong({ policies: 'kedda' })).rejects.toThrow(
      'policies: got kedda; allowed: all, m',
    );
    await expect(wrong({ traces: 'b' })).rejects.toThrow(
      'traces: got b; allowed: all, gecko-3-b-linux',
    );
    await expect(wrong({ types: 'arm' })).rejects.toThrow('types: got arm; allowed: all, x86');
  });
});
