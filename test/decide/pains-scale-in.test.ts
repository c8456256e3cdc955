/**
 * The pains of other systems' users that come from ending the wrong worker, from not ending one, and
 * from failures that stay silent: one row each, by system and issue.
 */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Heartbeat } from '../../scaler/decide/observation.ts';
import { decideOn, letGo } from './deciding.ts';
import {
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  aPool,
  busyWorkers,
  idleWorkers,
  known,
  longTasks,
  now,
  remembered,
  workers,
} from './situations.ts';
import { later } from './world-model.ts';

/** Workers, and that they have been free for so long. */
function freeFor(seconds: number, list = idleWorkers(1)): Memory {
  return aMemory({ workers: remembered(list, { idleSince: now - seconds }) });
}

const lifecycle = aPool().lifecycle;
// Their idle time is shorter than the time for which a queue must have been quiet, 120 s.
const silentPool = aPool({ heartbeats: false, lifecycle: { ...lifecycle, idle: 60 } });

const wrongWorker: Readonly<Record<string, () => void>> = {
  'KEDA #1663: in-flight messages keep workers': () => {
    // Nothing is pending, three are claimed, and no worker says which of the five has them.
    const groups = [aGroupOf(workers(5))];
    const memory = aMemory({ quietSince: null, claimed: 3 });
    const held = decideOn({ queue: known(0, 3), groups }, { pool: silentPool, memory });
    expect(letGo(held)).toEqual([]);
    const quiet = aMemory({ quietSince: now - 120 });
    const done = decideOn({ queue: known(0, 0), groups }, { pool: silentPool, memory: quiet });
    expect(letGo(done)).toHaveLength(5);
    const early = aMemory({ quietSince: now - 119 });
    expect(letGo(decideOn({ groups }, { pool: silentPool, memory: early }))).toEqual([]);
  },

  'jenkins ec2-fleet #363, #187: a busy node is never ended': () => {
    const groups = [aGroupOf(busyWorkers(3))];
    const made = decideOn({ queue: known(0, 3), groups });
    expect(letGo(made)).toEqual([]);
    // Not even where the queue does not know of its tasks.
    expect(letGo(decideOn({ queue: known(0, 0), groups }))).toEqual([]);
    expect(made.decision.target).toBe(3);
  },

  'fleeting-plugin-aws #52: a task may have been claimed since the last word': () => {
    // Free for no time at all, so it is asked to drain; it ends only once it says so after that.
    const pool = aPool({ lifecycle: { ...lifecycle, idle: 0 } });
    const groups = [aGroupOf(idleWorkers(1))];
    const seen = anObservation({ groups });
    const first = decide(pool, seen, freeFor(0));
    expect(letGo(first)).toEqual(['idle-1 surplus']);
    const said = (heartbeat: Partial<Heartbeat>) => {
      const words = aHeartbeat({ at: now + 9, taking: false, ...heartbeat });
      const list = idleWorkers(1, { heartbeat: words });
      const claimed = words.busySlots;
      const then = { at: now + 10, queue: known(0, claimed, { readAt: now + 10 }) };
      return letGo(decideOn({ ...then, groups: [aGroupOf(list)] }, { pool, memory: first.memory }));
    };
    expect(said({ busySlots: 1 })).toEqual([]);
    expect(said({ at: now - 1 })).toEqual([]);
    expect(said({})).toEqual(['idle-1 drained']);
  },

  'garm #455: an idle worker is asked to drain, and a task that it took meanwhile is kept': () => {
    const drained = freeFor(300);
    const memory = aMemory({
      workers: remembered(idleWorkers(1), { drainingSince: now - 10, idleSince: now - 300 }),
    });
    expect(letGo(decideOn({ groups: [aGroupOf(idleWorkers(1))] }, { memory: drained }))).toEqual([
      'idle-1 surplus',
    ]);
    const took = idleWorkers(1, { heartbeat: aHeartbeat({ busySlots: 1, taking: false }) });
    expect(letGo(decideOn({ groups: [aGroupOf(took)] }, { memory }))).toEqual([]);
  },

  'KEDA #157: a long task is not cut short, nor is its worker drained for being slow': () => {
    const old = busyWorkers(1, { launchedAt: now - 40 * 3_600 });
    expect(letGo(decideOn({ queue: known(0, 1), groups: [aGroupOf(old)] }))).toEqual([]);
  },

  'nomad-autoscaler #911: nothing is drained that the group would refuse to end': () => {
    const groups = [aGroupOf(idleWorkers(2), { terminateSuspended: true })];
    const memory = freeFor(9_000, [...idleWorkers(2)]);
    const made = decideOn({ groups }, { memory });
    expect(letGo(made)).toEqual([]);
    expect(made.decision.target).toBe(2);
    expect(made.decision.reasons).toContainEqual({
      ...{ kind: 'surplus-kept', slots: 2, because: 'terminate-suspended' },
    });
  },

  'nomad-autoscaler #879: a drain that does not end in time is called off': () => {
    const stuck = busyWorkers(1, { heartbeat: aHeartbeat({ busySlots: 1, taking: false }) });
    const since = (ago: number) =>
      aMemory({ claimed: 1, workers: remembered(stuck, { drainingSince: now - ago }) });
    const seen = { queue: known(0, 1), groups: [aGroupOf(stuck)] };
    const kinds = (ago: number) =>
      decideOn(seen, { memory: since(ago) }).decision.reasons.map(({ kind }) => kind);
    expect(kinds(900)).not.toContain('drain-cancelled');
    expect(kinds(901)).toContain('drain-cancelled');
    expect(letGo(decideOn(seen, { memory: since(9_000) }))).toEqual([]);
  },

  'nomad-autoscaler #672: draining long tasks keeps no new task waiting': () => {
    // Both slots that drain are in use for hours, so three new ones are needed for three tasks.
    const draining = busyWorkers(2, { heartbeat: aHeartbeat({ busySlots: 1, taking: false }) });
    const memory = aMemory({
      ...{ claimed: 2, taskDuration: longTasks },
      workers: remembered(draining, { drainingSince: now - 60 }),
    });
    const made = decideOn({ queue: known(3, 2), groups: [aGroupOf(draining)] }, { memory });
    expect(made.decision.target).toBe(2 + 3);
  },

  'nomad-autoscaler PR #378: decisions faster than their effects do not drain a pool': () => {
    const pool = aPool({ capacity: { min: 2, max: 10 } });
    let seen = anObservation({ groups: [aGroupOf(idleWorkers(5))] });
    let memory: Memory | null = freeFor(9_000, [...idleWorkers(5)]);
    const drained: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      const made = decide(pool, seen, memory);
      drained.push(made.decision.drain.length);
      memory = made.memory;
      // Two seconds apart, and no worker has heard of it yet.
      seen = later(seen, 2);
    }
    expect(drained).toEqual([3, 0, 0, 0]);
  },

  'worker-manager #6186: healthy workers are not ended for a time in which we did not listen':
    () => {
      const quiet = workers(2, { heartbeat: aHeartbeat({ at: now - 7_200 }) });
      const seen = { groups: [aGroupOf([...quiet, ...busyWorkers(1)])], queue: known(0, 1) };
      const memory = aMemory({
        ...{ decidedAt: now - 7_200, claimed: 1 },
        workers: remembered(quiet, { heardAt: now - 7_200 }),
      });
      expect(letGo(decideOn(seen, { memory }))).toEqual([]);
    },

  'KEDA #7327: the idle time starts anew after each task': () => {
    const groups = [aGroupOf(idleWorkers(1))];
    // It has been free for 60 s; a task ran before that, and the pool has been quiet for hours.
    const memory = { ...freeFor(60), quietSince: now - 9_000 };
    expect(letGo(decideOn({ groups }, { memory }))).toEqual([]);
  },
};

const silence: Readonly<Record<string, () => void>> = {
  'terraform-aws-github-runner #5105: a failed read is no empty queue': () => {
    const groups = [aGroupOf(idleWorkers(5), { desiredCapacity: 8 })];
    const memory = freeFor(9_000, [...idleWorkers(5)]);
    const queue = { status: 'unknown', error: 'Unavailable' } as const;
    const made = decideOn({ groups, queue }, { memory });
    expect(letGo(made)).toEqual([]);
    expect(made.decision.target).toBe(8);
    expect(made.decision.reasons[0]).toEqual({ kind: 'queue-unknown', error: 'Unavailable' });
  },

  'Buildkite agent-scaler: figures older than two minutes hold instead of scaling in': () => {
    const groups = [aGroupOf(idleWorkers(2))];
    const memory = freeFor(9_000, [...idleWorkers(2)]);
    const readAt = (ago: number) => known(0, 0, { readAt: now - ago });
    expect(letGo(decideOn({ groups, queue: readAt(121) }, { memory }))).toEqual([]);
    expect(letGo(decideOn({ groups, queue: readAt(120) }, { memory }))).toHaveLength(2);
  },

  'worker-manager #6817: the owner is told once of an incident, not 500 times a day': () => {
    // A worker goes missing every ten minutes of a day.
    let memory: Memory | null = null;
    let told = 0;
    for (let minute = 0; minute < 24 * 60; minute += 10) {
      const at = now + minute * 60;
      const missing = workers(1, { launchedAt: at - 1_300 }, `i-${minute}`);
      const seen = anObservation({ at, groups: [aGroupOf(missing)], queue: known(0, 0) });
      const fresh = { ...seen, queue: known(0, 0, { readAt: at }) };
      const made = decide(aPool({ breakers: unbroken }), fresh, memory);
      memory = made.memory;
      told += made.decision.notices.length;
    }
    // At once, then after an hour, two, four and eight more: at 0, 1, 3, 7 and 15 h.
    expect(told).toBe(5);
  },

  'nomad-autoscaler: while someone else replaces instances, nothing is scaled in': () => {
    const groups = [aGroupOf(idleWorkers(2), { desiredCapacity: 4, instanceRefresh: true })];
    const memory = freeFor(9_000, [...idleWorkers(2)]);
    const held = decideOn({ groups }, { memory });
    expect(letGo(held)).toEqual([]);
    expect(held.decision.groups[0]).toMatchObject({ desiredCapacity: 4, overrides: null });
    // Scaling out goes on.
    const more = decideOn(
      { groups, queue: known(9) },
      { memory: { ...memory, taskDuration: longTasks } },
    );
    expect(more.decision.target).toBe(9);
  },
};

const never = { count: 99, within: 1, pause: 1 };
const unbroken = { interruptions: never, boots: never };

describe('the wrong worker', () => {
  it.each(Object.entries(wrongWorker))('%s', (_, check) => check());
});

describe('silence', () => {
  it.each(Object.entries(silence))('%s', (_, check) => check());
});
