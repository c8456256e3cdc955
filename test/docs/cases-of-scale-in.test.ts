/** Cases of docs/what-happens-when.md: letting workers go. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { GroupObservation, WorkerObservation } from '../../scaler/decide/observation.ts';
import {
  aGroup,
  aHeartbeat,
  aMemory,
  anObservation,
  aPool,
  aWorker,
  aWorkerMemory,
  known,
  now,
} from '../decide/situations.ts';

const idle = (change: Partial<WorkerObservation> = {}) =>
  aWorker({ instanceId: 'i-1', heartbeat: aHeartbeat(), ...change });
const longIdle = aWorkerMemory({ idleSince: now - 4_000 });
const groupOf = (workers: readonly WorkerObservation[], change: Partial<GroupObservation> = {}) =>
  aGroup({ desiredCapacity: workers.length, workers, ...change });
const decideOn = (
  group: GroupObservation,
  memory: Parameters<typeof aMemory>[0],
  change: Parameters<typeof anObservation>[0] = {},
) => decide(aPool(), anObservation({ groups: [group], ...change }), aMemory(memory)).decision;

describe('scale-in', () => {
  it('lets an idle worker go and never a busy one', () => {
    const busy = idle({ instanceId: 'i-2', heartbeat: aHeartbeat({ busySlots: 1 }) });
    const workers = { 'i-1': longIdle, 'i-2': longIdle };
    const decision = decideOn(groupOf([idle(), busy]), { workers }, { queue: known(0, 0) });
    expect(decision.drain).toMatchObject([{ instanceId: 'i-1', because: 'surplus' }]);
    expect(decision.terminate).toEqual([]);
  });

  it('does not end a draining worker that took a task before it heard of it', () => {
    const workers = { 'i-1': aWorkerMemory({ idleSince: now - 400, drainingSince: now - 10 }) };
    const taken = idle({ heartbeat: aHeartbeat({ busySlots: 1, taking: false }) });
    expect(decideOn(groupOf([taken]), { workers }).terminate).toEqual([]);
    const free = idle({ heartbeat: aHeartbeat({ taking: false }) });
    expect(decideOn(groupOf([free]), { workers }).terminate).toMatchObject([
      { instanceId: 'i-1', because: 'drained' },
    ]);
  });

  it('drains nobody in a group that would refuse to end them', () => {
    const group = groupOf([idle()], { terminateSuspended: true });
    const decision = decideOn(group, { workers: { 'i-1': longIdle } });
    expect(decision.drain).toEqual([]);
    expect(decision.reasons).toContainEqual({ kind: 'terminate-suspended', group: group.name });
  });

  it('takes a worker back that is still busy when its time to drain is over', () => {
    const busy = idle({ heartbeat: aHeartbeat({ busySlots: 1, taking: false }) });
    const workers = { 'i-1': aWorkerMemory({ drainingSince: now - 901 }) };
    const decision = decideOn(groupOf([busy]), { workers }, { queue: known(0, 1) });
    expect(decision.reasons).toContainEqual({ kind: 'drain-cancelled', instanceId: 'i-1' });
    expect(decision.terminate).toEqual([]);
  });

  it('holds overrides and scale-in during an instance refresh, and still scales out', () => {
    const group = groupOf([idle()], { instanceRefresh: true });
    const workers = { 'i-1': longIdle };
    expect(decideOn(group, { workers }).drain).toEqual([]);
    const queue = known(4, 0, { oldestPendingAge: 120 });
    const [grown] = decideOn(group, { workers }, { queue }).groups;
    expect(grown).toMatchObject({ overrides: null });
    expect(grown?.addedSlots).toBeGreaterThan(0);
  });

  it('takes a worker that fell silent for busy', () => {
    const silent = idle({ heartbeat: aHeartbeat({ at: now - 100 }) });
    const workers = { 'i-1': aWorkerMemory({ heardAt: now - 100, idleSince: now - 900 }) };
    const decision = decideOn(groupOf([silent]), { workers });
    expect(decision.capacity).toMatchObject({ busy: 1, idle: 0 });
    expect([...decision.drain, ...decision.terminate]).toEqual([]);
  });

  it('blames nobody for silence after the scaler was away', () => {
    const workers = { 'i-1': aWorkerMemory({ heardAt: now - 7_200 }) };
    const memory = { decidedAt: now - 7_200, heard: true, workers };
    const decision = decideOn(groupOf([idle({ heartbeat: null })]), memory);
    expect(decision.capacity.busy).toBe(1);
    expect(decision.terminate).toEqual([]);
  });

  it('lets workers of an older image go first when fewer are needed', () => {
    const old = idle({ instanceId: 'i-2', outdated: true });
    const workers = { 'i-1': longIdle, 'i-2': longIdle };
    const group = groupOf([idle(), old]);
    const pool = aPool({ capacity: { min: 1, max: 100 } });
    const { decision } = decide(pool, anObservation({ groups: [group] }), aMemory({ workers }));
    expect(decision.drain).toMatchObject([{ instanceId: 'i-2', because: 'surplus' }]);
  });

  it('asks a worker over age to drain while it is busy, and ends it once it is free', () => {
    const old = { launchedAt: now - 345_601 };
    const busy = idle({ ...old, heartbeat: aHeartbeat({ busySlots: 1 }) });
    const queue = known(0, 1);
    const first = decideOn(groupOf([busy]), { workers: { 'i-1': aWorkerMemory(old) } }, { queue });
    expect(first.drain).toMatchObject([{ instanceId: 'i-1', because: 'over-age' }]);
    expect(first.terminate).toEqual([]);
    const memory = aWorkerMemory({ ...old, idleSince: now - 20, drainingSince: now - 60 });
    const free = idle({ ...old, heartbeat: aHeartbeat({ taking: false }) });
    const second = decideOn(groupOf([free]), { workers: { 'i-1': memory } });
    expect(second.terminate).toMatchObject([{ instanceId: 'i-1', because: 'drained' }]);
  });

  it('keeps idle workers where they are soon wanted again, and lets them go where they are not', () => {
    const drained = (idleFor: number, spells: readonly number[]) => {
      const workers = { 'i-1': aWorkerMemory({ idleSince: now - idleFor }) };
      const idleSpells = { lengths: spells, open: [] };
      return decideOn(groupOf([idle()]), { workers, idleSpells }).drain.length;
    };
    const soon = new Array<number>(20).fill(60);
    const seldom = new Array<number>(20).fill(3_000);
    // Before either is known: as long as a boot of 120 s and 20 s to drain.
    expect([drained(139, []), drained(140, [])]).toEqual([0, 1]);
    expect([drained(59, soon), drained(60, soon)]).toEqual([0, 1]);
    expect(drained(1, seldom)).toBe(1);
  });

  it('waits for two quiet minutes where workers send no heartbeats', () => {
    const { lifecycle } = aPool();
    const group = groupOf([aWorker({ instanceId: 'i-1' })]);
    const afterQuiet = (quiet: number, idle: number | 'auto' = 60) =>
      decide(
        aPool({ heartbeats: false, lifecycle: { ...lifecycle, idle } }),
        anObservation({ groups: [group] }),
        aMemory({ quietSince: now - quiet }),
      ).decision.terminate;
    expect(afterQuiet(119)).toEqual([]);
    expect(afterQuiet(120)).toMatchObject([{ instanceId: 'i-1', because: 'surplus' }]);
    expect([afterQuiet(139, 'auto').length, afterQuiet(140, 'auto').length]).toEqual([0, 1]);
  });

  it('scales nothing in while the queue cannot be read, and keeps the minimum', () => {
    const pool = aPool({ capacity: { min: 3, max: 9 } });
    const queue = { status: 'unknown', error: 'answered HTML' } as const;
    const workers = { 'i-1': longIdle };
    const observation = anObservation({ queue, groups: [groupOf([idle()])] });
    const { decision } = decide(pool, observation, aMemory({ workers }));
    expect(decision).toMatchObject({ target: 3, drain: [], terminate: [] });
  });
});
