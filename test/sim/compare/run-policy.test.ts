import { describe, expect, it } from 'vitest';
import { DecisionCpu } from '../../../sim/compare/decision-cpu.ts';
import { lowerBound } from '../../../sim/compare/lower-bound.ts';
import { policyNames, runPolicy } from '../../../sim/compare/run-policy.ts';
import { marketRegions } from '../../../sim/simulation.ts';
import { anInstance, aPool, certain, start } from '../small-world.ts';
import { aScenario, everyMinute } from './compared-world.ts';

const noBound = { lowerBound: null };

describe('running a policy', () => {
  it.each(policyNames)('%s: does all tasks, and adds up', { timeout: 60_000 }, async (policy) => {
    const scenario = aScenario();
    const progress: number[] = [];
    const result = await runPolicy(policy, scenario, {
      lowerBound: 0.5,
      onProgress: (share) => progress.push(share),
    });
    const { summary, usd, usage, timeline } = result;
    expect(summary.tasks).toMatchObject({ arrived: 30, finished: 30, pending: 0, claimed: 0 });
    expect(result.policy).toBe(policy);
    expect(usd).toBeCloseTo(summary.spend.spot + summary.spend['on-demand'], 9);
    expect(usage.reduce((sum, one) => sum + one.usd, 0)).toBeCloseTo(usd, 9);
    expect(usage.reduce((sum, one) => sum + one.instances, 0)).toBe(summary.instances.launched);
    expect(result.ratioToBound).toBeCloseTo(usd / 0.5, 9);
    expect(result.apiCalls).toBeGreaterThan(0);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(timeline[0]).toEqual({
      ...{ at: start, pending: 0, busy: 0, free: 0, booting: 0, interruptions: 0 },
    });
    expect(timeline.at(-1)).toMatchObject({ pending: 0, busy: 0 });
    // Every slot-second with a task, within what 300 looks at the run can miss.
    const worked = areaUnder(timeline);
    expect(worked).toBeGreaterThan(0.97 * 30 * 300);
    expect(worked).toBeLessThan(1.03 * 30 * 300);
  });

  it('gives the same result for the same seed, and another for another', async () => {
    const { parameters } = aScenario();
    const boot = { ...parameters.boot, readySigma: 0.5 };
    const scenario = aScenario({ parameters: { ...parameters, boot } });
    const [one, same, other] = [
      await runPolicy('muster', scenario, noBound),
      await runPolicy('muster', scenario, noBound),
      await runPolicy('muster', { ...scenario, seed: 2 }, noBound),
    ];
    expect(JSON.stringify(one)).toBe(JSON.stringify(same));
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
  });

  it('comes within a hundredth of the bound for one task of a day', async () => {
    const pool = aPool({ instances: [anInstance()] });
    const tasks = [{ at: start, duration: 86_400 }];
    const scenario = aScenario({ pool, tasks, duration: 1 });
    const regions = marketRegions(scenario.fleet);
    const bound = lowerBound({ ...scenario, regions, wait: pool.wait });
    const { ratioToBound } = await runPolicy('muster', scenario, { lowerBound: bound });
    expect(ratioToBound).toBeGreaterThan(1);
    expect(ratioToBound).toBeLessThan(1.01);
  });

  it('compares what was given back with the bound as if it had been paid', async () => {
    const interruptions = { ...certain.interruptions, multiplier: 20_000 };
    const parameters = { ...certain, interruptions };
    const result = await runPolicy('muster', aScenario({ parameters }), { lowerBound: 1 });
    expect(result.summary.instances.interrupted).toBeGreaterThan(0);
    expect(result.refunded).toBeGreaterThan(0);
    expect(result.ratioToBound).toBeCloseTo(result.usd + result.refunded, 9);
    expect(result.timeline.at(-1)!.interruptions).toBe(result.summary.instances.interrupted);
  });

  it('has no ratio where tasks were left undone, a week after the last came', async () => {
    const { parameters } = aScenario();
    const boot = { ...parameters.boot, failureShare: 1 };
    const tasks = everyMinute(1, 60);
    const scenario = aScenario({ tasks, duration: 1, parameters: { ...parameters, boot } });
    const result = await runPolicy('keda', scenario, { lowerBound: 1 });
    expect(result.summary.tasks.finished).toBe(0);
    expect(result.ratioToBound).toBeNull();
    expect(result.timeline.at(-1)!.at - start).toBeCloseTo(7 * 86_400 + 1, 0);
    expect(result.timeline.length).toBeLessThanOrEqual(602);
  });

  it('ends two hours after the last task where workers are not let go', async () => {
    const pool = aPool({ lifecycle: { ...aPool().lifecycle, idle: 86_400 } });
    const tasks = everyMinute(1, 60);
    const result = await runPolicy('muster', aScenario({ pool, tasks, duration: 1 }), noBound);
    const end = result.timeline.at(-1)!.at - start;
    expect(end).toBeGreaterThan(7200);
    expect(end).toBeLessThan(7200 + 300);
  });

  it('refuses a policy that there is not', async () => {
    await expect(runPolicy('kedda', aScenario(), noBound)).rejects.toThrow(
      'no policy is kedda; allowed: muster, static',
    );
  });

  it.each(['muster', 'keda'])(
    '%s: measures deciding apart, and changes nothing',
    async (policy) => {
      let reads = 0;
      // A clock that goes on by a second each time that it is looked at.
      const cpu = new DecisionCpu(() => {
        reads += 1;
        return reads;
      });
      const result = await runPolicy(policy, aScenario(), { ...noBound, cpu });
      expect(cpu.seconds).toBeGreaterThan(50);
      expect(cpu.seconds).toBeLessThan(reads);
      expect(result).toEqual(await runPolicy(policy, aScenario(), noBound));
    },
  );
});

function areaUnder(timeline: readonly { readonly at: number; readonly busy: number }[]): number {
  return timeline.reduce((sum, { at, busy }, index) => {
    return sum + busy * ((timeline[index + 1]?.at ?? at) - at);
  }, 0);
}
