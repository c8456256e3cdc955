/** Peers of one auto scaling group, on a small cloud without chance: what it has, and how workers end. */
import { describe, expect, it } from 'vitest';
import { buildkite } from '../../../sim/peers/buildkite.ts';
import { keda } from '../../../sim/peers/keda.ts';
import { staticFleet } from '../../../sim/peers/static-fleet.ts';
import { targetTracking } from '../../../sim/peers/target-tracking.ts';
import { targetValue } from '../../../sim/peers/target-value.ts';
import { aFleet, anInstance, aPool, certain, theGroup } from '../small-world.ts';
import { lives, runCase, theWork } from './peer-world.ts';

describe('the static fleet', () => {
  it('has the peak from the start, and keeps it', async () => {
    const outcome = await runCase(staticFleet, { offsets: [500, 510, 3000], duration: 60 });
    expect(lives(outcome)).toEqual([
      [4, null],
      [4, null],
    ]);
    // Seen at the next full minute.
    expect(outcome.endedAt).toBe(3060);
  });
});

describe('the Buildkite agent scaler', () => {
  it('scales out at most every five minutes', async () => {
    const offsetsOfTwo = [5, 20];
    const outcome = await runCase(buildkite, { offsets: offsetsOfTwo, duration: 2000 });
    const { activityDelay } = certain.group;
    expect(lives(outcome).map(([launched]) => launched)).toEqual([
      10 + activityDelay,
      310 + activityDelay,
    ]);
  });

  it('lets an instance end itself after ten idle minutes, and the group does not replace it', async () => {
    const outcome = await runCase(buildkite, { offsets: [5], duration: 100 });
    // Launched at 14, ready at 89, done at 189: seen idle at 190.
    expect(lives(outcome)).toEqual([[14, 190 + 600]]);
    expect(outcome.tally.calls).toMatchObject({ setDesiredCapacity: 1, terminate: 1 });
  });

  it('uses types of one size alone', async () => {
    const sizes = [1, 2, 2, 4].map((capacity, index) =>
      anInstance({ type: `t${index}.large`, capacity }),
    );
    const fleet = aFleet([aPool({ instances: sizes })]);
    const outcome = await runCase(buildkite, { fleet, offsets: [5, 5, 5], duration: 100 });
    const launched = outcome.simulation.host.instances.map(({ capacity }) => capacity);
    expect(launched).toEqual([2, 2]);
  });
});

describe('KEDA', () => {
  it('goes from nothing to one, and then by at most four or double', async () => {
    const slots: number[] = [];
    await runCase(keda, {
      offsets: Array.from({ length: 30 }, () => 5),
      duration: 400,
      limit: 90,
      onIteration: async (simulation) => {
        slots.push((await theGroup(simulation)).desiredCapacity);
      },
    });
    // At 15, 30 (the poll), 45 and so on.
    expect(slots).toEqual([0, 1, 5, 10, 20, 30]);
  });

  it('ends no busy worker, and goes to nothing five minutes after the last task', async () => {
    const outcome = await runCase(keda, { offsets: [5, 5, 5, 5, 5], duration: 1000 });
    expect(theWork(outcome).lost.terminated).toBe(0);
    const last = Math.max(...lives(outcome).map(([, ended]) => ended ?? 0));
    const done = Math.max(...theWork(outcome).flowTimes) + 5;
    // The last task was last seen up to a sync interval before it ended.
    expect(last - done).toBeGreaterThanOrEqual(300 - 15);
    expect(last - done).toBeLessThan(300 + 30 + 15);
  });
});

describe('target tracking', () => {
  it('scales out after three periods above its target, to what would meet it', async () => {
    // Tasks of 60 s and a wait of 120 s: two pending tasks for each slot. Six make three slots.
    const outcome = await runCase(targetTracking, { offsets: Array(6).fill(5), duration: 60 });
    expect(lives(outcome).map(([launched]) => launched)).toEqual([184, 184, 184]);
  });

  it('scales in after fifteen periods below, and ends no busy worker', async () => {
    const outcome = await runCase(targetTracking, { offsets: Array(6).fill(5), duration: 60 });
    const ended = lives(outcome).map(([, at]) => at);
    // In service at 204, below from 300 on (all six are taken or done by then): 15 periods to 1140.
    expect(ended).toEqual(Array(3).fill(1140));
    const long = await runCase(targetTracking, { offsets: Array(6).fill(5), duration: 5000 });
    expect(theWork(long).lost.terminated).toBe(0);
  });
});

describe('target value', () => {
  it('waits five minutes after each action', async () => {
    const outcome = await runCase(targetValue, { offsets: [5, 25], duration: 2000 });
    const { activityDelay } = certain.group;
    expect(lives(outcome).map(([launched]) => launched)).toEqual([
      10 + activityDelay,
      310 + activityDelay,
    ]);
  });

  it('drains for at most 15 minutes, and loses what then still runs', async () => {
    // Two instances of two slots; when the short tasks are done, one of the two is one too many.
    const fleet = aFleet([aPool({ instances: [anInstance({ capacity: 2, utility: 2 })] })]);
    const duration = [3000, 100, 3000, 100];
    const outcome = await runCase(targetValue, { fleet, offsets: [5, 5, 5, 5], duration });
    // Scaled out at 10, so the next action is at 310, and its deadline at 1210.
    expect(lives(outcome)[0]).toEqual([14, 1210]);
    expect(theWork(outcome)).toMatchObject({ finished: 4, lost: { terminated: 1 } });
  });

  it('counts instances that never joined, and never drains them', async () => {
    const parameters = { ...certain, boot: { ...certain.boot, failureShare: 0.5 } };
    const offsets = Array(10).fill(5);
    const half = { parameters, offsets, duration: 100, limit: 20_000 };
    const { simulation } = await runCase(targetValue, half);
    const { instances } = simulation.host;
    const joined = instances.filter(({ worker }) => worker !== null);
    const silent = instances.filter(({ worker }) => worker === null);
    expect([joined.length > 0, silent.length > 0]).toEqual([true, true]);
    expect(joined.every(({ endedAt }) => endedAt !== null)).toBe(true);
    expect(silent.every(({ endedAt }) => endedAt === null)).toBe(true);
  });
});
