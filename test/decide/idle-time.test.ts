import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import {
  followIdleSpells,
  type IdleSpells,
  idleTime,
  openIdleSpells,
} from '../../scaler/decide/idle-time.ts';
import { takeIn } from '../../scaler/decide/take-in.ts';
import {
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  aPool,
  busyWorkers,
  idleWorkers,
  known,
  now,
  remembered,
  workers,
} from './situations.ts';
import { later } from './world-model.ts';

const { lifecycle } = aPool();

/** So many of each length. */
function spells(...counts: readonly (readonly [count: number, length: number])[]): IdleSpells {
  const lengths = counts.flatMap(([count, length]) => new Array<number>(count).fill(length));
  return { lengths, open: [] };
}

describe('idleTime', () => {
  it('is what the pool says', () => {
    const pool = aPool({ lifecycle: { ...lifecycle, idle: 77 }, coldStart: 300 });
    expect(idleTime(pool, 120, spells([50, 1]))).toBe(77);
  });

  it.each([
    ['too few seen: a boot, a cold start, 20 s to drain', 300, spells([19, 5]), 440],
    // A boot of 120 s and 20 s: letting go costs 140 s. None idles: 20 x 140 = 2,800 s.
    // 10 s: 10 x 10 + 10 x (10 + 140) = 1,600 s.
    ['half are wanted again soon', 0, spells([10, 10], [10, 1_000]), 10],
    // 10 s: 15 x 10 + 5 x 150 = 900 s; 100 s: 15 x 10 + 5 x 100 = 650 s.
    ['the rest is worth it too', 0, spells([5, 100], [15, 10]), 100],
    // 130 s: 130 + 19 x 270 = 5,260 s.
    ['one of 20 is wanted again, late', 0, spells([1, 130], [19, 1_000]), 0],
    // 140 s: 20 x 140, as much as at once, so at once.
    ['all only at the break-even', 0, spells([20, 140]), 0],
    ['all just before it', 0, spells([20, 139]), 139],
    ['none before it', 0, spells([20, 141]), 0],
    ['all at once', 0, spells([20, 0]), 0],
    // The break-even is 440 s: 300 x 20 = 6,000 s, at once 8,800 s.
    ['a cold start makes it worth more', 300, spells([20, 300]), 300],
  ])('%s', (_, coldStart, seen, seconds) => {
    expect(idleTime(aPool({ coldStart }), 120, seen)).toBe(seconds);
  });
});

describe('followIdleSpells', () => {
  const memoryOf = (idleSpells: IdleSpells) => aMemory({ idleSpells });
  const nothing = { at: now, ended: [], launches: 0 };

  it('ends the latest with a launch, and forgets those of twice the break-even', () => {
    const open = [now - 300, now - 280, now - 279, now - 100, now - 20];
    const after = followIdleSpells(aPool(), memoryOf({ lengths: [7], open }), {
      ...nothing,
      ended: [9, 4],
      launches: 2,
    });
    // 2 x (120 + 20) s: two have been open for as long.
    expect(after).toEqual({ lengths: [7, 4, 9, 100, 20, 280, 280], open: [now - 279] });
  });

  it('ends no more than are open', () => {
    const memory = memoryOf({ lengths: [], open: [now - 50] });
    const after = followIdleSpells(aPool(), memory, { ...nothing, launches: 9 });
    expect(after).toEqual({ lengths: [50], open: [] });
  });

  it('is the same while nothing happens', () => {
    const idleSpells = { lengths: [7], open: [now - 50] };
    expect(followIdleSpells(aPool(), memoryOf(idleSpells), nothing)).toBe(idleSpells);
  });

  it('remembers the latest 200', () => {
    const memory = memoryOf(spells([199, 1]));
    const after = followIdleSpells(aPool(), memory, { ...nothing, ended: [2, 3] });
    expect(after.lengths).toEqual([...new Array(198).fill(1), 2, 3]);
    const open = Array.from({ length: 250 }, (_, index) => now - index);
    expect(openIdleSpells({ lengths: [], open: [] }, open).open).toHaveLength(200);
  });

  it('waits for as long as a cold start is worth, and then never idles for nothing', () => {
    const pool = aPool({ coldStart: 300 });
    const open = new Array<number>(20).fill(now - 879);
    const before = followIdleSpells(pool, memoryOf({ lengths: [], open }), nothing);
    expect(before.open).toHaveLength(20);
    // 2 x (120 + 300 + 20) s.
    const after = followIdleSpells(pool, memoryOf(before), { ...nothing, at: now + 1 });
    expect(after).toEqual({ lengths: new Array(20).fill(880), open: [] });
    expect(idleTime(pool, 120, after)).toBe(0);
  });
});

describe('idle spells of workers', () => {
  /** Spells noted when a worker that was free since 35 s ago is seen again. */
  function noted(seen: ReturnType<typeof busyWorkers>, change = {}): readonly number[] {
    const memory = aMemory({ workers: remembered(seen, { idleSince: now - 35, ...change }) });
    return takeIn(aPool(), memory, anObservation({ groups: [aGroupOf(seen)] })).memory.idleSpells
      .lengths;
  }

  it('end with a task, by the time of the word that tells of it', () => {
    expect(noted(busyWorkers(1))).toEqual([30]);
  });

  it.each([
    ['it is still free', noted(idleWorkers(1))],
    ['it was not free before', noted(busyWorkers(1), { idleSince: null })],
    ['it says nothing', noted(workers(1))],
    ['it was to drain', noted(busyWorkers(1), { drainingSince: now - 20 })],
    ['it was called back, and has not heard of it', noted(idleWorkers(1), { recalledAt: now - 1 })],
    ['it is ending', noted(busyWorkers(1, { phase: 'terminating' }))],
  ])('do not where %s', (_, lengths) => {
    expect(lengths).toEqual([]);
  });

  it('are open from when a worker is let go until the next comes', () => {
    const free = idleWorkers(2);
    const memory = aMemory({ workers: remembered(free, { idleSince: now - 150 }) });
    const seen = anObservation({ groups: [aGroupOf(free)] });
    const first = decide(aPool(), seen, memory);
    expect(first.decision.drain).toHaveLength(2);
    expect(first.memory.idleSpells).toEqual({ lengths: [], open: [now - 150, now - 150] });
    const came = workers(1, { instanceId: 'i-new', launchedAt: now });
    const next = later({ ...seen, queue: known(1), groups: [aGroupOf([...free, ...came])] }, 10);
    const { idleSpells } = decide(aPool(), next, first.memory).memory;
    expect(idleSpells).toEqual({ lengths: [160], open: [now - 150] });
  });

  it('are not opened by a worker that goes for another reason', () => {
    const old = idleWorkers(1, { launchedAt: now - 345_601, heartbeat: aHeartbeat() });
    const { decision, memory } = decide(
      aPool({ capacity: { min: 1, max: 10 } }),
      anObservation({ groups: [aGroupOf(old)] }),
      aMemory(),
    );
    expect(decision.drain).toMatchObject([{ because: 'over-age' }]);
    expect(memory.idleSpells.open).toEqual([]);
  });
});
