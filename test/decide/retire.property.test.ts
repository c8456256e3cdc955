import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootTimeBeforeAny, quietBeforeScaleIn } from '../../scaler/decide/constants.ts';
import { decide } from '../../scaler/decide/decide.ts';
import { emptyMemory } from '../../scaler/decide/empty-memory.ts';
import { anyStory, memoryOf } from './arbitraries.ts';
import { runs, unhurried } from './arbitrary-pool.ts';
import { type Moment, retiredBy, runRetiring } from './retiring-world.ts';
import { aPool, known } from './situations.ts';

/** A pool at its minimum or above it, on which tasks come for a while. */
const anyWorld = fc
  .record({
    oldWorkers: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 45 })),
    belowOld: fc.nat(6),
    room: fc.oneof(fc.constant(0), fc.nat(10)),
    buffer: fc.nat(2),
    bootSeconds: fc.integer({ min: 10, max: 240 }),
    heartbeats: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
    idle: fc.constantFrom('auto' as const, 0, 3_600),
    tasks: fc.array(fc.record({ at: fc.nat(900), duration: fc.integer({ min: 1, max: 300 }) }), {
      maxLength: 15,
    }),
  })
  .map(({ oldWorkers, belowOld, room, buffer, heartbeats, idle, bootSeconds, tasks }) => ({
    ...{ oldWorkers, tasks },
    // Without a word, a worker is taken to be up when boots usually are.
    bootSeconds: heartbeats ? bootSeconds : Math.min(bootSeconds, bootTimeBeforeAny),
    failsAfter: null,
    pool: aPool({
      heartbeats,
      buffer,
      capacity: { min: Math.max(1, oldWorkers - belowOld), max: oldWorkers + room },
      lifecycle: { ...aPool().lifecycle, idle },
    }),
  }));

/** As many as an instance refresh takes by default, and one in any case. */
const boundOf = ({ there }: Moment) => Math.max(1, Math.floor(there / 10));

describe('workers of an older image', unhurried, () => {
  it('a few at a time, the first alone, never a busy one, and none while tasks wait', () => {
    let retired = 0;
    fc.assert(
      fc.property(anyWorld, (world) => {
        for (const moment of runRetiring(world, 1_800)) {
          const chosen = retiredBy(moment.decision);
          retired += chosen.length;
          if (chosen.length === 0) continue;
          expect(chosen.filter((id) => moment.busy.has(id))).toEqual([]);
          expect(moment.waiting).toBe(0);
          const bound = moment.newUp > 0 ? boundOf(moment) : 1;
          expect(moment.away + chosen.length).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 100 },
    );
    expect(retired).toBeGreaterThan(500);
  });

  it('in the end none is left, at the minimum too, and the minimum is kept but for those away', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { oldWorkers, bootSeconds, pool } = world;
        // At worst one works off all tasks, and then they go one by one: each drains, ends, is replaced.
        const work = world.tasks.reduce((sum, { duration }) => sum + duration, 900);
        const seconds = work + quietBeforeScaleIn + oldWorkers * (bootSeconds + 100);
        const moments = runRetiring(world, seconds);
        const last = moments.at(-1)!;
        expect(last.old).toBe(0);
        expect(last.up).toBeGreaterThanOrEqual(pool.capacity.min);
        for (const moment of moments) {
          const most = Math.max(1, Math.floor(oldWorkers / 10));
          expect(moment.up).toBeGreaterThanOrEqual(pool.capacity.min - most);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('one is lost to an image that does not boot, and none while the breaker is open', () => {
    const failing = fc.record({ world: anyWorld, failsAfter: fc.integer({ min: 20, max: 300 }) });
    fc.assert(
      fc.property(failing, ({ world, failsAfter }) => {
        const pool = { ...world.pool, heartbeats: true, buffer: 0 };
        const min = world.oldWorkers;
        const atMinimum = { ...pool, capacity: { ...pool.capacity, min } };
        const moments = runRetiring({ ...world, failsAfter, pool: atMinimum, tasks: [] }, 7_200);
        expect(moments.at(-1)!.old).toBe(world.oldWorkers - 1);
        expect(moments.some(({ breakerIsOpen }) => breakerIsOpen)).toBe(true);
        for (const { decision, breakerIsOpen } of moments) {
          if (breakerIsOpen) expect(retiredBy(decision)).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are let go for it only where they are outdated, known to be free, and may be ended', () => {
    let retired = 0;
    // Or hardly ever one has nothing to do while nothing is asked for and nobody boots.
    const quiet = anyStory.map((story) => {
      const { observation } = story;
      const queue = known(0, 0, { readAt: observation.at });
      const groups = observation.groups.map((group) => ({
        ...{ ...group, desiredCapacity: group.min },
        workers: group.workers.filter(({ heartbeat }) => heartbeat !== null),
      }));
      return { ...story, observation: { ...observation, queue, groups } };
    });
    fc.assert(
      fc.property(fc.oneof(anyStory, { weight: 3, arbitrary: quiet }), (story) => {
        const { pool, observation } = story;
        const memory = memoryOf(story);
        const { decision } = decide(pool, observation, memory);
        const chosen = retiredBy(decision);
        retired += chosen.length;
        if (chosen.length === 0) return;
        const { queue, groups, at } = observation;
        // The same while boots fail: nobody goes.
        const rule = { count: 1, within: 0, pause: 60 };
        const failing = { ...(memory ?? emptyMemory), failedBoots: [at] };
        const broken = { ...pool, breakers: { ...pool.breakers, boots: rule } };
        const held = decide(broken, observation, failing);
        if (held.memory.failedBoots.length > 0) expect(retiredBy(held.decision)).toEqual([]);
        expect(queue).toMatchObject({ status: 'known', pending: 0 });
        expect(pool.paused).toBe(false);
        expect(decision.groups.map(({ addedSlots }) => addedSlots)).toEqual(groups.map(() => 0));
        for (const id of chosen) {
          const group = groups.find(({ workers }) => workers.some((one) => one.instanceId === id))!;
          const worker = group.workers.find(({ instanceId }) => instanceId === id)!;
          expect(group).toMatchObject({ terminateSuspended: false, instanceRefresh: false });
          expect(worker.outdated).toBe(true);
          // By its own word, or by that of the queue where no worker of the pool has ever spoken.
          if (worker.heartbeat === null) expect(queue).toMatchObject({ claimed: 0 });
          else expect(worker.heartbeat).toMatchObject({ busySlots: 0, taking: true });
        }
      }),
      runs,
    );
    expect(retired).toBeGreaterThan(0);
  });
});
