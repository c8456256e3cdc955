/** A fleet, its pools and a clock for tests of the adapters. */
import { plainInfrastructure } from '../../pool/infrastructure.ts';
import type { Fleet, Pool } from '../../pool/pool.ts';
import type { QueueDeclaration } from '../../pool/queues/declaration.ts';
import type { UnixSeconds } from '../../pool/units.ts';
import type { Decision } from '../../scaler/decide/decision.ts';
import type { Clock } from '../../scaler/ports.ts';
import { aChoice, aPool } from '../decide/situations.ts';
import { plainStorage } from '../pool/plain-storage.ts';

export const region = 'eu-west-1';

/** A clock that stands still until it is told. */
export class ManualClock implements Clock {
  #now: UnixSeconds;

  constructor(now: UnixSeconds = 1_700_000_000) {
    this.#now = now;
  }

  now(): UnixSeconds {
    return this.#now;
  }

  advance(seconds: number): void {
    this.#now += seconds;
  }

  async sleep(): Promise<void> {
    throw new Error('no adapter sleeps by the clock');
  }
}

/** Time as it is, where a real server's answers carry its own. */
export const realClock: Clock = {
  now: () => Date.now() / 1000,
  sleep: () => Promise.reject(new Error('no adapter sleeps by the clock')),
};

export function aFullPool(change: Partial<Pool> = {}): Pool {
  return {
    ...aPool(),
    id: 'linux',
    description: 'Linux builds',
    owner: 'build@example.com',
    queue: { kind: 'sqs', url: 'https://sqs.eu-west-1.amazonaws.com/1/tasks', region },
    image: { kind: 'ssm', parameter: '/muster/ci/linux' },
    disk: { root: 20, data: null },
    storage: plainStorage,
    network: { subnets: {}, zones: {}, elasticIps: null, egress: null },
    access: {
      sshSecurityGroupId: null,
      metricsSecurityGroupId: null,
      keyPair: null,
      securityGroups: [],
    },
    instanceProfile: null,
    notifyOnMissing: [],
    schedule: [],
    tags: {},
    instances: [
      aChoice(),
      aChoice({ type: 'c7g.2xlarge', architecture: 'arm64', capacity: 2, utility: 2.6 }),
    ],
    ...change,
  };
}

export function aFleet(pools: readonly Pool[] = [aFullPool()]): Fleet {
  const credentials = { kind: 'default' } as const;
  return {
    name: 'ci',
    interval: 10,
    credentials,
    heartbeat: null,
    launchesPerMinute: null,
    budget: null,
    paused: false,
    infrastructure: plainInfrastructure,
    regions: [
      {
        name: region,
        network: { kind: 'existing', vpcId: 'vpc-1', subnetIds: ['subnet-1'] },
        credentials,
      },
    ],
    pools,
  };
}

export function aListQueue(port: number, workerType = 'linux'): QueueDeclaration {
  return {
    kind: 'http',
    host: '127.0.0.1',
    port,
    version: 'v1',
    provisionerId: 'ci',
    workerType,
  };
}

export function aDecision(change: Partial<Decision> = {}): Decision {
  return {
    pool: 'linux',
    at: 1_700_000_000,
    sequence: 1,
    capacity: { requested: 1, booting: 0, idle: 2, busy: 3, draining: 0, stopping: 0, lost: 0 },
    target: 6,
    groups: [
      {
        name: 'ci-linux-spot',
        region,
        market: 'spot',
        desiredCapacity: 6,
        addedSlots: 0,
        launches: [],
        overrides: null,
        spotMaxPrice: null,
      },
    ],
    drain: [],
    terminate: [],
    reasons: [{ kind: 'steady' }],
    notices: [],
    ...change,
  };
}

/** A signal that does not fire. */
export const never = new AbortController().signal;
