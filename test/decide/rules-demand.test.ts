/** One row or more for each rule of how many slots there are and should be. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Observation, PoolPolicy } from '../../scaler/decide/observation.ts';
import type { Case } from './deciding.ts';
import {
  aGroup,
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
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

function decideOn(seen: Partial<Observation>, { pool = aPool(), memory = aMemory() }: Case = {}) {
  return decide(pool, anObservation(seen), memory).decision;
}

function idleSince(seconds: number, count = 1): Memory {
  return aMemory({ workers: remembered(idleWorkers(count), { idleSince: now - seconds }) });
}

describe('each worker is counted once', () => {
  it('in the state that it is in', () => {
    const list = [
      aWorker({ instanceId: 'boots', launchedAt: now - 20 }),
      aWorker({ instanceId: 'idle', heartbeat: aHeartbeat() }),
      aWorker({
        ...{ instanceId: 'half', weight: 2 },
        heartbeat: aHeartbeat({ capacity: 2, busySlots: 1 }),
      }),
      aWorker({ instanceId: 'drains', heartbeat: aHeartbeat({ taking: false }) }),
      aWorker({ instanceId: 'stops', phase: 'terminating' }),
      aWorker({ instanceId: 'gone', phase: 'gone' }),
      aWorker({ instanceId: 'missing', launchedAt: now - 1_201 }),
    ];
    // Six slots are there, and two more were asked for.
    const groups = [aGroup({ workers: list, desiredCapacity: 8 })];
    expect(decideOn({ groups }).capacity).toEqual({
      ...{ requested: 2, booting: 1, idle: 2, busy: 1, draining: 1, stopping: 1, lost: 2 },
    });
  });

  it('as busy or free by what the queue says, where workers say nothing', () => {
    const groups = [aGroupOf(workers(5))];
    const pool = aPool({ heartbeats: false });
    expect(decideOn({ groups, queue: known(0, 3) }, { pool }).capacity).toMatchObject({
      ...{ busy: 3, idle: 2 },
    });
  });
});

describe('the capacity change of the Taskcluster provisioner, by configuration', () => {
  it.each([
    // change, running, booting, pending, min, max, ratio
    [0, 0, 0, 0, 0, 20, 0],
    [1, 0, 0, 0, 1, 20, 0],
    [5, 0, 0, 5, 0, 20, 0],
    [5, 5, 0, 5, 0, 20, 0],
    [0, 5, 5, 5, 0, 20, 0],
    [0, 0, 5, 5, 0, 20, 0],
    [-5, 0, 10, 5, 0, 20, 0],
    [-5, 5, 10, 5, 0, 20, 0],
    [20, 0, 0, 20, 1, 20, 0],
    [20, 0, 0, 30, 1, 20, 0],
    [1, 0, 0, 0, 1, 1_000, 0.2],
    [1_000, 0, 0, 10_000, 0, 1_000, 0.2],
    [960, 0, 40, 10_000, 0, 1_000, 0.2],
    [1, 0, 0, 0, 1, 1_000, -0.2],
    // Half rounds up: 10 - 0 - round(2.5).
    [7, 5, 0, 10, 0, 20, 0.5],
  ] as const)('%i for %i running, %i booting, %i pending, %i to %i, ratio %f', (...vector) => {
    const [change, running, booting, pending, min, max, ratio] = vector;
    const pool = aPool({ capacity: { min, max }, scaling: { kind: 'ratio', ratio } });
    const running_ = busyWorkers(running);
    const groups = [aGroupOf(running_, { desiredCapacity: running + booting, max: 1_000 })];
    const { target } = decideOn({ groups, queue: known(pending, running) }, { pool });
    expect(target).toBe(running + booting + change);
  });
});

describe('other rules for capacity', () => {
  it('one slot for each task, waiting or running', () => {
    const pool = aPool({ scaling: { kind: 'task' } });
    const groups = [aGroupOf(busyWorkers(4))];
    const decision = decideOn({ groups, queue: known(3, 4) }, { pool });
    expect(decision.target).toBe(7);
    expect(decision.reasons).toContainEqual({ kind: 'rule', rule: 'task', slots: 7 });
  });

  it('a fixed number, whatever the queue holds or whether it can be read', () => {
    const pool = aPool({ scaling: { kind: 'fixed', slots: 7 } });
    expect(decideOn({ queue: known(50) }, { pool }).target).toBe(7);
    expect(decideOn({ queue: { status: 'unknown', error: 'down' } }, { pool }).target).toBe(7);
    const groups = [aGroupOf(idleWorkers(9), { desiredCapacity: 10 })];
    const above = decideOn({ groups }, { pool, memory: idleSince(9_000, 9) });
    // Of three too many, the one that is not there yet goes first.
    expect(above.target).toBe(9);
    expect(above.drain).toHaveLength(2);
  });

  it('a schedule alone, and nothing once it has ended', () => {
    const pool = aPool({ scaling: { kind: 'schedule' } });
    expect(decideOn({ queue: known(50), scheduledMin: 4 }, { pool }).target).toBe(4);
    const groups = [aGroupOf(idleWorkers(4))];
    const memory = idleSince(9_000, 4);
    const on = decideOn({ groups, scheduledMin: 4 }, { pool, memory });
    expect(on.drain).toEqual([]);
    expect(decideOn({ groups, scheduledMin: 1 }, { pool, memory }).drain).toHaveLength(3);
  });

  it('the larger of the scheduled and the declared minimum', () => {
    const pool = aPool({ capacity: { min: 2, max: 10 } });
    const decision = decideOn({ scheduledMin: 6 }, { pool });
    expect(decision.target).toBe(6);
    expect(decision.reasons).toContainEqual({ kind: 'scheduled-minimum', min: 6 });
    expect(decideOn({ scheduledMin: 1 }, { pool }).target).toBe(2);
  });

  it('a buffer of free slots beyond what runs and waits, under any rule', () => {
    const memory = aMemory({ claimed: 3, taskDuration: longTasks });
    const groups = [aGroupOf(busyWorkers(3))];
    const seen = { groups, queue: known(4, 3) };
    const scalings = [{ kind: 'wait' }, { kind: 'task' }, { kind: 'ratio', ratio: 0 }] as const;
    for (const scaling of scalings) {
      const pool = aPool({ buffer: 2, scaling });
      expect(decideOn(seen, { pool, memory }).target).toBe(3 + 4 + 2);
    }
  });
});

describe('the wait target', () => {
  it('says how many tasks start late whatever is done', () => {
    const decision = decideOn({ queue: known(5) }, { pool: aPool({ wait: 30 }) });
    expect(decision.target).toBe(5);
    expect(decision.reasons).toContainEqual({ kind: 'late', tasks: 5, bootTime: 125, wait: 30 });
  });

  it('leaves a task to a worker that finishes booting before it is due', () => {
    const groups = [aGroupOf(workers(1, { phase: 'pending', launchedAt: now - 100 }))];
    // Ready in 20 s and the task is due in 120 s.
    const decision = decideOn({ queue: known(1), groups });
    expect(decision.target).toBe(1);
    expect(decision.reasons).toContainEqual({ kind: 'absorbed', tasks: 1 });
  });

  it.each([
    // Due in 600 - 474 = 126 s; a boot takes 120 s, and a group 5 s to act.
    [474, 0],
    [475, 5],
  ])('asks when a boot is only just in time: the oldest is %i s old, %i slots', (age, slots) => {
    const queue = known(5, 0, { oldestPendingAge: age });
    expect(decideOn({ queue }, { pool: aPool({ wait: 600 }), memory: null }).target).toBe(slots);
  });

  it('takes new tasks to have come just after the reading before, and starts the oldest first', () => {
    const memory = aMemory({
      ...{ decidedAt: now - 40, claimed: 2 },
      waiting: [{ arrivedAt: now - 90, tasks: 3 }],
    });
    // One more is claimed, so one of the three has started, and 7 - 2 are new.
    const made = decide(aPool(), anObservation({ queue: known(7, 3) }), memory);
    expect(made.memory.waiting).toEqual([
      { arrivedAt: now - 90, tasks: 2 },
      { arrivedAt: now - 40, tasks: 5 },
    ]);
  });

  it('goes by how long slots were in use and by boot times that were seen', () => {
    const finishedTasks = [{ instanceType: 'c6i.xlarge', duration: 600 }];
    const booted = aWorker({ launchedAt: now - 90, heartbeat: aHeartbeat({ at: now - 10 }) });
    const groups = [aGroupOf([booted])];
    const memory = aMemory({ claimed: 12 });
    const { reasons } = decideOn({ finishedTasks, groups, queue: known(1, 12) }, { memory });
    // 12 slots in use for 10 s, one task finished, and five times the mean, which is the first
    // sample: (120 + 5 x 600) / 6. A boot of 80 s beside the 120 s assumed, the longer of which
    // is that of 19 in 20, and 5 s for a group to act.
    expect(reasons).toContainEqual(
      expect.objectContaining({ kind: 'demand', taskDuration: 520, bootTime: 125 }),
    );
  });

  it.each([
    // Of 20 boots the slowest is left out; of two that are slow, one is not. A group takes 5 s to
    // act, and the look before was 10 s ago.
    [1, 76, 0],
    [1, 75, 5],
    [2, 316, 0],
    [2, 315, 5],
  ])('of 20 boots %i took 300 s, not 60: due in %i s, %i slots', (slow, due, slots) => {
    const bootTimes = [...new Array(20 - slow).fill(60), ...new Array(slow).fill(300)];
    const memory = aMemory({
      ...{ bootTimes, taskDuration: longTasks },
      waiting: [{ arrivedAt: now - 600 + due, tasks: 5 }],
    });
    const { target } = decideOn({ queue: known(5) }, { pool: aPool({ wait: 600 }), memory });
    expect(target).toBe(slots);
  });

  it('asks for more where not every boot is done in time', () => {
    const waiting = [{ arrivedAt: now - 100, tasks: 30 }];
    const memory = aMemory({ bootTimes: [60, 60, 60, 300], waiting, taskDuration: longTasks });
    // 30 / 0.75.
    expect(decideOn({ queue: known(30) }, { memory }).target).toBe(40);
  });
});

describe('slots kept ready where tasks started late', () => {
  const busy = { groups: [aGroupOf(busyWorkers(10))], queue: known(0, 10) };
  const memoryOf = (lateShare: number) =>
    aMemory({ ...{ claimed: 10, taskDuration: longTasks, lateShare } });

  it.each([
    [0, 0],
    [0.03, 0],
    // 12 x (4 - 3) % of 10 slots in use is 1.2.
    [0.04, 1],
    [0.055, 3],
    // At most as many again.
    [0.12, 10],
    [1, 10],
  ])('of all tasks %f: of 10 slots in use, %i more', (lateShare, slots) => {
    const { target, reasons } = decideOn(busy, { memory: memoryOf(lateShare) });
    expect(target).toBe(10 + slots);
    const spare = reasons.filter(({ kind }) => kind === 'spare');
    expect(spare).toEqual(slots > 0 ? [{ kind: 'spare', slots, lateShare }] : []);
  });

  it('are kept, once they are there, and not asked for again', () => {
    const groups = [aGroupOf([...busyWorkers(10), ...idleWorkers(4)])];
    const free = remembered(idleWorkers(4), { idleSince: now - 9_000 });
    const memory = { ...memoryOf(0.055), workers: free };
    const decision = decideOn({ groups, queue: known(0, 10) }, { memory });
    expect(decision.groups[0]!.addedSlots).toBe(0);
    expect(decision.drain).toHaveLength(1);
  });

  it('are beside the buffer, where a boot would be too late, and for the rule "wait" alone', () => {
    const memory = memoryOf(0.055);
    const targetOf = (change: Partial<PoolPolicy>) =>
      decideOn(busy, { pool: aPool(change), memory }).target;
    expect(targetOf({ buffer: 2 })).toBe(15);
    // A boot of 120 s and 5 s for a group to act: in time, so nothing need be ready.
    expect(targetOf({ wait: 125 })).toBe(13);
    expect(targetOf({ wait: 126 })).toBe(10);
    expect(targetOf({ scaling: { kind: 'task' } })).toBe(10);
    const unknown = { ...busy, queue: { status: 'unknown', error: 'down' } } as const;
    expect(decideOn(unknown, { memory }).target).toBe(10);
  });

  it('are asked for in step with what waits, too', () => {
    const waiting = [{ arrivedAt: now - 100, tasks: 20 }];
    const memory = aMemory({ waiting, lateShare: 0.055, taskDuration: longTasks });
    // 20 x (1 + 12 x 2.5 %).
    expect(decideOn({ queue: known(20) }, { memory }).target).toBe(26);
  });
});
