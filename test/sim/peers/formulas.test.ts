/** The peers' formulas on cases worked out by hand from the sources that each peer names. */
import { describe, expect, it } from 'vitest';
import {
  type BuildkiteCounts,
  instancesRequired,
  scaledOut,
} from '../../../sim/peers/buildkite.ts';
import { surplusOf } from '../../../sim/peers/group-scale-in.ts';
import { nextReplicas, recommendation } from '../../../sim/peers/keda.ts';
import { mostCommonSize, smallestSize } from '../../../sim/peers/one-size.ts';
import { cheapestFirst, newRunners, stillQueued } from '../../../sim/peers/runner-per-job.ts';
import { peakTasks, staticSlots } from '../../../sim/peers/static-fleet.ts';
import {
  acceptableBacklog,
  backlogPerSlot,
  trackedCapacity,
} from '../../../sim/peers/target-tracking.ts';
import { leastBusy, targetCount } from '../../../sim/peers/target-value.ts';
import { cheapestBids, randomBids } from '../../../sim/peers/taskcluster-provisioner.ts';
import {
  capacityNeeded,
  overCapacity,
  slotsToSpawn,
  spawnPlan,
  weightOf,
} from '../../../sim/peers/worker-manager.ts';
import { randomStream } from '../../../sim/random.ts';
import { anInstance } from '../small-world.ts';
import { anOffering, aPeerWorker } from './peer-world.ts';

describe('static, at the peak', () => {
  it('counts the most tasks at once, one that ends as another begins not with it', () => {
    const tasks = [
      { at: 0, duration: 10 },
      { at: 4, duration: 6 },
      { at: 9, duration: 1 },
      { at: 10, duration: 5 },
    ];
    expect(peakTasks(tasks)).toBe(3);
    expect(peakTasks([])).toBe(0);
    expect(staticSlots(tasks, { min: 0, max: 2 })).toBe(2);
    expect(staticSlots(tasks, { min: 5, max: 9 })).toBe(5);
  });
});

describe('the Taskcluster provisioner', () => {
  // Upstream's own vectors: prices 5, 6 and 3 of region 1, and 2 of region 2.
  const priced = (zone: string, price: number, utility: number) => ({
    offering: anOffering({ zone, price }),
    pricePerUtility: price / utility,
    capacity: utility,
  });
  const first = [priced('z1', 5, 1), priced('z2', 6, 1), priced('z2', 3, 2)];
  const second = [priced('z3', 2, 2)];

  it.each([
    [first, 1, 'z2', 3, 1],
    [[...first, ...second], 1, 'z3', 2, 1],
    [[...first, ...second], 5, 'z3', 2, 3],
  ])('bids for the lowest price per utility alone: case %#', (options, change, zone, price, n) => {
    const [[offering, instances] = []] = cheapestBids(options, change);
    expect([offering?.zone, offering?.price, instances]).toEqual([zone, price, n]);
  });

  it('takes the first of equals, and nothing where nothing is wanted or to be had', () => {
    const equals = [priced('a', 4, 2), priced('b', 2, 1)];
    expect([...cheapestBids(equals, 1).keys()][0]?.zone).toBe('a');
    expect(cheapestBids(equals, 0).size).toBe(0);
    expect(cheapestBids([], 3).size).toBe(0);
  });

  it('of 2018, bids for any of them until the change is covered', () => {
    const options = [priced('a', 9, 1), priced('b', 1, 1), priced('c', 5, 1)];
    const bids = randomBids(options, 3000, randomStream(1, 'test'));
    const counts = [...bids.values()];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3000);
    expect(Math.min(...counts)).toBeGreaterThan(900);
    expect(bids.size).toBe(3);
    expect([...randomBids([priced('a', 1, 2)], 3, randomStream(1, 'test')).values()]).toEqual([2]);
    expect(randomBids([], 3, randomStream(1, 'test')).size).toBe(0);
  });
});

describe('worker-manager', () => {
  const counts = { claimed: 0, existing: 0, stopping: 0, requested: 0, min: 0, max: 1000 };

  it.each([
    ['an empty pool', { pending: 7 }, 7],
    ['idle workers take some', { pending: 7, existing: 10, claimed: 6 }, 3],
    // The estimator of v106, run with these counts, answers 0: requested ones are subtracted twice.
    ['a second burst during boot', { pending: 150, existing: 100, requested: 100 }, 0],
    ['more than that', { pending: 250, existing: 100, requested: 100 }, 50],
    ['the maximum', { pending: 50, existing: 8, claimed: 8, max: 10 }, 2],
    ['stopping ones use up the maximum', { pending: 50, stopping: 9, max: 10 }, 1],
    ['the minimum', { pending: 0, existing: 1, min: 4 }, 3],
  ])('spawns for %s', (_case, change, spawned) => {
    expect(slotsToSpawn({ ...counts, ...change })).toBe(spawned);
  });

  it('keeps the newest workers that cover the need, and one more where it is not even', () => {
    const workers = [10, 20, 30].map((launchedAt) => ({ launchedAt, capacity: 4 }));
    const ended = (needed: number) => overCapacity(workers, needed).map((one) => one.launchedAt);
    expect([ended(12), ended(9), ended(8), ended(5), ended(0)]).toEqual([
      [],
      [],
      [10],
      [10],
      [30, 20, 10],
    ]);
    expect(capacityNeeded(30, { min: 2, max: 20 })).toBe(20);
    expect(capacityNeeded(0, { min: 2, max: 20 })).toBe(2);
  });

  it('weighs a launch config by its share of the maximum', () => {
    expect(weightOf({ existing: 30 }, 120)).toBe(0.75);
    expect(weightOf({ existing: 120 }, 120)).toBe(0);
  });

  it('splits what to spawn evenly, rounded up for each launch config', () => {
    const config = (zone: string, capacity: number) => ({
      offering: anOffering({ zone }),
      capacity,
      existing: 0,
    });
    const plan = (toSpawn: number, configs: ReturnType<typeof config>[]) =>
      spawnPlan(toSpawn, configs).map(({ offering, instances }) => [offering.zone, instances]);
    const three = [config('a', 1), config('b', 4), config('c', 2)];
    // ceil(10 / 3) = 4 slots each: 4 of one slot, 1 of four; then the 2 that are left.
    expect(plan(10, three)).toEqual([
      ['a', 4],
      ['b', 1],
      ['c', 1],
    ]);
    expect(plan(1, three)).toEqual([['a', 1]]);
    expect(plan(5, [])).toEqual([]);
  });
});

describe('the Buildkite agent scaler', () => {
  const counts: BuildkiteCounts = {
    scheduledJobs: 0,
    runningJobs: 0,
    agentsPerInstance: 2,
    onlineAgents: 0,
    desiredInstances: 0,
    actualInstances: 0,
    minInstances: 0,
    maxInstances: 100,
  };

  it.each([
    ['no job', {}, 0],
    ['scheduled and running jobs', { scheduledJobs: 4, runningJobs: 3 }, 4],
    ['more than the maximum', { scheduledJobs: 400 }, 100],
    ['fewer than the minimum', { scheduledJobs: 1, minInstances: 3 }, 3],
    // 4 of 10 agents are online and the group has converged: one more than it has.
    [
      'agents that do not come',
      { scheduledJobs: 2, onlineAgents: 4, desiredInstances: 5, actualInstances: 5 },
      6,
    ],
    [
      'half of the agents, which is enough',
      { scheduledJobs: 2, onlineAgents: 5, desiredInstances: 5, actualInstances: 5 },
      1,
    ],
    [
      'a group that still grows',
      { scheduledJobs: 2, onlineAgents: 1, desiredInstances: 5, actualInstances: 4 },
      1,
    ],
  ])('requires instances for %s', (_case, change, required) => {
    expect(instancesRequired({ ...counts, ...change })).toBe(required);
  });

  it('sets the desired capacity only up', () => {
    const grown = { ...counts, desiredInstances: 5, actualInstances: 5, onlineAgents: 10 };
    expect(scaledOut({ ...grown, scheduledJobs: 2 })).toBe(5);
    expect(scaledOut({ ...grown, scheduledJobs: 14 })).toBe(7);
    expect(scaledOut({ ...counts, scheduledJobs: 3 })).toBe(2);
    // What is required is more than is there, but not more than is on its way.
    expect(scaledOut({ ...grown, actualInstances: 3, onlineAgents: 6, runningJobs: 9 })).toBe(5);
  });
});

describe('one runner per job', () => {
  it('finds those of an event that are still queued, as the first in are the first out', () => {
    // Of 3 jobs, 4 came after them: 7 or more pending means that all 3 still wait.
    expect([9, 7, 6, 5, 4, 0].map((pending) => stillQueued(3, pending, 4))).toEqual([
      3, 3, 2, 1, 0, 0,
    ]);
  });

  it('starts one runner for each, up to the maximum', () => {
    expect([newRunners(4, 0, 10), newRunners(4, 8, 10), newRunners(4, 11, 10)]).toEqual([4, 2, 0]);
  });

  it('looks at the price per hour alone', () => {
    const offer = (instanceType: string, price: number) => anOffering({ instanceType, price });
    const offers = [offer('big', 0.3), offer('small', 0.2), offer('other', 0.1)];
    const order = cheapestFirst(offers, ['big', 'small']).map(({ instanceType }) => instanceType);
    expect(order).toEqual(['small', 'big']);
  });
});

describe('KEDA', () => {
  it.each([
    [20, 10, 20],
    [0, 10, 0],
    // Within a tenth nothing changes.
    [11, 10, 10],
    [9, 10, 10],
    [12, 10, 12],
  ])('of %s tasks and %s replicas, recommends %s', (tasks, replicas, recommended) => {
    expect(recommendation(tasks, replicas)).toBe(recommended);
  });

  it('takes the highest of the window, and at most doubles or adds four', () => {
    const limits = { min: 0, max: 50 };
    expect(nextReplicas([4, 9, 2], 10, limits)).toBe(9);
    expect(nextReplicas([100], 1, limits)).toBe(5);
    expect(nextReplicas([100], 10, limits)).toBe(20);
    expect(nextReplicas([100], 40, limits)).toBe(50);
    expect(nextReplicas([0], 10, limits)).toBe(1);
    expect(nextReplicas([0], 10, { min: 3, max: 50 })).toBe(3);
  });
});

describe('target tracking', () => {
  it('has the example of the guide', () => {
    // 1500 messages, 10 instances, 0.1 s a message, 10 s acceptable: 150 against 100, so 15 instances.
    const target = acceptableBacklog(10, [{ at: 0, duration: 0.1 }]);
    const metric = backlogPerSlot(1500, 10);
    expect([target, metric, trackedCapacity(10, metric, target)]).toEqual([100, 150, 15]);
  });

  it('counts a group without an instance as one', () => {
    expect(backlogPerSlot(3, 0)).toBe(3);
    expect(trackedCapacity(0, 3, 0.5)).toBe(6);
    expect(acceptableBacklog(10, [])).toBe(1);
  });
});

describe('target value', () => {
  it.each([
    [0, 2.5, 3],
    [0, 0, 0],
    [10, 1.5, 15],
    [10, 1.01, 10],
    [10, 1.02, 11],
    [10, 0.99, 10],
    [10, 0.31, 4],
    [1, 0.5, 1],
    [4, 0, 0],
  ])('from %s at %s, counts %s', (count, metric, wanted) => {
    expect(targetCount(count, metric)).toBe(wanted);
  });

  it('drains the least busy, the oldest first', () => {
    const nodes = [2, 0, 1, 0].map((busySlots, index) =>
      aPeerWorker({ instanceId: `i-${index}`, busySlots }),
    );
    const ids = (count: number) => leastBusy(nodes, count).map(({ instanceId }) => instanceId);
    expect([ids(3), ids(0), ids(-1)]).toEqual([['i-1', 'i-3', 'i-2'], [], []]);
  });
});

describe('what peers share', () => {
  it('ends the surplus of a group and no more', () => {
    const workers = [2, 4, 1, 1].map((capacity, index) =>
      aPeerWorker({ instanceId: `i-${index}`, capacity }),
    );
    const ended = (surplus: number) => surplusOf(workers, surplus).map(({ capacity }) => capacity);
    expect([ended(3), ended(7), ended(0), ended(1)]).toEqual([[2, 1], [2, 4, 1], [], [1]]);
  });

  it('finds the types of one size', () => {
    const sized = (type: string, capacity: number) => anInstance({ type, capacity });
    const instances = [sized('a', 4), sized('b', 2), sized('c', 2), sized('d', 4), sized('e', 1)];
    expect(mostCommonSize(instances)).toEqual({ capacity: 2, instanceTypes: ['b', 'c'] });
    expect(smallestSize(instances)).toEqual({ capacity: 1, instanceTypes: ['e'] });
  });
});
