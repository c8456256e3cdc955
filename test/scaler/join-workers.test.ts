import { describe, expect, it } from 'vitest';
import type { GroupObservation } from '../../scaler/decide/observation.ts';
import { instanceIdIn, joinWorkers, reportedTasks } from '../../scaler/join-workers.ts';
import type { PoolReading, ReportedWorker } from '../../scaler/ports.ts';
import { aGroup, aWorker } from '../decide/situations.ts';

const id = 'i-0123456789abcdef0';

const reading = (...workers: readonly ReportedWorker[]): PoolReading => ({
  status: 'known',
  readAt: 500,
  pending: 0,
  claimed: 0,
  oldestPendingAge: null,
  workers,
});

const named = (name: string, change: Partial<ReportedWorker> = {}): ReportedWorker => ({
  name,
  capacity: null,
  busySlots: 0,
  taking: true,
  ...change,
});

const groupOf = (change: object = {}): GroupObservation =>
  aGroup({ workers: [aWorker({ instanceId: id, weight: 4, heartbeat: null, ...change })] });

const heartbeatIn = ([group]: readonly GroupObservation[]) => group?.workers[0]?.heartbeat;

describe('workers that a queue knows', () => {
  it.each([
    [`ci-${id}`, id],
    [`${id}.eu-west-1.compute.internal`, id],
    [`runner_${id.toUpperCase()}_2`, id],
    ['i-0a1b2c3d', 'i-0a1b2c3d'],
    ['i-0123456789abcdef01', null],
    ['mini-0a1b2c3d', null],
    ['worker-7', null],
  ])('%s is on %s', (name, instanceId) => {
    expect(instanceIdIn(name)).toBe(instanceId);
  });

  it('speak for an instance that has not spoken', () => {
    const joined = joinWorkers([groupOf()], reading(named(`ci-${id}`, { busySlots: 1 })));
    expect(heartbeatIn(joined)).toEqual({ at: 500, capacity: 4, busySlots: 1, taking: true });
  });

  it('are added up where several are on one instance', () => {
    const two = [
      named(`${id}-1`, { capacity: 1, busySlots: 1, taking: false }),
      named(`${id}-2`, { capacity: 1 }),
    ];
    const joined = joinWorkers([groupOf()], reading(...two));
    expect(heartbeatIn(joined)).toEqual({ at: 500, capacity: 2, busySlots: 1, taking: true });
  });

  it("do not speak over the instance's own word, nor while the queue is unknown", () => {
    const heartbeat = { at: 10, capacity: 4, busySlots: 4, taking: true };
    const spoken = [groupOf({ heartbeat })];
    expect(heartbeatIn(joinWorkers(spoken, reading(named(id))))).toEqual(heartbeat);
    const unknown = { status: 'unknown', error: 'away', workers: [named(id)] } as const;
    expect(heartbeatIn(joinWorkers([groupOf()], unknown))).toBeNull();
  });

  it('tell which type a finished task ran on, where they can', () => {
    const finishedTasks = [
      { worker: `ci-${id}`, duration: 30 },
      { worker: null, duration: 40 },
    ];
    const tasks = reportedTasks({ ...reading(), finishedTasks }, [groupOf()]);
    expect(tasks.map(({ duration }) => duration)).toEqual([30, 40]);
    expect(tasks[0]?.instanceType).toBe(aWorker().instanceType);
    expect(tasks[1]?.instanceType).toBe('unknown');
  });
});
