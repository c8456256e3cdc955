/** What the scaler saw of a pool, for tests of what the API shows of it. */
import type { Pool } from '../../../pool/pool.ts';
import { decide } from '../../../scaler/decide/decide.ts';
import type { Memory } from '../../../scaler/decide/memory.ts';
import type { Observation, Offering } from '../../../scaler/decide/observation.ts';

const offering: Offering = {
  instanceType: 'c5.xlarge',
  region: 'us-west-2',
  zone: 'us-west-2a',
  market: 'spot',
  price: 0.05,
  priceSource: 'live',
  meanPrice: null,
  onDemandPrice: 0.17,
  interruptionBucket: null,
};

export function observationAt(at: number, pending: number): Observation {
  const worker = {
    instanceType: 'c5.xlarge',
    zone: 'us-west-2a',
    weight: 1,
    launchedAt: at - 900,
    outdated: false,
    heartbeat: null,
  };
  return {
    at,
    queue: { status: 'known', readAt: at, pending, claimed: 1, oldestPendingAge: null },
    groups: [
      {
        name: 'ci_from-file_spot',
        region: 'us-west-2',
        market: 'spot',
        desiredCapacity: 2,
        min: 0,
        max: 10,
        overrides: [],
        spotMaxPrice: null,
        instanceRefresh: false,
        terminateSuspended: false,
        workers: [
          {
            ...worker,
            instanceId: 'i-00000000000000001',
            phase: 'in-service',
            heartbeat: { at: at - 1, capacity: 1, busySlots: 1, taking: true, heldSeconds: 90 },
          },
          { ...worker, instanceId: 'i-00000000000000002', phase: 'terminating' },
        ],
      },
    ],
    unreachableRegions: ['us-east-1'],
    offerings: [
      offering,
      { ...offering, zone: 'us-west-2b', price: 0.04 },
      { ...offering, zone: 'us-west-2c', price: null, priceSource: 'none' },
      { ...offering, market: 'on-demand', price: 0.17 },
    ],
    finishedTasks: [],
    launchFailures: [],
    warnings: [],
    scheduledMin: 0,
    fleetSpend: null,
    allowance: null,
  };
}

/** Decides for real, as the loop does, and hands it to whoever records. */
export function decideFor(pool: Pool, at: number, pending: number, memory: Memory | null) {
  const observation = observationAt(at, pending);
  return { observation, ...decide(pool, observation, memory) };
}
