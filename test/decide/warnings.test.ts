import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Observation, WorkerWarning } from '../../scaler/decide/observation.ts';
import { decideOn, desired, letGo } from './deciding.ts';
import {
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  anOffering,
  aPool,
  busyWorkers,
  idleWorkers,
  known,
  now,
  remembered,
  workers,
} from './situations.ts';

const interruption = (instanceId: string, at = now - 1): WorkerWarning => ({
  instanceId,
  at,
  kind: 'interruption',
});
const rebalance = (instanceId: string): WorkerWarning => ({
  ...interruption(instanceId),
  kind: 'rebalance',
});

/** One of two workers runs the one task; the pool keeps two. */
const kept = aPool({ capacity: { min: 2, max: 10 } });
const [busy] = busyWorkers(1);
const [idle] = idleWorkers(1);
const pair = [busy!, idle!];
const memory = aMemory({ heard: true, claimed: 1, workers: remembered(pair) });

/** The worker's own zone is left alone then. */
const offerings = [anOffering(), anOffering({ zone: 'eu-west-1b' })];

function warned(...warnings: readonly WorkerWarning[]) {
  const seen: Partial<Observation> = {
    queue: known(0, 1),
    groups: [aGroupOf(pair)],
    warnings,
    offerings,
  };
  return decideOn(seen, { pool: kept, memory });
}

/** The look after, ten seconds later. */
const later = (memory: Memory, seen: Partial<Observation>) =>
  decide(kept, anObservation({ at: now + 10, offerings, ...seen }), memory);

describe('what EC2 says of a worker that it may end', () => {
  it.each([
    ['notice', interruption('busy-1')],
    ['advice', rebalance('busy-1')],
  ])('%s: the worker finishes what it has, and another is asked for at once', (_, warning) => {
    const decided = warned(warning);
    expect(letGo(decided)).toEqual([`busy-1 ${warning.kind}`]);
    expect(decided.decision.capacity).toMatchObject({ draining: 1, idle: 1, busy: 0 });
    expect(decided.decision.groups[0]?.addedSlots).toBe(1);
    expect(decided.memory.workers['busy-1']).toMatchObject({ drainingSince: now });
    expect(letGo(warned())).toEqual([]);
    expect(desired(warned())).toEqual([2]);
  });

  it('asks once, and replaces once', () => {
    const first = warned(interruption('busy-1'));
    const replacement = workers(1, { phase: 'pending', launchedAt: now + 5 }, 'new');
    const groups = [aGroupOf([...pair, ...replacement])];
    const again = later(first.memory, { queue: known(0, 1), groups });
    expect(letGo(again)).toEqual([]);
    expect(desired(again)).toEqual([3]);
  });

  it('ends it once it is free, and lowers what the group is to have', () => {
    const first = warned(interruption('busy-1'));
    const done = { ...busy!, heartbeat: aHeartbeat({ at: now + 8, busySlots: 0, taking: false }) };
    const replacement = workers(1, { phase: 'pending', launchedAt: now + 5 }, 'new');
    const groups = [aGroupOf([done, idle!, ...replacement])];
    const fresh = { ...first.memory.workers['busy-1']!, idleSince: now + 2, drainingSince: now };
    const memory = { ...first.memory, workers: { ...first.memory.workers, 'busy-1': fresh } };
    const ended = later(memory, { queue: known(0, 0), groups });
    expect(letGo(ended)).toContain('busy-1 drained');
    expect(desired(ended)).toEqual([2]);
  });

  it('counts a notice as an interruption, and the end that follows as none', () => {
    const first = warned(interruption('busy-1'));
    expect(first.decision.reasons).toContainEqual({
      ...{ kind: 'interrupted', instanceId: 'busy-1', instanceType: 'c6i.xlarge' },
    });
    const counted = (memory: Memory) => memory.interruptions['eu-west-1']?.['c6i.xlarge'];
    expect(counted(first.memory)?.latest).toEqual([now]);
    const told = later(first.memory, {
      queue: known(0, 0),
      groups: [aGroupOf([idle!])],
      warnings: [interruption('busy-1', now - 1)],
    });
    expect(counted(told.memory)?.latest).toEqual([now]);
    expect(told.decision.reasons.map(({ kind }) => kind)).not.toContain('interrupted');
  });

  it('advice is no interruption, but its offering is left alone for a while', () => {
    const { memory, decision } = warned(rebalance('busy-1'));
    expect(memory.interruptions['eu-west-1']?.['c6i.xlarge']?.latest).toEqual([]);
    expect(decision.reasons.map(({ kind }) => kind)).not.toContain('interrupted');
    expect(Object.keys(memory.refusals)).toEqual(['eu-west-1/spot/c6i.xlarge/eu-west-1a']);
    const then = later(memory, { groups: [aGroupOf(pair)], warnings: [interruption('busy-1')] });
    expect(then.memory.interruptions['eu-west-1']?.['c6i.xlarge']?.latest).toEqual([now + 10]);
  });

  it('a boot that EC2 takes back is an interruption and no failed boot', () => {
    const young = workers(1, { phase: 'pending', launchedAt: now - 20 });
    const booting = aMemory({ heard: true, workers: remembered(young, { heardAt: null }) });
    const seen = { groups: [aGroupOf(young)], warnings: [interruption('i-1')] };
    const { memory, decision } = decideOn(seen, { memory: booting });
    expect(decision.capacity).toMatchObject({ booting: 0, draining: 1 });
    const gone = decide(aPool(), anObservation({ at: now + 130 }), memory);
    expect(gone.memory.failedBoots).toEqual([]);
    expect(gone.memory.interruptions['eu-west-1']?.['c6i.xlarge']?.latest).toEqual([now]);
  });

  it('a worker that does not speak works on until its notice', () => {
    const silent = aPool({ heartbeats: false });
    const list = workers(1);
    const memory = aMemory({ claimed: 1, workers: remembered(list, { heardAt: null }) });
    const seen = { queue: known(0, 1), groups: [aGroupOf(list)] };
    const options = { pool: silent, memory };
    const advised = decideOn({ ...seen, warnings: [rebalance('i-1')] }, options);
    expect(advised.decision.capacity).toMatchObject({ busy: 1, draining: 0 });
    const noticed = decideOn({ ...seen, warnings: [interruption('i-1')] }, options);
    expect(noticed.decision.capacity).toMatchObject({ busy: 0, draining: 1 });
    expect(letGo(noticed)).toEqual([]);
  });

  it('a notice that nothing came of counts no more after ten minutes', () => {
    const silent = aPool({ heartbeats: false });
    const list = workers(1);
    const of = (at: number) => {
      const warning = { at, kind: 'interruption' as const };
      const workers = remembered(list, { heardAt: null, ended: true, warning });
      const seen = { queue: known(0, 1), groups: [aGroupOf(list)] };
      return decideOn(seen, { pool: silent, memory: aMemory({ claimed: 1, workers }) });
    };
    expect(of(now - 600).decision.capacity.draining).toBe(1);
    expect(of(now - 601).decision.capacity).toMatchObject({ busy: 1, draining: 0 });
  });

  it('advice is not heeded where the group would refuse to end the worker', () => {
    const groups = [aGroupOf(pair, { terminateSuspended: true })];
    const seen = { queue: known(0, 1), groups, warnings: [rebalance('busy-1')] };
    const decided = decideOn(seen, { pool: kept, memory });
    expect(decided.decision.capacity).toMatchObject({ busy: 1, idle: 1, draining: 0 });
    expect(letGo(decided)).toEqual([]);
  });

  it('does not call back a worker that EC2 takes', () => {
    const [draining] = idleWorkers(1);
    const workers = remembered([draining!], { drainingSince: now - 20 });
    const seen = {
      queue: known(1, 0, { oldestPendingAge: 100 }),
      groups: [aGroupOf([draining!])],
    };
    const memory = aMemory({ heard: true, workers });
    const kinds = (warnings: readonly WorkerWarning[]) =>
      decideOn({ ...seen, warnings }, { memory }).decision.reasons.map(({ kind }) => kind);
    expect(kinds([])).toContain('drain-cancelled');
    expect(kinds([interruption('idle-1')])).not.toContain('drain-cancelled');
  });

  it('of an unknown instance is no matter', () => {
    expect(warned(interruption('i-unknown'))).toEqual(warned());
  });
});
