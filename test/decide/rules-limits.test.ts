/** One row or more for each rule of who goes, where new slots go, and what holds them back. */
import { describe, expect, it } from 'vitest';
import { decideOn, desired, kinds } from './deciding.ts';
import {
  aChoice,
  aGroup,
  aGroupOf,
  aHeartbeat,
  aMemory,
  anOffering,
  aPool,
  aWorker,
  busyWorkers,
  known,
  longTasks,
  now,
  remembered,
  workers,
} from './situations.ts';

describe('regions and zones', () => {
  const regions = ['eu-west-1', 'us-east-1'];
  const groups = regions.map((region) => aGroup({ region, max: 1_000 }));
  const offerings = [anOffering({ region: 'us-east-1', price: 0.2 }), anOffering({ price: 0.1 })];

  it.each([
    [1, 10, [10, 0]],
    [0.6, 10, [6, 4]],
    // A share that is a whole number of slots is that number, though 0.55 x 100 is 55.000...01.
    [0.55, 100, [55, 45]],
  ])('a region gets %f of %i at most, the cheapest first', (regionShare, pending, slots) => {
    const placement = { zones: 'group', regionShare, zoneShare: 0.7 } as const;
    const pool = aPool({ regions, placement });
    expect(desired(decideOn({ queue: known(pending), groups, offerings }, { pool }))).toEqual(
      slots,
    );
  });

  it('a share gives way before a task does', () => {
    const pool = aPool({
      regions,
      placement: { zones: 'group', regionShare: 0.6, zoneShare: 0.7 },
    });
    const small = [groups[0]!, { ...groups[1]!, max: 2 }];
    const seen = { queue: known(10), groups: small, offerings };
    expect(desired(decideOn(seen, { pool }))).toEqual([8, 2]);
  });

  it('what a region that does not answer has still counts against the maximum', () => {
    const pool = aPool({ regions, capacity: { min: 0, max: 10 } });
    const there = workers(8, { zone: 'us-east-1a' });
    const memory = aMemory({
      ...{ claimed: 8, taskDuration: longTasks },
      workers: remembered(there, { region: 'us-east-1' }),
    });
    const seen = { unreachableRegions: ['us-east-1'], groups: [groups[0]!], offerings };
    expect(desired(decideOn({ ...seen, queue: known(5, 8) }, { pool, memory }))).toEqual([2]);
  });

  it.each([
    [
      0.7,
      10,
      [
        ['a', 7],
        ['c', 3],
      ],
    ],
    // 0.35 x 10 = 3.5, so four in each zone at most.
    [
      0.35,
      10,
      [
        ['a', 4],
        ['c', 4],
        ['b', 2],
      ],
    ],
    [1, 10, [['a', 10]]],
  ] as const)('zones share %f of %i, the cheapest first', (zoneShare, pending, launches) => {
    const placement = { zones: 'cheapest', regionShare: 1, zoneShare } as const;
    const priced = { a: 0.1, b: 0.5, c: 0.11 };
    const inZones = Object.entries(priced).map(([zone, price]) => anOffering({ zone, price }));
    const seen = { queue: known(pending), offerings: inZones };
    const made = decideOn(seen, { pool: aPool({ placement }) });
    expect(made.decision.groups[0]!.launches).toEqual(
      launches.map(([zone, slots]) => ({ zone, slots })),
    );
  });

  it('a worker that is ended takes no share of its zone', () => {
    const placement = { zones: 'cheapest', regionShare: 1, zoneShare: 1 } as const;
    const missing = workers(2, { launchedAt: now - 1_201, zone: 'a' });
    const offerings = [anOffering({ zone: 'a' })];
    const seen = { queue: known(4), offerings, groups: [aGroupOf(missing)] };
    const made = decideOn(seen, { pool: aPool({ placement }) });
    expect(made.decision.terminate).toHaveLength(2);
    expect(made.decision.groups[0]!.launches).toEqual([{ zone: 'a', slots: 4 }]);
  });

  it.each([
    [[1], 250, [100, 100, 50]],
    [[1], 100, [100]],
    // One call starts 100 instances at most, of whichever type: 400 slots of four, 200 of two.
    [[4], 250, [250]],
    [[4, 2], 250, [200, 50]],
  ])('types of %j slots: %i in one zone are calls of %j', (capacities, pending, parts) => {
    const types = capacities.map((capacity) => ({ type: `t${capacity}.large`, capacity }));
    const pool = aPool({
      capacity: { min: 0, max: 1_000 },
      instances: types.map((change) => aChoice({ ...change, utility: change.capacity })),
      placement: { zones: 'cheapest', regionShare: 1, zoneShare: 1 },
    });
    const offerings = types.map(({ type, capacity }) =>
      anOffering({ instanceType: type, price: capacity * 0.1, zone: 'a' }),
    );
    // Short, so that a worker of four is empty nearly as soon as one of two: both are within 5 %.
    const memory = aMemory({ taskDuration: { mean: 10, deviation: 0, samples: 9 } });
    const groups = [aGroup({ max: 1_000 })];
    const seen = { groups, offerings, queue: known(pending) };
    const made = decideOn(seen, { pool, memory });
    expect(made.decision.groups[0]!.launches).toEqual(parts.map((slots) => ({ zone: 'a', slots })));
  });

  it('slots that a zone has count against its share', () => {
    const placement = { zones: 'cheapest', regionShare: 1, zoneShare: 0.5 } as const;
    const inZones = [anOffering({ zone: 'a', price: 0.1 }), anOffering({ zone: 'b', price: 0.2 })];
    const there = [aGroupOf(busyWorkers(4, { zone: 'a' }))];
    const memory = aMemory({ claimed: 4, taskDuration: longTasks });
    const seen = { queue: known(6, 4), offerings: inZones, groups: there };
    const made = decideOn(seen, { pool: aPool({ placement }), memory });
    // Half of ten is five: one more in a.
    expect(made.decision.groups[0]!.launches).toEqual([
      ...[
        { zone: 'a', slots: 1 },
        { zone: 'b', slots: 5 },
      ],
    ]);
  });
});

describe('limits', () => {
  const failedBoots = [now - 20, now - 10, now];

  it('boots that fail stop launches until the pause is over, and the owner is told once', () => {
    const first = decideOn({ queue: known(5) }, { memory: aMemory({ failedBoots }) });
    const until = now + 1_800;
    expect(desired(first)).toEqual([0]);
    expect(first.decision.reasons).toContainEqual({ kind: 'boots-fail', failures: 3, until });
    expect(first.decision.notices).toEqual([{ kind: 'boots-fail', failures: 3, until }]);
    const soon = { at: now + 10, queue: known(5, 0, { readAt: now + 10 }) };
    const second = decideOn(soon, { memory: first.memory });
    expect(second.decision.notices).toEqual([]);
    expect(desired(second)).toEqual([0]);
    const after = { at: until, queue: known(5, 0, { readAt: until }) };
    expect(desired(decideOn(after, { memory: second.memory }))).toEqual([5]);
  });

  it('one boot that works closes the breaker', () => {
    const booted = aWorker({ launchedAt: now - 100, heartbeat: aHeartbeat({ busySlots: 1 }) });
    const memory = aMemory({ failedBoots, taskDuration: longTasks });
    const made = decideOn({ queue: known(5, 1), groups: [aGroupOf([booted])] }, { memory });
    expect(desired(made)).toEqual([6]);
    expect(made.memory.failedBoots).toEqual([]);
  });

  it.each([
    // One launched after them works, or as late as they: the image is not at fault.
    [-1_200, false],
    [-1_201, false],
    [-1_202, true],
    [null, true],
  ])('three launched 1,201 s ago are missing, the youngest heard came at %s: %s', (came, stops) => {
    const groups = [aGroupOf(workers(3, { launchedAt: now - 1_201 }))];
    const bootedLaunchedAt = came === null ? null : now + came;
    const memory = aMemory({ bootedLaunchedAt, taskDuration: longTasks });
    const made = decideOn({ queue: known(5), groups }, { memory });
    expect(made.decision.terminate).toHaveLength(3);
    expect(kinds(made).includes('boots-fail')).toBe(stops);
    expect(made.decision.groups[0]!.addedSlots).toBe(stops ? 0 : 5);
    expect(made.memory.failedBoots).toEqual(stops ? [now, now, now] : []);
  });

  it('boots that ended by themselves count only if none launched as late was heard', () => {
    const gone = workers(3, { launchedAt: now - 300 });
    const workersSeen = remembered(gone, { heardAt: null });
    const failed = (bootedLaunchedAt: number | null) =>
      decideOn({}, { memory: aMemory({ workers: workersSeen, bootedLaunchedAt }) }).memory
        .failedBoots;
    expect(failed(now - 300)).toEqual([]);
    expect(failed(now - 301)).toEqual([now, now, now]);
    expect(failed(null)).toEqual([now, now, now]);
  });

  it('the youngest worker that was heard is remembered, not the last', () => {
    const first = aWorker({ instanceId: 'i-a', launchedAt: now - 90, heartbeat: aHeartbeat() });
    const older = { ...first, instanceId: 'i-b', launchedAt: now - 400 };
    const made = decideOn({ groups: [aGroupOf([first, older])] });
    expect(made.memory.bootedLaunchedAt).toBe(now - 90);
    const memory = aMemory({ bootedLaunchedAt: now - 20 });
    expect(decideOn({ groups: [aGroupOf([first])] }, { memory }).memory.bootedLaunchedAt).toBe(
      now - 20,
    );
  });

  it.each([
    [7.9, 5, []],
    [8, 5, ['budget-alert']],
    [10, 2, ['budget-spent']],
  ])('of 10 USD a day %f are spent: %i slots', (usd, slots, notices) => {
    const pool = aPool({
      capacity: { min: 2, max: 10 },
      budget: { usd: 10, per: 'day', alertAt: 0.8, cap: true },
    });
    const today = Math.floor(now / 86_400) * 86_400;
    const spent = { since: today, usd, at: now - 10 };
    const memory = aMemory({ spend: { day: spent, month: spent } });
    const first = decideOn({ queue: known(5) }, { pool, memory });
    expect(desired(first)).toEqual([slots]);
    expect(first.decision.notices.map(({ kind }) => kind)).toEqual(notices);
    const again = decideOn({ queue: known(5) }, { pool, memory: first.memory });
    expect(again.decision.notices).toEqual([]);
  });

  it('a budget that does not cap only alerts', () => {
    const pool = aPool({ budget: { usd: 10, per: 'month', alertAt: 0.8, cap: false } });
    const spent = { since: 0, usd: 99, at: now - 10 };
    const month = { ...spent, since: Date.UTC(2023, 10, 1) / 1000 };
    const memory = aMemory({ spend: { day: spent, month } });
    const made = decideOn({ queue: known(5) }, { pool, memory });
    expect(desired(made)).toEqual([5]);
    expect(made.decision.notices).toMatchObject([{ kind: 'budget-spent', spent: 99 }]);
  });

  it('ten thousand slots and a million tasks do not overflow', () => {
    const pool = aPool({ capacity: { min: 0, max: 10_000 } });
    const groups = [aGroup({ max: 10_000 })];
    expect(desired(decideOn({ queue: known(1_000_000), groups }, { pool }))).toEqual([10_000]);
  });

  it('a launch that stays out is told of after a while, with what is known of the cause', () => {
    const memory = aMemory({
      outstandingSince: now - 1_201,
      refusals: {
        'eu-west-1/spot/*/*': { cause: 'no-capacity', at: now - 60, until: now + 120, times: 1 },
      },
    });
    const made = decideOn(
      { queue: known(5), groups: [aGroup({ desiredCapacity: 5 })] },
      { memory },
    );
    expect(made.decision.notices).toEqual([
      { kind: 'launches-fail', cause: 'no-capacity', since: now - 1_201 },
    ]);
  });
});
