/**
 * The pains of other systems' users that come from missing capacity, prices and limits: one row
 * each, by system and issue.
 */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { LaunchFailure, Observation } from '../../scaler/decide/observation.ts';
import { type Case, desired } from './deciding.ts';
import {
  aChoice,
  aGroup,
  aGroupOf,
  aMemory,
  anObservation,
  anOffering,
  anOnDemandGroup,
  anOnDemandOffering,
  aPool,
  aPriceCap,
  aSpotMarket,
  busyWorkers,
  idleWorkers,
  known,
  longTasks,
  now,
  remembered,
} from './situations.ts';

const both = [aGroup(), anOnDemandGroup()];
const bothOffered = [anOffering(), anOnDemandOffering()];

/** A decision on a pool that may use spot and on-demand. */
function decideOn(seen: Partial<Observation>, { pool = aPool(), memory = aMemory() }: Case = {}) {
  const observation = anObservation({ groups: both, offerings: bothOffered, ...seen });
  return decide(pool, observation, memory);
}

function _kinds({ decision }: ReturnType<typeof decide>): readonly string[] {
  return decision.reasons.map(({ kind }) => kind);
}

function _failure(change: Partial<LaunchFailure> = {}): LaunchFailure {
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

const limits: Readonly<Record<string, () => void>> = {
  'Buildkite scaler #34: factor x jobs above MaxSize is clamped': () => {
    const pool = aPool({ capacity: { min: 0, max: 10 }, scaling: { kind: 'ratio', ratio: -0.5 } });
    // 30 pending + round(0.5 x 4 running) = 32 more; 10 in all are allowed.
    const groups = [aGroupOf(busyWorkers(4), { max: 10 })];
    expect(desired(decideOn({ queue: known(30, 4), groups }, { pool }))).toEqual([10]);
  },

  'github-aws-runners #3469: no group passes its own maximum, nor the pool its': () => {
    const pool = aPool({ capacity: { min: 0, max: 8 } });
    const groups = [aGroup({ max: 5 })];
    const made = decideOn({ queue: known(20), groups }, { pool });
    expect(desired(made)).toEqual([5]);
    expect(made.decision.reasons).toContainEqual({ kind: 'maximum', from: 20, to: 8 });
    expect(made.decision.reasons).toContainEqual({
      ...{ kind: 'group-maximum', group: 'ci-linux-spot', from: 8, to: 5 },
    });
  },

  'github-aws-runners #3105: tasks above the maximum wait for room and are not lost': () => {
    const pool = aPool({ capacity: { min: 0, max: 4 }, market: { kind: 'on-demand' } });
    const full = [anOnDemandGroup({ desiredCapacity: 4, workers: busyWorkers(4) })];
    const memory = aMemory({ claimed: 4, taskDuration: longTasks });
    const first = decideOn({ queue: known(6, 4), groups: full }, { pool, memory });
    expect(desired(first)).toEqual([4]);
    const room = [anOnDemandGroup({ desiredCapacity: 1, workers: busyWorkers(1) })];
    const at = now + 10;
    const seen = { at, queue: known(6, 1, { readAt: at }), groups: room };
    expect(desired(decideOn(seen, { pool, memory: first.memory }))).toEqual([4]);
  },

  'Karpenter aws #9175: 500 are wanted and 10 may be launched, so 10 are': () => {
    const pool = aPool({ capacity: { min: 0, max: 1_000 } });
    const groups = [aGroup({ max: 1_000 })];
    const made = decideOn({ queue: known(500), groups, allowance: 10 }, { pool });
    expect(desired(made)).toEqual([10]);
    expect(made.decision.reasons).toContainEqual({ kind: 'launch-limit', from: 500, to: 10 });
  },

  'release-services #1129: a maximum price is that of an instance, whatever its utility': () => {
    const pool = aPool({
      instances: [aChoice({ type: 'a.4xlarge', capacity: 4, utility: 4 })],
      market: aSpotMarket({ price: aPriceCap({ maxPrice: 0.3 }) }),
    });
    const priced = (price: number) => [anOffering({ instanceType: 'a.4xlarge', price })];
    const accepted = decideOn({ queue: known(4), offerings: priced(0.3) }, { pool });
    expect(accepted.decision.groups[0]).toMatchObject({
      ...{ overrides: [{ instanceType: 'a.4xlarge', weight: 4 }], spotMaxPrice: 0.075 },
    });
    const refused = decideOn({ queue: known(4), offerings: priced(0.301) }, { pool });
    expect(overrides(refused)).toEqual([]);
  },

  'aws-provisioner HEAD: one type above its maximum price does not end the search': () => {
    const pool = aPool({
      instances: [aChoice({ type: 'a.large', maxPrice: 0.05 }), aChoice({ type: 'b.large' })],
    });
    const seen = { queue: known(2), offerings: twoOffered, groups: [aGroup()] };
    const made = decideOn(seen, { pool });
    expect(overrides(made)).toEqual(['b.large']);
    expect(desired(made)).toEqual([2]);
  },

  'AutoSpotting #401: capacity that was interrupted is replaced in the next decision': () => {
    const [lost, ...stay] = busyWorkers(3);
    const memory = aMemory({
      ...{ claimed: 3, taskDuration: longTasks },
      workers: remembered([lost!, ...stay]),
    });
    const offerings = [anOffering(), anOffering({ zone: 'eu-west-1b' })];
    const seen = { queue: known(1, 2), offerings, groups: [aGroupOf(stay)] };
    const made = decideOn(seen, { memory });
    expect(desired(made)).toEqual([3]);
    expect(made.decision.reasons).toContainEqual({
      ...{ kind: 'interrupted', instanceId: 'busy-1', instanceType: 'c6i.xlarge' },
    });
  },

  'Karpenter aws #7344: a cheaper type ends no worker that is of use': () => {
    const dear = busyWorkers(2, { instanceType: 'b.large' });
    const free = idleWorkers(1, { instanceType: 'b.large' });
    const offerings = [
      anOffering({ instanceType: 'a.large', price: 0.01 }),
      anOffering({ instanceType: 'b.large', price: 1 }),
    ];
    const memory = aMemory({
      ...{ claimed: 2, taskDuration: longTasks },
      workers: remembered(free, { idleSince: now - 9_000 }),
    });
    const groups = [aGroupOf([...dear, ...free])];
    const made = decideOn({ queue: known(1, 2), offerings, groups }, { pool: twoTypes, memory });
    expect(made.decision.drain).toEqual([]);
    expect(made.decision.terminate).toEqual([]);
    expect(desired(made)).toEqual([3]);
  },
};

describe('limits and prices', () => {
  it.each(Object.entries(limits))('%s', (_, check) => check());
});
