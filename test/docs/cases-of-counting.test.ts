/** Cases of docs/what-happens-when.md: counting workers, and asking for what is short. */
import { describe, expect, it } from 'vitest';
import type { Decided } from '../../scaler/decide/decide.ts';
import { decide } from '../../scaler/decide/decide.ts';
import { scheduledMinimum } from '../../scaler/schedule.ts';
import {
  aGroup,
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  aPool,
  aWorker,
  aWorkerMemory,
  busyWorkers,
  known,
  now,
  workers,
} from '../decide/situations.ts';

const added = ({ decision }: Decided) =>
  decision.groups.reduce((sum, { addedSlots }) => sum + addedSlots, 0);
const kinds = ({ decision }: Decided) => decision.reasons.map(({ kind }) => kind);
const idle = (instanceId: string) => aWorker({ instanceId, heartbeat: aHeartbeat() });
const waiting = (tasks: number, age = 60) => ({
  queue: known(tasks, 0, { oldestPendingAge: age }),
  memory: { pendingSince: now - age, waiting: [{ arrivedAt: now - age, tasks }] },
});
const urgent = aPool({ wait: 60 });

describe('counting', () => {
  it('asks only for what is short when a second burst comes while workers boot', () => {
    const memory = aMemory({ waiting: [{ arrivedAt: now - 30, tasks: 100 }] });
    const groups = [aGroup({ desiredCapacity: 100, max: 500 })];
    const pool = { ...urgent, capacity: { min: 0, max: 500 } };
    const decided = decide(pool, anObservation({ queue: known(150), groups }), memory);
    expect(added(decided)).toBe(50);
    expect(decided.decision.capacity.requested).toBe(100);
  });

  it('lets idle workers take what waits before it asks for more', () => {
    const groups = [aGroup({ desiredCapacity: 2, workers: [idle('i-1'), idle('i-2')] })];
    const { queue, memory } = waiting(2);
    expect(added(decide(urgent, anObservation({ queue, groups }), aMemory(memory)))).toBe(0);
  });

  it('ends a launch that never spoke, and replaces it once', () => {
    const { queue, memory } = waiting(1);
    const silent = aWorker({ launchedAt: now - 1_300 });
    const groups = [aGroup({ desiredCapacity: 1, workers: [silent] })];
    const first = decide(urgent, anObservation({ queue, groups }), aMemory(memory));
    expect(first.decision.terminate).toMatchObject([{ because: 'missing' }]);
    expect(added(first)).toBe(1);
    expect(first.decision.notices).toMatchObject([{ kind: 'missing-workers' }]);

    const at = now + 10;
    const ending = [aGroup({ desiredCapacity: 1, workers: [{ ...silent, phase: 'terminating' }] })];
    const later = anObservation({ at, queue: known(1, 0, { readAt: at }), groups: ending });
    const second = decide(urgent, later, first.memory);
    expect(added(second)).toBe(0);
    expect(second.decision.notices).toEqual([]);
  });

  it('counts no longer on a boot that has lasted longer than all before', () => {
    const { queue, memory } = waiting(5);
    const bootedAfter = (age: number) => {
      const groups = [aGroupOf(workers(5, { launchedAt: now - age }))];
      const bootTime = { mean: 90, deviation: 20, samples: 10 };
      const remembered = aMemory({ ...memory, bootTime, bootTimes: [60, 90, 120] });
      return decide(urgent, anObservation({ queue, groups }), remembered);
    };
    expect([added(bootedAfter(100)), added(bootedAfter(130))]).toEqual([0, 5]);
    expect(bootedAfter(130).decision.terminate).toEqual([]);
  });

  it('no longer counts a worker that is free although tasks wait, and drains it', () => {
    const { queue, memory } = waiting(5, 200);
    const groups = [
      aGroup({
        desiredCapacity: 2,
        workers: [
          idle('i-1'),
          aWorker({ instanceId: 'i-2', heartbeat: aHeartbeat({ busySlots: 1 }) }),
        ],
      }),
    ];
    const workers = { 'i-1': aWorkerMemory({ idleSince: now - 300 }), 'i-2': aWorkerMemory() };
    const decided = decide(
      urgent,
      anObservation({ queue, groups }),
      aMemory({ ...memory, workers }),
    );
    expect(decided.decision.capacity).toMatchObject({ idle: 0, lost: 1 });
    expect(decided.decision.drain).toMatchObject([{ instanceId: 'i-1', because: 'not-working' }]);
    expect(added(decided)).toBeGreaterThan(0);
  });

  it('keeps the slots of tasks that run when none waits', () => {
    const busy = aWorker({ heartbeat: aHeartbeat({ busySlots: 1 }) });
    const groups = [aGroup({ desiredCapacity: 1, workers: [busy] })];
    const { decision } = decide(
      aPool(),
      anObservation({ queue: known(0, 1), groups }),
      aMemory({ claimed: 1 }),
    );
    expect(decision.groups[0]?.desiredCapacity).toBe(1);
    expect([...decision.drain, ...decision.terminate]).toEqual([]);
  });

  it('gives up what is not there yet when a burst ends early, then what still boots', () => {
    const booting = aWorker({ launchedAt: now - 10, phase: 'pending' });
    const groups = [aGroup({ desiredCapacity: 7, workers: [booting] })];
    const pool = aPool({ lifecycle: { ...aPool().lifecycle, idle: 60 } });
    const decided = decide(pool, anObservation({ groups }), aMemory());
    expect(decided.decision.groups[0]?.desiredCapacity).toBe(0);
    expect(decided.decision.terminate).toMatchObject([{ because: 'not-yet-booted' }]);
    expect(kinds(decided).indexOf('unfulfilled-dropped')).toBeLessThan(
      kinds(decided).indexOf('terminate'),
    );
  });

  it('cuts to the maximum what is wanted beyond it, and says so', () => {
    const { queue, memory } = waiting(1_000);
    const pool = aPool({ wait: 60, capacity: { min: 0, max: 50 } });
    const groups = [aGroup({ max: 50 })];
    const decided = decide(pool, anObservation({ queue, groups }), aMemory(memory));
    expect(decided.decision.groups[0]?.desiredCapacity).toBe(50);
    expect(decided.decision.reasons).toContainEqual({ kind: 'maximum', from: 1_000, to: 50 });
  });

  it('keeps the minimum of working hours within them only', () => {
    const entry = { cron: '0 7 * * 1-5', timeZone: 'Europe/Berlin', duration: 10 * 3_600, min: 5 };
    const at = (time: string) => scheduledMinimum([entry], Date.parse(time) / 1_000);
    expect(at('2025-03-28T06:30:00Z')).toBe(5);
    // The clock goes forward on 30 March: seven in Berlin is five in UTC from then on.
    expect(at('2025-03-31T05:30:00Z')).toBe(5);
    expect(at('2025-03-31T15:30:00Z')).toBe(0);
    expect(at('2025-03-30T08:00:00Z')).toBe(0);
    const decided = decide(aPool(), anObservation({ scheduledMin: 5 }), aMemory());
    expect(added(decided)).toBe(5);
    expect(kinds(decided)).toContain('scheduled-minimum');
  });

  it('goes to zero and stays there', () => {
    const worker = idle('i-1');
    const workers = { 'i-1': aWorkerMemory({ idleSince: now - 400, drainingSince: now - 20 }) };
    const drained = { ...worker, heartbeat: aHeartbeat({ taking: false, at: now - 2 }) };
    const groups = [aGroup({ desiredCapacity: 1, workers: [drained] })];
    const first = decide(aPool(), anObservation({ groups }), aMemory({ workers }));
    expect(first.decision).toMatchObject({ target: 0, terminate: [{ instanceId: 'i-1' }] });
    const at = now + 10;
    const next = anObservation({ at, queue: known(0, 0, { readAt: at }), groups: [aGroup()] });
    const second = decide(aPool(), next, first.memory);
    expect(second.decision).toMatchObject({ target: 0, drain: [], terminate: [] });
    expect(kinds(second)).toContain('steady');
  });

  it('keeps free slots ready for a declared buffer, or where tasks have started late', () => {
    const busy = aWorker({ heartbeat: aHeartbeat({ busySlots: 1 }) });
    const groups = [aGroup({ desiredCapacity: 1, workers: [busy] })];
    const observation = anObservation({ queue: known(0, 1), groups });
    expect(added(decide(aPool({ buffer: 3 }), observation, aMemory({ claimed: 1 })))).toBe(3);

    const ten = anObservation({ queue: known(0, 10), groups: [aGroupOf(busyWorkers(10))] });
    const spare = (lateShare: number, wait: number) =>
      added(decide(aPool({ wait }), ten, aMemory({ claimed: 10, lateShare })));
    // 12 x (5 % - 3 %) = 24 % of 10 slots, unless a boot of 120 s is in time.
    expect([spare(0.05, 60), spare(0.03, 60), spare(0.05, 300)]).toEqual([2, 0, 0]);
  });
});
