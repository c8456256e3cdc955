/**
 * The pains of other systems' users that come from miscounting workers between request and work:
 * one row each, by system and issue.
 */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Observation, PoolPolicy } from '../../scaler/decide/observation.ts';
import {
  aGroup,
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  aPool,
  aSpotMarket,
  busyWorkers,
  idleWorkers,
  known,
  longTasks,
  now,
  remembered,
  workers,
} from './situations.ts';
import { afterDecision, later } from './world-model.ts';

/** So many were seen that one which outlasts them all is overdue. */
const manyBoots = { mean: 60, deviation: 10, samples: 10 };

const spotOnly = aSpotMarket({ onDemandAfter: null });

function decideOn(
  observation: Partial<Observation>,
  { pool = aPool(), memory = aMemory() }: { pool?: PoolPolicy; memory?: Memory | null } = {},
) {
  return decide(pool, anObservation(observation), memory);
}

/** Desired capacities of so many decisions, ten seconds apart, while nothing comes. */
function desiredOver(decisions: number, pending: number, pool: PoolPolicy): readonly number[] {
  let observation = anObservation({ queue: known(pending) });
  let memory: Memory | null = null;
  const desired: number[] = [];
  for (let count = 0; count < decisions; count += 1) {
    const made = decide(pool, observation, memory);
    desired.push(made.decision.target);
    memory = made.memory;
    observation = later(afterDecision(observation, made.decision), 10);
  }
  return desired;
}

const pains: Readonly<Record<string, () => void>> = {
  'worker-manager #8783: burst ends, booting workers are given up': () => {
    // Another 100 s to boot, and 60 s of idle time are worth it at most.
    const booting = workers(6, { phase: 'pending', launchedAt: now - 20 });
    const pool = aPool({ lifecycle: { ...aPool().lifecycle, idle: 60 } });
    const groups = [aGroupOf(booting, { desiredCapacity: 10 })];
    const { decision } = decideOn({ groups }, { pool });
    expect(decision.target).toBe(0);
    expect(decision.terminate.map(({ because }) => because)).toEqual(
      new Array(6).fill('not-yet-booted'),
    );
    expect(decision.reasons).toContainEqual({
      ...{ kind: 'unfulfilled-dropped', group: 'ci-linux-spot', slots: 4 },
    });
  },

  'worker-manager #5441: a burst of 167 is asked for once, however often it is looked at': () => {
    const pool = aPool({ capacity: { min: 0, max: 1_000 }, market: spotOnly });
    const groups = [aGroup({ max: 1_000 })];
    let observation = anObservation({ queue: known(167), groups });
    let memory: Memory | null = null;
    let asked = 0;
    for (let count = 0; count < 6; count += 1) {
      const { decision, memory: next } = decide(pool, observation, memory);
      memory = next;
      asked += decision.groups[0]!.addedSlots;
      observation = later(afterDecision(observation, decision), 10);
    }
    expect(asked).toBe(167);
  },

  'garm #73: no create-and-delete oscillation while a burst waits': () => {
    expect(desiredOver(8, 20, aPool({ market: spotOnly }))).toEqual(new Array(8).fill(20));
  },

  'worker-manager PR #2407: slow booters are not replaced before they are given up': () => {
    // Booting for 400 s, as one in ten has taken; given up after 1,200 s.
    const booting = workers(10, { launchedAt: now - 400 });
    const seen = anObservation({ queue: known(10), groups: [aGroupOf(booting)] });
    const waiting = [{ arrivedAt: now - 100, tasks: 10 }];
    const slow = aMemory({ waiting, bootTimes: [...new Array<number>(9).fill(60), 420] });
    expect(decide(aPool(), seen, slow).decision.target).toBe(10);
    // Where no boot ever took so long they are not relied upon, and are ended no earlier for that.
    const quick = aMemory({ waiting, bootTime: manyBoots, bootTimes: [60] });
    const { decision } = decide(aPool(), seen, quick);
    expect(decision.target).toBe(20);
    expect(decision.terminate).toEqual([]);
  },

  'worker-manager PR #2407: the first boots of a pool are waited for, however long they take':
    () => {
      const seen = anObservation({
        queue: known(10),
        groups: [aGroupOf(workers(10, { launchedAt: now - 400 }))],
      });
      const waiting = [{ arrivedAt: now - 100, tasks: 10 }];
      expect(decide(aPool(), seen, aMemory({ waiting })).decision.target).toBe(10);
    },

  'worker-manager PR #2407: boots that are overdue are replaced once, not each loop': () => {
    const booting = workers(10, { launchedAt: now - 400 });
    let observation = anObservation({ queue: known(10), groups: [aGroupOf(booting)] });
    const waiting = [{ arrivedAt: now - 100, tasks: 10 }];
    let memory: Memory | null = aMemory({ waiting, bootTime: manyBoots, bootTimes: [60] });
    for (let look = 0; look < 6; look += 1) {
      const made = decide(aPool({ market: spotOnly }), observation, memory);
      expect(made.decision.target).toBe(20);
      expect(made.decision.terminate).toEqual([]);
      memory = made.memory;
      observation = later(afterDecision(observation, made.decision), 10);
    }
  },

  'worker-manager PR #2407: where those in their place are overdue as well, no more is launched':
    () => {
      const both = [
        ...workers(10, { launchedAt: now - 400 }),
        ...workers(10, { launchedAt: now - 100 }, 'later'),
      ];
      const seen = anObservation({ queue: known(10), groups: [aGroupOf(both)] });
      const waiting = [{ arrivedAt: now - 100, tasks: 10 }];
      const { decision } = decide(
        aPool(),
        seen,
        aMemory({ waiting, bootTime: manyBoots, bootTimes: [60] }),
      );
      expect(decision.target).toBe(20);
      expect(decision.reasons).toContainEqual({ kind: 'overdue', slots: 10 });
    },

  'worker-manager PR #7283: workers that do not work are replaced once, not each loop': () => {
    // Three of five are free although tasks have waited for 200 s; the two others work.
    const unused = idleWorkers(3);
    const groups = [aGroupOf([...unused, ...busyWorkers(2)])];
    const memory = aMemory({
      pendingSince: now - 200,
      waiting: [{ arrivedAt: now - 200, tasks: 3 }],
      claimed: 2,
      taskDuration: longTasks,
      workers: remembered(unused, { idleSince: now - 200 }),
    });
    const seen = anObservation({ queue: known(3, 2), groups });
    const first = decide(aPool(), seen, memory);
    expect(first.decision.drain.map(({ because }) => because)).toEqual([
      ...['not-working', 'not-working', 'not-working'],
    ]);
    expect(first.decision.target).toBe(5 + 3);
    const second = decide(aPool(), later(afterDecision(seen, first.decision), 5), first.memory);
    expect(second.decision.drain).toEqual([]);
    expect(second.decision.groups[0]!.addedSlots).toBe(0);
  },

  'worker-manager #7052: a worker that does not work is not called back to do it': () => {
    // It was drained because it took nothing; one task more than is on its way is waiting.
    const [lazy, ...others] = [...idleWorkers(1), ...busyWorkers(2)];
    const groups = [aGroupOf([lazy!, ...others])];
    const memory = aMemory({
      pendingSince: now - 200,
      claimed: 2,
      taskDuration: longTasks,
      waiting: [{ arrivedAt: now - 200, tasks: 1 }],
      workers: remembered([lazy!], { idleSince: now - 200 }),
    });
    const seen = anObservation({ queue: known(1, 2), groups });
    const first = decide(aPool(), seen, memory);
    expect(first.decision.drain).toMatchObject([{ because: 'not-working' }]);
    const next = later(afterDecision(seen, first.decision), 10);
    const more = { ...next, queue: known(2, 2, { readAt: next.at }) };
    const second = decide(aPool(), more, first.memory);
    expect(second.decision.reasons.map(({ kind }) => kind)).not.toContain('drain-cancelled');
    expect(second.decision.groups[0]!.addedSlots).toBe(1);
  },

  'worker-manager #3168: a ratio keeps a pool from starting a worker for every task': () => {
    // 10 pending - 0 booting - round(0.25 x 20 running) = 5.
    const pool = aPool({ scaling: { kind: 'ratio', ratio: 0.25 } });
    const groups = [aGroupOf(busyWorkers(20))];
    expect(decideOn({ queue: known(10, 20), groups }, { pool }).decision.target).toBe(25);
  },

  'worker-manager #6641: capacity that is stopping does not keep new capacity out': () => {
    const stopping = workers(10, { phase: 'terminating' });
    const pool = aPool({ capacity: { min: 0, max: 10 } });
    const groups = [aGroup({ workers: stopping })];
    expect(decideOn({ queue: known(10), groups }, { pool }).decision.target).toBe(10);
  },

  'Buildkite scaler #39, #46: what boots counts, so that a boot does not over-scale': () => {
    const booting = workers(3, { launchedAt: now - 30 });
    const groups = [aGroupOf(booting, { desiredCapacity: 8 })];
    expect(decideOn({ queue: known(8), groups }).decision.target).toBe(8);
  },

  'github-aws-runners #2306: idle workers take what waits before new ones start': () => {
    const groups = [aGroupOf(idleWorkers(4))];
    const { decision } = decideOn({ queue: known(4), groups });
    expect(decision.groups[0]!.addedSlots).toBe(0);
    expect(decision.capacity.idle).toBe(4);
  },

  'KEDA #7345: the minimum is part of what the tasks need, not on top of it': () => {
    const pool = aPool({ capacity: { min: 2, max: 100 } });
    const groups = [aGroupOf(idleWorkers(2))];
    expect(decideOn({ queue: known(2), groups }, { pool }).decision.target).toBe(2);
  },

  'jenkins ec2-fleet #35: 96 are needed and 96 are started, not 142': () => {
    // 10 idle, 30 booting and 40 asked for: 16 are missing.
    const booting = workers(30, { phase: 'pending', launchedAt: now - 20 });
    const groups = [aGroupOf([...idleWorkers(10), ...booting], { desiredCapacity: 80 })];
    const memory = aMemory({ taskDuration: longTasks });
    expect(decideOn({ queue: known(96), groups }, { memory }).decision.target).toBe(96);
  },

  'github-aws-runners #3824: a burst is asked for in one decision': () => {
    const { decision } = decideOn({ queue: known(40) }, { memory: null });
    expect(decision.groups[0]!.addedSlots).toBe(40);
  },

  'KEDA #6994, #5163: every task of a matrix counts': () => {
    const pool = aPool({ scaling: { kind: 'task' } });
    const groups = [aGroupOf(busyWorkers(6))];
    expect(decideOn({ queue: known(24, 6), groups }, { pool }).decision.target).toBe(30);
  },

  'KEDA #1323: no respawn for workers that are still starting': () => {
    const pool = aPool({ scaling: { kind: 'task' } });
    const booting = workers(5, { phase: 'pending', launchedAt: now - 60 });
    const groups = [aGroupOf(booting)];
    expect(decideOn({ queue: known(5), groups }, { pool }).decision.target).toBe(5);
  },

  'nomad-autoscaler #610: the same look twice scales once': () => {
    const seen = anObservation({ queue: known(7) });
    const first = decide(aPool(), seen, null);
    const second = decide(aPool(), afterDecision(seen, first.decision), first.memory);
    expect(first.decision.target).toBe(7);
    expect(second.decision.target).toBe(7);
    expect(second.decision.groups[0]!.addedSlots).toBe(0);
  },

  'github-aws-runners #2449: a warm buffer is filled once and is not always at its maximum': () => {
    const pool = aPool({ buffer: 5 });
    expect(decideOn({}, { pool }).decision.target).toBe(5);
    expect(decideOn({ groups: [aGroupOf(idleWorkers(5))] }, { pool }).decision.target).toBe(5);
  },

  'Karpenter core #749: warm capacity moves along with what is in use': () => {
    const pool = aPool({ buffer: 3 });
    const groups = [aGroupOf([...busyWorkers(4), ...idleWorkers(1)])];
    expect(decideOn({ queue: known(0, 4), groups }, { pool }).decision.target).toBe(7);
  },

  'garm PR #56: a worker that is called back is not taken for missing until it says so': () => {
    const [worker] = idleWorkers(1, { heartbeat: aHeartbeat({ taking: false }) });
    const memory = aMemory({
      workers: remembered([worker!], { drainingSince: now - 20, idleSince: now - 300 }),
    });
    const seen = anObservation({ queue: known(1), groups: [aGroupOf([worker!])] });
    const first = decide(aPool(), seen, memory);
    expect(first.decision.reasons).toContainEqual({
      ...{ kind: 'drain-cancelled', instanceId: 'idle-1' },
    });
    // It hears of it with the answer to its next heartbeat, which still says that it drains.
    const second = decide(aPool(), later(seen, 10), first.memory);
    expect(second.decision.groups[0]!.addedSlots).toBe(0);
    expect(second.decision.terminate).toEqual([]);
  },
};

describe('the boot window', () => {
  it.each(Object.entries(pains))('%s', (_, check) => check());
});
