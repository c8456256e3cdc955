/**
 * The pains of other systems' users that come from missing capacity, prices and limits: one row
 * each, by system and issue.
 */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { LaunchFailure, Observation } from '../../scaler/decide/observation.ts';
import { type Case, desired, kinds } from './deciding.ts';
import {
  aChoice,
  aGroup,
  aMemory,
  anObservation,
  anOffering,
  anOnDemandGroup,
  anOnDemandOffering,
  aPool,
  aSpotMarket,
  busyWorkers,
  known,
  longTasks,
  noSpot,
  now,
  remembered,
} from './situations.ts';
import { afterDecision, later } from './world-model.ts';

const both = [aGroup(), anOnDemandGroup()];
const bothOffered = [anOffering(), anOnDemandOffering()];

/** A decision on a pool that may use spot and on-demand. */
function decideOn(seen: Partial<Observation>, { pool = aPool(), memory = aMemory() }: Case = {}) {
  const observation = anObservation({ groups: both, offerings: bothOffered, ...seen });
  return decide(pool, observation, memory);
}

function failure(change: Partial<LaunchFailure> = {}): LaunchFailure {
  return {
    ...{ at: now - 5, region: 'eu-west-1', market: 'spot', cause: 'no-capacity' },
    ...{ instanceType: null, zone: null, ...change },
  };
}

const twoTypes = aPool({
  instances: [aChoice({ type: 'a.large' }), aChoice({ type: 'b.large' })],
});
const twoOffered = [
  anOffering({ instanceType: 'a.large', price: 0.1 }),
  anOffering({ instanceType: 'b.large', price: 0.105 }),
];

function overrides({ decision }: ReturnType<typeof decide>): readonly string[] {
  return decision.groups[0]!.overrides?.map(({ instanceType }) => instanceType) ?? [];
}

const fallback: Readonly<Record<string, () => void>> = {
  'Buildkite stack #1296: what spot does not deliver in time is asked of on-demand': () => {
    const waiting = (since: number) =>
      aMemory({ spotDelivery: { waitingSince: since, onDemandUntil: null, times: 0 } });
    const groups = [aGroup({ desiredCapacity: 5 }), anOnDemandGroup()];
    const seen = { queue: known(5), groups };
    expect(desired(decideOn(seen, { memory: waiting(now - 299) }))).toEqual([5, 0]);
    expect(desired(decideOn(seen, { memory: waiting(now - 300) }))).toEqual([0, 5]);
  },

  'SkyPilot #656: a fallback leaves no duplicate behind': () => {
    const memory = aMemory({ refusals: noSpot(now + 60) });
    const seen = { queue: known(5), groups: [aGroup({ desiredCapacity: 5 }), anOnDemandGroup()] };
    const made = decideOn(seen, { memory });
    expect(desired(made)).toEqual([0, 5]);
    expect(made.decision.target).toBe(5);
  },

  'Karpenter aws #5789: MaxSpotInstanceCountExceeded falls back to on-demand': () => {
    const launchFailures = [failure({ cause: 'quota' })];
    const made = decideOn({ queue: known(5), launchFailures });
    expect(desired(made)).toEqual([0, 5]);
    expect(made.decision.reasons).toContainEqual({
      ...{ kind: 'offering-rejected', because: 'quota', offerings: 1 },
    });
  },

  'RunsOn #88: MaxFleetCountExceeded on on-demand too leaves the tasks demanded': () => {
    const launchFailures = [
      failure({ cause: 'quota' }),
      failure({ cause: 'quota', market: 'on-demand' }),
    ];
    const made = decideOn({ queue: known(5), launchFailures });
    expect(desired(made)).toEqual([0, 0]);
    expect(kinds(made)).toContain('no-offering');
    expect(made.decision.reasons).toContainEqual(
      expect.objectContaining({ kind: 'demand', pending: 5, slots: 5 }),
    );
  },

  'Karpenter aws #5743, #8224: back to spot once it may deliver again': () => {
    const delivery = { waitingSince: null, onDemandUntil: now, times: 1 };
    const onDemand = busyWorkers(5, { launchedAt: now - 500 });
    const groups = [aGroup(), anOnDemandGroup({ desiredCapacity: 5, workers: onDemand })];
    const memory = aMemory({
      ...{ spotDelivery: delivery, claimed: 5, taskDuration: longTasks },
      workers: remembered(onDemand, { market: 'on-demand' }),
    });
    const made = decideOn({ queue: known(3, 5), groups }, { memory });
    expect(desired(made)).toEqual([3, 5]);
    expect(made.decision.drain).toEqual([]);
  },

  'cluster-autoscaler #3241: a dry spot group is given up in 5 minutes, not in 15': () => {
    let seen = anObservation({ queue: known(4), groups: both, offerings: bothOffered });
    let memory: Memory | null = null;
    const onDemandAt: number[] = [];
    for (let second = 0; second <= 360; second += 60) {
      const made = decide(aPool({ wait: 30 }), seen, memory);
      if (desired(made)[1]! > 0) onDemandAt.push(second);
      memory = made.memory;
      seen = later(afterDecision(seen, made.decision), 60);
    }
    // Asked for at 0 s, seen to be outstanding from 60 s on, so 300 s later.
    expect(onDemandAt).toEqual([360]);
  },

  'cluster-autoscaler PR #4489: a failed launch is heeded at once': () => {
    const groups = [aGroup({ desiredCapacity: 4 }), anOnDemandGroup()];
    const made = decideOn({ queue: known(4), groups, launchFailures: [failure()] });
    expect(desired(made)).toEqual([0, 4]);
  },

  'jenkins ec2-fleet #130: spot that costs more than on-demand is not bought': () => {
    const offerings = [anOffering({ price: 0.31, onDemandPrice: 0.3 }), anOnDemandOffering()];
    expect(desired(decideOn({ queue: known(2), offerings }))).toEqual([0, 2]);
  },

  'RunsOn #399: no fallback where the pool does not want one': () => {
    const pool = aPool({ market: aSpotMarket({ onDemandAfter: null }) });
    const made = decideOn({ queue: known(5), launchFailures: [failure()] }, { pool });
    expect(desired(made)).toEqual([0, 0]);
    expect(kinds(made)).toContain('no-offering');
  },

  'RunsOn #73, #543: a task that no offering can serve is asked for again, not forgotten': () => {
    const pool = aPool({ market: aSpotMarket({ onDemandAfter: null }) });
    const seen = anObservation({ queue: known(5), launchFailures: [failure()] });
    const first = decide(pool, seen, aMemory());
    expect(first.decision.target).toBe(0);
    const soon = later(afterDecision(seen, first.decision), 170);
    const second = decide(pool, soon, first.memory);
    expect(second.decision.target).toBe(0);
    // The refusal of now - 5 s lasts 180 s.
    const third = decide(pool, later(soon, 10), second.memory);
    expect(third.decision.target).toBe(5);
  },

  'AutoSpotting #375: a raised on-demand base has effect': () => {
    const pool = aPool({ market: aSpotMarket({ onDemandBase: 3 }) });
    expect(desired(decideOn({ queue: known(5) }, { pool }))).toEqual([2, 3]);
  },
};

const memoryOfCapacity: Readonly<Record<string, () => void>> = {
  'worker-manager #6817: a type without capacity is left alone, longer each time': () => {
    const failed = (at: number) => failure({ at, instanceType: 'a.large' });
    const seen = { queue: known(2), offerings: twoOffered, groups: [aGroup()] };
    const first = decideOn({ ...seen, launchFailures: [failed(now)] }, { pool: twoTypes });
    expect(overrides(first)).toEqual(['b.large']);
    const key = 'eu-west-1/spot/a.large/*';
    expect(first.memory.refusals[key]).toMatchObject({ until: now + 180, times: 1 });
    const again = anObservation({ ...seen, at: now + 200, launchFailures: [failed(now + 200)] });
    const second = decide(twoTypes, again, first.memory);
    expect(second.memory.refusals[key]).toMatchObject({ until: now + 200 + 360, times: 2 });
  },

  'aws-provisioner a09471d: the cheapest is chosen again once it may have capacity': () => {
    const refusals = (until: number): Memory['refusals'] => ({
      'eu-west-1/spot/a.large/*': { cause: 'no-capacity', at: until - 180, until, times: 1 },
    });
    const seen = { queue: known(2), offerings: twoOffered, groups: [aGroup()] };
    const out = aMemory({ refusals: refusals(now + 1) });
    expect(overrides(decideOn(seen, { pool: twoTypes, memory: out }))).toEqual(['b.large']);
    const back = aMemory({ refusals: refusals(now) });
    expect(overrides(decideOn(seen, { pool: twoTypes, memory: back }))).toEqual([
      ...['a.large', 'b.large'],
    ]);
  },

  'worker-manager #8176: the only type of a pool is tried again after its back-off': () => {
    const memory = aMemory({ refusals: noSpot(now) });
    expect(desired(decideOn({ queue: known(3), groups: [aGroup()] }, { memory }))).toEqual([3]);
  },

  'AutoSpotting #293: a type that is interrupted three times is left alone for 30 minutes': () => {
    const lost = busyWorkers(3, { instanceType: 'a.large' });
    const memory = aMemory({
      claimed: 3,
      workers: remembered(lost),
    });
    const seen = { queue: known(3), offerings: twoOffered, groups: [aGroup()] };
    const made = decideOn(seen, { pool: twoTypes, memory });
    expect(overrides(made)).toEqual(['b.large']);
    expect(made.memory.refusals['eu-west-1/spot/a.large/*']).toMatchObject({
      ...{ cause: 'interrupted', until: now + 1_800 },
    });
  },

  'Karpenter aws #4026: a type that is interrupted often costs more than its price': () => {
    const often = { watched: 3_600_000, interruptions: 1_000, at: now, latest: [] };
    const memory = aMemory({ interruptions: { 'eu-west-1': { 'a.large': often } } });
    // 1,000 in 1,000 h: 0.0025 a second x 420 s of task and boot = 11 % more; b is 5 % dearer.
    const seen = { queue: known(2), offerings: twoOffered, groups: [aGroup()] };
    expect(overrides(decideOn(seen, { pool: twoTypes, memory }))).toEqual(['b.large', 'a.large']);
  },

  'cluster-autoscaler #5271: a region whose reads are throttled is not backed off': () => {
    const pool = aPool({ regions: ['eu-west-1', 'us-east-1'] });
    const groups = [aGroup({ region: 'us-east-1' })];
    const offerings = [anOffering(), anOffering({ region: 'us-east-1', price: 0.2 })];
    const seen = { queue: known(4), groups, offerings, unreachableRegions: ['eu-west-1'] };
    const made = decideOn(seen, { pool });
    expect(desired(made)).toEqual([4]);
    expect(made.memory.refusals).toEqual({});
    expect(kinds(made)).toContain('region-unreachable');
  },
};

describe('fallback', () => {
  it.each(Object.entries(fallback))('%s', (_, check) => check());
});

describe('memory of missing capacity', () => {
  it.each(Object.entries(memoryOfCapacity))('%s', (_, check) => check());
});
