import { describe, expect, it } from 'vitest';
import { summarise } from '../../sim/summary.ts';
import { every, hour, launches, minute, runLoopUntil } from './scenario.ts';
import {
  activityDelay,
  aFleet,
  anInstance,
  aPool,
  aSimulation,
  bootTime,
  certain,
  start,
  tasksAt,
} from './small-world.ts';

const interval = 10;
const day = 24 * hour;
const single = [anInstance({ type: 'c6i.xlarge' })];

describe('boots that all fail', () => {
  const missingAfter = 5 * minute;
  const pause = 30 * minute;
  const run = async () => {
    const lifecycle = { ...aPool().lifecycle, missingAfter };
    const fleet = aFleet([aPool({ instances: single, lifecycle })]);
    const parameters = { ...certain, boot: { ...certain.boot, failureShare: 1 } };
    const simulation = aSimulation({ fleet, parameters, arrivals: tasksAt(every(1, 6), 300) });
    await runLoopUntil(fleet, simulation, 55 * minute);
    return simulation;
  };

  it('stop relaunching for the pause once three have failed', async () => {
    const all = launches(await run());
    // Six are launched, six fail together after five minutes, and then nothing for half an hour.
    expect(all.filter(({ at }) => at < missingAfter)).toHaveLength(6);
    expect(all.filter(({ at }) => at >= missingAfter && at < missingAfter + pause)).toEqual([]);
    expect(all.length).toBeGreaterThan(6);
  });

  it('are told to the owner once while they go on', async () => {
    const simulation = await run();
    const kinds = simulation.notifier.sent.map(({ notice }) => notice.kind);
    expect(kinds.filter((kind) => kind === 'boots-fail')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'missing-workers')).toHaveLength(1);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 0, pending: 6 });
  });
});

describe('a budget that is spent', () => {
  it('launches nothing above the minimum until the next day', async () => {
    const budget = { usd: 1, per: 'day', alertAt: 0.8, cap: true } as const;
    const fleet = aFleet([aPool({ instances: single, capacity: { min: 1, max: 20 }, budget })]);
    const arrivals = tasksAt(every(hour, 27 * hour, 10), 600);
    const simulation = aSimulation({ fleet, arrivals });
    let most = 0;
    let spentAt: number | null = null;
    const tally = await runLoopUntil(fleet, simulation, 27 * hour, ({ last }) => {
      const { decision } = last.get('linux')!;
      const now = simulation.clock.now() - start;
      const spent = decision.reasons.some(({ kind }) => kind === 'budget-spent');
      if (spent && now < day) spentAt ??= now;
      // Workers that were there go on; an hour later they have become idle and gone.
      const over = spentAt !== null && now > spentAt + hour && now < day;
      if (over) most = Math.max(most, simulation.host.running.size);
    });
    expect(spentAt).toBeGreaterThan(2 * hour);
    expect(spentAt).toBeLessThan(8 * hour);
    expect(most).toBe(1);
    const above = launches(simulation).filter(({ at }) => at > spentAt! + hour && at < day);
    expect(above.length).toBeLessThanOrEqual(1);
    expect(launches(simulation).filter(({ at }) => at >= day).length).toBeGreaterThan(9);
    const kinds = simulation.notifier.sent.map(({ notice }) => notice.kind);
    expect(kinds).toContain('budget-alert');
    expect(kinds).toContain('budget-spent');
    // What was spent is about what was allowed: estimated without disks, and the minimum goes on.
    expect(tally.failures.size).toBe(0);
  });
});

describe('launches per minute', () => {
  const limit = 6;
  const pools = ['big', 'small'].map((id) => aPool({ id, name: id, instances: single }));
  const fleet = aFleet(pools, 1, { launchesPerMinute: limit });
  const tasks = (count: number, at: number) =>
    Array.from({ length: count }, () => ({ at: start + at, duration: 1200 }));

  it('are shared by two pools max-min fair, and everything is launched in the end', async () => {
    const arrivals = new Map([
      ['big', tasks(20, 5)],
      ['small', tasks(2, 5)],
    ]);
    const simulation = aSimulation({ fleet, arrivals });
    await runLoopUntil(fleet, simulation, hour);
    const of = (id: string) =>
      simulation.host.instances
        .filter(({ pool }) => pool?.id === id)
        .map(({ launchedAt }) => launchedAt - start);
    const firstMinute = interval + activityDelay;
    expect(of('small')).toEqual([firstMinute, firstMinute]);
    expect(of('big').filter((at) => at === firstMinute)).toHaveLength(4);
    const all = [...of('big'), ...of('small')];
    for (const from of all) {
      expect(all.filter((at) => at >= from && at < from + 60).length).toBeLessThanOrEqual(limit);
    }
    // Some tasks may be left to slots that come free.
    expect(of('big').length).toBeGreaterThanOrEqual(18);
    // Four of the twenty in the first minute, then six in each.
    expect(Math.max(...of('big'))).toBeLessThanOrEqual(firstMinute + 3 * minute + interval);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 22 });
  });

  it('give each of two pools that want much the same', async () => {
    const arrivals = new Map([
      ['big', tasks(20, 5)],
      ['small', tasks(20, 5)],
    ]);
    const simulation = aSimulation({ fleet, arrivals });
    await runLoopUntil(fleet, simulation, 5 * minute);
    const counts = ['big', 'small'].map(
      (id) => simulation.host.instances.filter(({ pool }) => pool?.id === id).length,
    );
    expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(1);
    expect(counts[0]! + counts[1]!).toBeGreaterThanOrEqual(4 * limit);
  });
});

describe('a scheduled minimum', () => {
  it('stands from its time in its time zone for as long as it lasts', async () => {
    // The run starts on Monday 2023-03-06 at 00:00 UTC; eight in Berlin is then seven in UTC.
    const schedule = [
      { cron: '0 8 * * 1-5', timeZone: 'Europe/Berlin', duration: 2 * hour, min: 5 },
      { cron: '0 8 * * 6', timeZone: 'Europe/Berlin', duration: 2 * hour, min: 9 },
    ];
    const fleet = aFleet([aPool({ instances: single, schedule })]);
    const simulation = aSimulation({ fleet });
    const counts = new Map<number, number>();
    await runLoopUntil(fleet, simulation, 12 * hour, () => {
      counts.set(simulation.clock.now() - start, simulation.host.running.size);
    });
    expect(launches(simulation).map(({ at }) => at)).toEqual(
      Array.from({ length: 5 }, () => 7 * hour + activityDelay),
    );
    expect(counts.get(7 * hour + bootTime + 25)).toBe(5);
    expect(counts.get(9 * hour - interval)).toBe(5);
    expect(counts.get(9 * hour + 10 * minute)).toBe(0);
  });
});

describe('a worker that boots and never takes work', () => {
  it('stops counting, and is replaced once', async () => {
    const fleet = aFleet([aPool({ instances: single })]);
    const neverTakesShare = 0.3;
    const parameters = { ...certain, worker: { ...certain.worker, neverTakesShare } };
    // With this seed the first worker is the faulty one, and the next eight are sound.
    const simulation = aSimulation({
      fleet,
      parameters,
      seed: 2,
      arrivals: tasksAt([5, 2000], 600),
    });
    await runLoopUntil(fleet, simulation, 2 * hour);
    const { instances } = simulation.host;
    expect(instances.map(({ worker }) => worker?.traits.takesTasks)).toEqual([
      false,
      true,
      ...instances.slice(2).map(() => true),
    ]);
    const [faulty, replacement] = instances;
    const readyAt = interval + activityDelay + bootTime;
    expect(replacement!.launchedAt - start).toBeLessThanOrEqual(readyAt + 5 * minute);
    expect(faulty!.endedAt! - start).toBeLessThanOrEqual(readyAt + 6 * minute);
    // One more for the second task, if the replacement is gone by then.
    expect(instances.length).toBeLessThanOrEqual(3);
    expect(launches(simulation).filter(({ at }) => at < 1900)).toHaveLength(2);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 2, terminated: 0 });
  });
});

describe('a region that throttles', () => {
  it('gets all that was wanted, only later, and nothing twice', async () => {
    const fleet = aFleet([aPool({ instances: single })]);
    const arrivals = () => tasksAt(every(interval, 80), 900);
    const calm = aSimulation({ fleet, arrivals: arrivals() });
    await runLoopUntil(fleet, calm, hour);
    // An iteration needs a token to look and one to act; it gets hardly more than one.
    const api = { burst: 2, perSecond: 0.11 };
    const parameters = { ...certain, api };
    const throttled = aSimulation({ fleet, parameters, arrivals: arrivals() });
    const most: number[] = [];
    const tally = await runLoopUntil(fleet, throttled, hour, ({ last }) => {
      most.push(last.get('linux')!.decision.target);
    });
    const failures = [...tally.failures.keys()];
    expect(failures).toContain('set desired capacity: eu-west-1: rate exceeded');
    expect(summarise(throttled).tasks).toMatchObject({ finished: 8, terminated: 0 });
    expect(throttled.host.instances.length).toBeLessThanOrEqual(calm.host.instances.length);
    expect(Math.max(...most)).toBeLessThanOrEqual(8);
    const lastOf = (simulation: typeof calm) =>
      Math.max(...launches(simulation).map(({ at }) => at));
    expect(lastOf(throttled)).toBeGreaterThan(lastOf(calm));
    expect(lastOf(throttled)).toBeLessThanOrEqual(lastOf(calm) + 3 * minute);
  });
});
