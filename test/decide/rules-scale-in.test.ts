/** One row or more for each rule of who goes, where new slots go, and what holds them back. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import { decideOn, letGo } from './deciding.ts';
import {
  aChoice,
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  anOffering,
  aPool,
  aWorker,
  busyWorkers,
  idleWorkers,
  known,
  longTasks,
  now,
  remembered,
  workers,
} from './situations.ts';
import { afterDecision, later } from './world-model.ts';

const lifecycle = aPool().lifecycle;

describe('scale-in', () => {
  const instances = [aChoice({ type: 'a.large' }), aChoice({ type: 'b.large' })];
  const offerings = [
    anOffering({ instanceType: 'a.large', price: 0.1 }),
    anOffering({ instanceType: 'b.large', price: 0.9 }),
  ];
  const [cheap] = idleWorkers(1, { instanceType: 'a.large' });
  const dear = { ...cheap!, instanceId: 'dear', instanceType: 'b.large' };
  const long = aMemory({ workers: remembered([cheap!, dear], { idleSince: now - 9_000 }) });

  it.each([
    // Two asked for, one that boots for another 110 s (60 s of idling are worth it), two idle.
    [5, 5, []],
    [4, 4, []],
    [3, 3, []],
    [2, 2, ['boots not-yet-booted']],
    [1, 2, ['dear surplus', 'boots not-yet-booted']],
    [0, 2, ['dear surplus', 'idle-1 surplus', 'boots not-yet-booted']],
  ])(
    'down to %i: first what is not there, then what boots, then the dearest',
    (min, target, gone) => {
      const capacity = { min, max: 10 };
      const pool = aPool({ instances, capacity, lifecycle: { ...lifecycle, idle: 60 } });
      const boots = aWorker({ instanceId: 'boots', phase: 'pending', launchedAt: now - 10 });
      const groups = [aGroupOf([cheap!, dear, boots], { desiredCapacity: 5 })];
      const made = decideOn({ groups, offerings }, { pool, memory: long });
      expect(letGo(made)).toEqual(gone);
      // Those that drain are there until they have confirmed it.
      expect(made.decision.target).toBe(target);
    },
  );

  it.each([
    // A boot of 120 s and 20 s to drain.
    ['auto', 0, 139, 0],
    ['auto', 0, 140, 1],
    ['auto', 300, 439, 0],
    ['auto', 300, 440, 1],
    [600, 300, 599, 0],
    [600, 300, 600, 1],
  ] as const)(
    'idle time %s, cold start %i s: after %i s %i go',
    (idle, coldStart, seconds, gone) => {
      const pool = aPool({ coldStart, lifecycle: { ...lifecycle, idle } });
      const memory = aMemory({ workers: remembered([cheap!], { idleSince: now - seconds }) });
      expect(letGo(decideOn({ groups: [aGroupOf([cheap!])] }, { pool, memory }))).toHaveLength(
        gone,
      );
    },
  );

  it.each([
    // Of 20 spells, 15 of 30 s: 15 x 30 + 5 x (30 + 140) = 1,300 s, where none idles 20 x 140.
    [15, 30, 5, 280, 29, 0],
    [15, 30, 5, 280, 30, 1],
    // Seldom wanted again: 5 x 30 + 15 x (30 + 140) = 2,700 s is still less; of 4, 2,840 s is not.
    [5, 30, 15, 280, 29, 0],
    [4, 30, 16, 280, 0, 1],
    // One spell too few to go by: a boot and 20 s.
    [14, 30, 5, 280, 139, 0],
    [14, 30, 5, 280, 140, 1],
  ])(
    'of idle spells, %i of %i s and %i of %i s: after %i s %i go',
    (some, short, others, long, seconds, gone) => {
      const lengths = [
        ...new Array<number>(some).fill(short),
        ...new Array<number>(others).fill(long),
      ];
      const memory = aMemory({
        idleSpells: { lengths, open: [] },
        workers: remembered([cheap!], { idleSince: now - seconds }),
      });
      expect(letGo(decideOn({ groups: [aGroupOf([cheap!])] }, { memory }))).toHaveLength(gone);
    },
  );

  it('what has booted is not let go while others boot for what waits', () => {
    // 10 tasks wait, 5 workers are free for them, and 8 boot, of which 6 may be expected in time.
    const free = idleWorkers(5);
    const groups = [aGroupOf([...free, ...workers(8, { launchedAt: now - 30 })])];
    const pool = aPool({ lifecycle: { ...lifecycle, idle: 0 } });
    const memory = aMemory({
      ...{ pendingSince: now - 50, taskDuration: longTasks, bootTimes: [40, 50, 60, 200] },
      waiting: [{ arrivedAt: now - 50, tasks: 10 }],
      workers: remembered(free, { idleSince: now - 5 }),
    });
    const made = decideOn({ queue: known(10), groups }, { pool, memory });
    expect(letGo(made)).toEqual([]);
    expect(made.decision.reasons).toContainEqual({
      ...{ kind: 'surplus-kept', slots: 3, because: 'booting' },
    });
    // With nothing waiting they go at once.
    expect(letGo(decideOn({ groups }, { pool, memory }))).toHaveLength(5);
  });

  it('what is being launched stays while tasks wait, though it costs more than it may idle', () => {
    const launched = workers(3, { phase: 'pending', launchedAt: now - 10 });
    const pool = aPool({ lifecycle: { ...lifecycle, idle: 0 } });
    const groups = [aGroupOf(launched)];
    expect(letGo(decideOn({ queue: known(1), groups }, { pool }))).toEqual([]);
    expect(letGo(decideOn({ groups }, { pool }))).toHaveLength(3);
  });

  it('a worker too large for the surplus stays, and that is said', () => {
    const big = aWorker({ weight: 4, heartbeat: aHeartbeat({ capacity: 4 }) });
    const memory = aMemory({ workers: remembered([big], { idleSince: now - 9_000 }) });
    const pool = aPool({ capacity: { min: 1, max: 10 } });
    const made = decideOn({ groups: [aGroupOf([big])] }, { pool, memory });
    expect(letGo(made)).toEqual([]);
    expect(made.decision.reasons).toContainEqual(
      expect.objectContaining({ kind: 'surplus-kept', slots: 3 }),
    );
  });

  it('a worker over age is drained, not ended, and ends when it is free', () => {
    const old = busyWorkers(1, { launchedAt: now - 345_601 });
    const busy = { queue: known(0, 1), groups: [aGroupOf(old)] };
    expect(letGo(decideOn(busy))).toEqual(['busy-1 over-age']);
    const since = { drainingSince: now - 9_000, drainBecause: 'over-age' } as const;
    const memory = aMemory({ workers: remembered(old, since) });
    expect(letGo(decideOn(busy, { memory }))).toEqual([]);
    const free = old.map((worker) => ({ ...worker, heartbeat: aHeartbeat({ taking: false }) }));
    const done = aMemory({ workers: remembered(free, { ...since, idleSince: now - 60 }) });
    expect(letGo(decideOn({ groups: [aGroupOf(free)] }, { memory: done }))).toEqual([
      'busy-1 drained',
    ]);
  });

  it('a worker that has drained ends, even if it took longer than it was given', () => {
    const free = idleWorkers(1, { heartbeat: aHeartbeat({ taking: false }) });
    const memory = aMemory({
      workers: remembered(free, { drainingSince: now - 1_000, idleSince: now - 60 }),
    });
    expect(letGo(decideOn({ groups: [aGroupOf(free)] }, { memory }))).toEqual(['idle-1 drained']);
  });

  it('a worker that does not work and may not be ended does not count as capacity again', () => {
    const unused = idleWorkers(2);
    const [mine, theirs] = unused;
    const groups = [
      aGroupOf([mine!, ...busyWorkers(1)]),
      aGroupOf([theirs!], { region: 'us-east-1', terminateSuspended: true }),
    ];
    const memory = aMemory({
      ...{ pendingSince: now - 200, claimed: 1, taskDuration: longTasks },
      waiting: [{ arrivedAt: now - 200, tasks: 2 }],
      workers: remembered(unused, { idleSince: now - 200 }),
    });
    const seen = anObservation({ groups, queue: known(2, 1) });
    const first = decide(aPool(), seen, memory);
    expect(letGo(first)).toEqual(['idle-1 not-working']);
    expect(first.decision.capacity).toMatchObject({ lost: 2, idle: 0 });
    const second = decide(aPool(), later(afterDecision(seen, first.decision), 10), first.memory);
    expect(second.decision.capacity).toMatchObject({ lost: 1, idle: 0, requested: 2 });
    expect(second.decision.groups[0]!.addedSlots).toBe(0);
  });

  it('a silent worker is blamed only while others are heard', () => {
    const silent = workers(2, { heartbeat: aHeartbeat({ at: now - 3_000 }) });
    const memory = aMemory({ workers: remembered(silent, { heardAt: now - 3_000 }) });
    expect(letGo(decideOn({ groups: [aGroupOf(silent)] }, { memory }))).toEqual([]);
    const groups = [aGroupOf([...silent, ...busyWorkers(1)])];
    const made = decideOn({ groups, queue: known(0, 1) }, { memory: { ...memory, claimed: 1 } });
    expect(letGo(made)).toEqual(['i-1 silent', 'i-2 silent']);
  });
});
