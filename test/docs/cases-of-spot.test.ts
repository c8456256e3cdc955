/** Cases of docs/what-happens-when.md: spot, prices and regions. */
import { describe, expect, it } from 'vitest';
import type { Decided } from '../../scaler/decide/decide.ts';
import { decide } from '../../scaler/decide/decide.ts';
import type { LaunchFailure, Observation } from '../../scaler/decide/observation.ts';
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
} from '../decide/situations.ts';

const pool = aPool({
  wait: 60,
  instances: [aChoice({ type: 'cheap.large' }), aChoice({ type: 'dear.large' })],
});
const cheap = anOffering({ instanceType: 'cheap.large', price: 0.1 });
const dear = anOffering({ instanceType: 'dear.large', price: 0.11 });
const onDemand = { name: 'ci-linux-ondemand', market: 'on-demand' } as const;
const both = [aGroup(), aGroup(onDemand)];
const offerings = [cheap, dear, { ...cheap, market: 'on-demand' } as const];
const urgent = aMemory({ waiting: [{ arrivedAt: now - 60, tasks: 5 }] });

const failure = (change: Partial<LaunchFailure>): LaunchFailure => ({
  at: now,
  region: 'eu-west-1',
  market: 'spot',
  instanceType: null,
  zone: null,
  cause: 'no-capacity',
  ...change,
});
const later = (seconds: number, change: Partial<Observation>) =>
  anObservation({
    at: now + seconds,
    queue: known(5, 0, { readAt: now + seconds }),
    offerings,
    ...change,
  });
const desired = ({ decision }: Decided) =>
  Object.fromEntries(
    decision.groups.map(({ market, desiredCapacity }) => [market, desiredCapacity]),
  );
const types = ({ decision }: Decided) =>
  decision.groups[0]?.overrides?.map(({ instanceType }) => instanceType);

describe('spot', () => {
  it('leaves a type without capacity alone for three minutes and uses another', () => {
    const groups = [aGroup()];
    const launchFailures = [failure({ instanceType: 'cheap.large' })];
    const first = decide(pool, later(0, { groups, launchFailures }), urgent);
    expect(types(first)).toEqual(['dear.large']);
    expect(desired(first)).toEqual({ spot: 5 });
    expect(types(decide(pool, later(179, { groups }), first.memory))).toEqual(['dear.large']);
    expect(types(decide(pool, later(180, { groups }), first.memory))).toEqual([
      'cheap.large',
      'dear.large',
    ]);
  });

  it('moves what spot does not deliver in time to on-demand', () => {
    const groups = [aGroup({ desiredCapacity: 5 }), aGroup(onDemand)];
    const first = decide(pool, later(0, { groups }), urgent);
    expect(desired(first)).toEqual({ spot: 5, 'on-demand': 0 });
    const second = decide(pool, later(300, { groups }), first.memory);
    expect(desired(second)).toEqual({ spot: 0, 'on-demand': 5 });
  });

  it('moves to on-demand at once when a quota of spot is reached', () => {
    const launchFailures = [failure({ cause: 'quota' })];
    const decided = decide(pool, later(0, { groups: both, launchFailures }), urgent);
    expect(desired(decided)).toEqual({ spot: 0, 'on-demand': 5 });
    expect(decided.decision.reasons).toContainEqual(
      expect.objectContaining({ kind: 'on-demand-stands-in', because: 'no-spot-offering' }),
    );
  });

  it('asks spot again after the stand-in, and leaves busy on-demand workers alone', () => {
    const busy = aWorker({
      instanceId: 'i-1',
      instanceType: 'cheap.large',
      heartbeat: aHeartbeat({ busySlots: 1 }),
    });
    const groups = [aGroup(), aGroup({ ...onDemand, desiredCapacity: 1, workers: [busy] })];
    const spotDelivery = { waitingSince: null, onDemandUntil: now - 1, times: 1 };
    const decided = decide(pool, anObservation({ queue: known(5, 1), groups, offerings }), {
      ...urgent,
      claimed: 1,
      workers: { 'i-1': aWorkerMemory({ instanceType: 'cheap.large', market: 'on-demand' }) },
      spotDelivery,
    });
    expect(desired(decided)).toEqual({ spot: expect.any(Number), 'on-demand': 1 });
    expect(desired(decided).spot).toBeGreaterThan(0);
    expect([...decided.decision.drain, ...decided.decision.terminate]).toEqual([]);
  });

  it('leaves a type alone in its region after three interruptions in a quarter of an hour', () => {
    const worker = aWorkerMemory({ instanceType: 'cheap.large' });
    const memory = aMemory({
      ...urgent,
      workers: { 'i-1': worker, 'i-2': worker, 'i-3': worker },
    });
    const groups = [aGroup()];
    const first = decide(pool, later(0, { groups }), memory);
    expect(types(first)).toEqual(['dear.large']);
    expect(types(decide(pool, later(1_799, { groups }), first.memory))).toEqual(['dear.large']);
    expect(types(decide(pool, later(1_800, { groups }), first.memory))).toContain('cheap.large');
  });

  const busy = aWorker({ instanceType: 'cheap.large', heartbeat: aHeartbeat({ busySlots: 1 }) });
  const keepsOne = { ...pool, capacity: { min: 1, max: 10 } };
  const said = (kind: 'interruption' | 'rebalance') => {
    const { instanceId } = busy;
    const groups = [aGroup({ desiredCapacity: 1, workers: [busy] })];
    const warnings = [{ instanceId, at: now - 1, kind }];
    const memory = aMemory({
      ...{ claimed: 1, heard: true },
      workers: { [instanceId]: aWorkerMemory({ instanceType: 'cheap.large' }) },
    });
    const queue = known(0, 1);
    return decide(keepsOne, anObservation({ queue, groups, offerings, warnings }), memory);
  };

  it('asks for another worker as soon as EC2 gives notice, and no more of the one', () => {
    const decided = said('interruption');
    const { decision } = decided;
    expect(decision.capacity).toMatchObject({ busy: 0, draining: 1 });
    expect(decision.groups[0]).toMatchObject({ addedSlots: 1 });
    expect(types(decided)).toEqual(['dear.large']);
    expect(decision.drain).toMatchObject([{ because: 'interruption' }]);
  });

  it('drains a worker that EC2 advises to replace, busy or not', () => {
    const { decision } = said('rebalance');
    expect(decision.groups[0]).toMatchObject({ addedSlots: 1 });
    expect(decision.drain).toMatchObject([{ because: 'rebalance' }]);
    expect(decision.terminate).toEqual([]);
  });

  it('replaces an interrupted worker in the decision that sees it gone', () => {
    const memory = aMemory({
      claimed: 1,
      heard: true,
      workers: { 'i-1': aWorkerMemory({ instanceType: 'cheap.large' }) },
    });
    const queue = known(1, 0, { oldestPendingAge: 60 });
    const decided = decide(pool, anObservation({ queue, offerings }), memory);
    expect(decided.decision.groups[0]?.addedSlots).toBe(1);
    expect(decided.decision.reasons).toContainEqual(
      expect.objectContaining({ kind: 'interrupted', instanceId: 'i-1' }),
    );
  });

  it('hands the demand of a region that does not answer to the others at once', () => {
    const regions = ['eu-west-1', 'us-east-1'];
    const observation = later(0, { groups: [aGroup()], unreachableRegions: ['us-east-1'] });
    const decided = decide({ ...pool, regions }, observation, urgent);
    expect(desired(decided)).toEqual({ spot: 5 });
    expect(decided.decision.reasons).toContainEqual({
      kind: 'region-unreachable',
      region: 'us-east-1',
    });
  });

  it('leaves out a type above its cap, and keeps the others', () => {
    const capped = {
      ...pool,
      market: aSpotMarket({ price: aPriceCap({ maxPrice: 0.105 }) }),
    };
    const decided = decide(capped, later(0, { groups: [aGroup()] }), urgent);
    expect(types(decided)).toEqual(['cheap.large']);
    expect(decided.decision.reasons).toContainEqual({
      kind: 'offering-rejected',
      because: 'above-max-price',
      offerings: 1,
    });
  });

  it('replaces no running worker for a lower price', () => {
    const busy = aWorker({ instanceType: 'dear.large', heartbeat: aHeartbeat({ busySlots: 1 }) });
    const groups = [aGroup({ desiredCapacity: 1, workers: [busy] })];
    const offers = [{ ...cheap, price: 0.01 }, dear];
    const { decision } = decide(
      pool,
      anObservation({ queue: known(0, 1), groups, offerings: offers }),
      aMemory({ claimed: 1 }),
    );
    expect(decision).toMatchObject({ target: 1, drain: [], terminate: [] });
  });

  it('starts nothing where no price is known, and says so', () => {
    const unknown = { ...cheap, price: null, priceSource: 'none' } as const;
    const observation = later(0, { groups: [aGroup()], offerings: [unknown] });
    const decided = decide(pool, observation, urgent);
    expect(desired(decided)).toEqual({ spot: 0 });
    expect(decided.decision.reasons).toContainEqual({ kind: 'no-offering', market: 'spot' });
  });
});
