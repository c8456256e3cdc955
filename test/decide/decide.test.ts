import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Observation } from '../../scaler/decide/observation.ts';
import {
  aChoice,
  aGroup,
  aHeartbeat,
  aMemory,
  anObservation,
  anOffering,
  aPool,
  aPriceCap,
  aSpotMarket,
  aWorker,
  aWorkerMemory,
  known,
  now,
} from './situations.ts';

/** Slots that a lone spot group is told to have. */
function desired(observation: Partial<Observation>, pool = aPool(), memory = aMemory()): number {
  const { decision } = decide(pool, anObservation(observation), memory);
  return decision.groups[0]!.desiredCapacity;
}

function kinds(observation: Partial<Observation>, pool = aPool(), memory = aMemory()): string[] {
  const { decision } = decide(pool, anObservation(observation), memory);
  return decision.reasons.map(({ kind }) => kind);
}

describe('scale-out', () => {
  it('asks for one slot per waiting task when nothing is there', () => {
    expect(desired({ queue: known(5) })).toBe(5);
  });

  it('asks for nothing when nothing waits', () => {
    expect(desired({})).toBe(0);
    expect(kinds({})).toContain('steady');
  });

  it('does not ask twice for what is requested, booting or idle', () => {
    const workers = [
      aWorker({ instanceId: 'i-1', launchedAt: now - 20 }),
      aWorker({ instanceId: 'i-2', heartbeat: aHeartbeat() }),
    ];
    const group = aGroup({ desiredCapacity: 4, workers });
    expect(desired({ queue: known(4), groups: [group] })).toBe(4);
  });

  it('does not count a booted worker that never spoke', () => {
    const workers = [aWorker({ launchedAt: now - 2_000 })];
    const group = aGroup({ desiredCapacity: 1, workers });
    const { decision } = decide(aPool(), anObservation({ queue: known(1), groups: [group] }), null);
    expect(decision.terminate).toMatchObject([{ because: 'missing' }]);
    expect(decision.groups[0]!.desiredCapacity).toBe(1);
    expect(decision.capacity).toMatchObject({ lost: 1, booting: 0 });
  });

  it('stays within the maximum and says so', () => {
    const pool = aPool({ capacity: { min: 0, max: 3 } });
    expect(desired({ queue: known(9) }, pool)).toBe(3);
    expect(kinds({ queue: known(9) }, pool)).toContain('maximum');
  });

  it('keeps the minimum and says so', () => {
    const pool = aPool({ capacity: { min: 2, max: 3 } });
    expect(desired({}, pool)).toBe(2);
    expect(kinds({}, pool)).toContain('minimum');
  });

  it('leaves tasks to slots that come free before they are due', () => {
    const workers = Array.from({ length: 50 }, (_, index) =>
      aWorker({ instanceId: `i-${index}`, heartbeat: aHeartbeat({ busySlots: 1 }) }),
    );
    const group = aGroup({ desiredCapacity: 50, workers });
    const pool = aPool({ wait: 600 });
    expect(desired({ queue: known(10, 50), groups: [group] }, pool)).toBe(50);
    expect(kinds({ queue: known(10, 50), groups: [group] }, pool)).toContain('absorbed');
  });
});

describe('missing or stale input', () => {
  const idle = aWorker({ heartbeat: aHeartbeat({ at: now - 1 }) });
  const memory = aMemory({
    workers: { [idle.instanceId]: aWorkerMemory({ idleSince: now - 9_999 }) },
  });
  const group = aGroup({ desiredCapacity: 1, workers: [idle] });

  it('scales in when the queue is known to be empty', () => {
    const { decision } = decide(aPool(), anObservation({ groups: [group] }), memory);
    expect(decision.drain).toMatchObject([{ because: 'surplus' }]);
  });

  it.each([
    ['unknown', { status: 'unknown', error: 'timed out' }],
    ['stale', known(0, 0, { readAt: now - 600 })],
  ] as const)('holds while the queue is %s', (_, queue) => {
    const { decision } = decide(aPool(), anObservation({ groups: [group], queue }), memory);
    expect(decision.drain).toEqual([]);
    expect(decision.groups[0]!.desiredCapacity).toBe(1);
    expect(decision.reasons[0]).toMatchObject({ kind: 'queue-unknown' });
  });

  it('names a region that did not answer and goes on with the others', () => {
    const pool = aPool({ regions: ['eu-west-1', 'us-east-1'] });
    const seen = { queue: known(2), unreachableRegions: ['us-east-1'] };
    expect(desired(seen, pool)).toBe(2);
    expect(kinds(seen, pool)).toContain('region-unreachable');
  });
});

describe('scale-in', () => {
  const worker = aWorker({ heartbeat: aHeartbeat({ at: now - 1 }) });
  const group = aGroup({ desiredCapacity: 1, workers: [worker] });
  const remembered = (change: object) =>
    aMemory({
      workers: { [worker.instanceId]: aWorkerMemory({ idleSince: now - 9_999, ...change }) },
    });

  it('waits for the idle time', () => {
    const memory = remembered({ idleSince: now - 20 });
    const { decision } = decide(aPool(), anObservation({ groups: [group] }), memory);
    expect(decision.drain).toEqual([]);
    expect(decision.reasons).toContainEqual({
      kind: 'surplus-kept',
      slots: 1,
      because: 'idle-time',
    });
  });

  it('ends a worker only after it confirmed that it is free and takes nothing', () => {
    const memory = remembered({ drainingSince: now - 20 });
    const still = aGroup({
      desiredCapacity: 1,
      workers: [{ ...worker, heartbeat: aHeartbeat({ taking: true }) }],
    });
    expect(decide(aPool(), anObservation({ groups: [still] }), memory).decision.terminate).toEqual(
      [],
    );
    const confirmed = aGroup({
      desiredCapacity: 1,
      workers: [{ ...worker, heartbeat: aHeartbeat({ taking: false }) }],
    });
    const { decision } = decide(aPool(), anObservation({ groups: [confirmed] }), memory);
    expect(decision.terminate).toMatchObject([{ because: 'drained' }]);
    expect(decision.groups[0]!.desiredCapacity).toBe(0);
  });

  it('never goes below the minimum', () => {
    const pool = aPool({ capacity: { min: 1, max: 3 } });
    const { decision } = decide(pool, anObservation({ groups: [group] }), remembered({}));
    expect(decision.drain).toEqual([]);
  });

  it('takes a draining worker back when it is needed again', () => {
    const draining = aGroup({
      desiredCapacity: 1,
      workers: [{ ...worker, heartbeat: aHeartbeat({ taking: false }) }],
    });
    const seen = anObservation({ groups: [draining], queue: known(1) });
    const { decision, memory } = decide(aPool(), seen, remembered({ drainingSince: now - 20 }));
    expect(decision.reasons).toContainEqual({
      kind: 'drain-cancelled',
      instanceId: worker.instanceId,
    });
    expect(decision.terminate).toEqual([]);
    expect(memory.workers[worker.instanceId]?.drainingSince).toBeNull();
  });

  it('gives up what is not yet there first', () => {
    const short = aGroup({ desiredCapacity: 4, workers: [worker] });
    const { decision } = decide(aPool(), anObservation({ groups: [short] }), remembered({}));
    expect(decision.groups[0]!.desiredCapacity).toBe(1);
    expect(decision.reasons).toContainEqual({
      kind: 'unfulfilled-dropped',
      group: group.name,
      slots: 3,
    });
  });
});

describe('offerings', () => {
  const pool = aPool({
    instances: [
      aChoice({ type: 'a.large', capacity: 2, utility: 2 }),
      aChoice({ type: 'b.large', capacity: 2, utility: 4 }),
    ],
  });
  const offerings = [
    anOffering({ instanceType: 'a.large', price: 0.1 }),
    anOffering({ instanceType: 'b.large', price: 0.18 }),
  ];

  it('offers the cheapest per utility first, weighted by capacity', () => {
    const { decision } = decide(pool, anObservation({ offerings, queue: known(4) }), null);
    expect(decision.groups[0]!.overrides).toEqual([
      { instanceType: 'b.large', weight: 2 },
      { instanceType: 'a.large', weight: 2 },
    ]);
  });

  it('leaves out types above the max price and caps the group per weighted unit', () => {
    const capped = aPool({
      instances: pool.instances,
      market: aSpotMarket({ price: aPriceCap({ maxPrice: 0.15 }) }),
    });
    const { decision } = decide(capped, anObservation({ offerings, queue: known(4) }), null);
    expect(decision.groups[0]).toMatchObject({
      overrides: [{ instanceType: 'a.large', weight: 2 }],
      spotMaxPrice: 0.075,
    });
    expect(decision.reasons).toContainEqual({
      kind: 'offering-rejected',
      because: 'above-max-price',
      offerings: 1,
    });
  });

  it('changes nothing about a group when no offering has a price', () => {
    const none = [anOffering({ price: null })];
    const { decision } = decide(aPool(), anObservation({ offerings: none, queue: known(1) }), null);
    expect(decision.groups[0]).toMatchObject({ overrides: null, desiredCapacity: 0 });
    expect(decision.reasons.map(({ kind }) => kind)).toContain('no-offering');
  });
});

describe('what nobody is blamed for', () => {
  const idle = aWorker({ heartbeat: aHeartbeat({ at: now - 1 }) });

  it('tasks that waited before the queue was out of sight', () => {
    const memory = aMemory({
      pendingSince: now - 9_000,
      waiting: [{ arrivedAt: now - 9_000, tasks: 1 }],
      workers: { [idle.instanceId]: aWorkerMemory({ idleSince: now - 9_000 }) },
    });
    const groups = [aGroup({ desiredCapacity: 1, workers: [idle] })];
    const away = { groups, queue: { status: 'unknown', error: 'timed out' } } as const;
    const first = decide(aPool(), anObservation(away), memory);
    expect(first.decision.capacity).toMatchObject({ idle: 1, lost: 0 });
    const again = decide(aPool(), anObservation({ groups, queue: known(1) }), first.memory);
    expect(again.decision.capacity).toMatchObject({ idle: 1, lost: 0 });
  });

  it('a spot worker that was ending when it was first seen', () => {
    const ending = aWorker({ phase: 'terminating', heartbeat: aHeartbeat() });
    const seen = anObservation({ groups: [aGroup({ workers: [ending] })] });
    const first = decide(aPool(), seen, aMemory());
    const second = decide(aPool(), seen, first.memory);
    const gone = decide(aPool(), anObservation(), second.memory);
    for (const { decision, memory } of [first, second, gone]) {
      expect(decision.reasons.map(({ kind }) => kind)).not.toContain('interrupted');
      expect(memory.refusals).toEqual({});
    }
  });
});
