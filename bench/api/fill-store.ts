import { parseDeclaration } from '../../pool/load.ts';
import { storedPool } from '../../pool/stored-pools.ts';
import { workerTypeRequest } from '../../pool/worker-type.ts';
import { decide } from '../../scaler/decide/decide.ts';
import type { Observation, Offering } from '../../scaler/decide/observation.ts';
import type { State } from '../../scaler/ports.ts';
import { KeyFileCipher } from '../../scaler/store/key-file-cipher.ts';
import { openStore } from '../../scaler/store/open-store.ts';
import { embeddedTimes, ScalerMemory } from '../../scaler/store/scaler-memory.ts';
import { parseStoreAddress } from '../../scaler/store/store-address.ts';
import { Tokens } from '../../scaler/store/tokens.ts';
import { WorkerTypes } from '../../scaler/store/worker-types.ts';
import { systemClock } from '../../scaler/system-clock.ts';

const never = new AbortController().signal;
const region = 'us-west-2';

export const declaration = `
fleet: bench
workerTypes:
  owner: ops@example.com
  queue:
    http: { host: queue.example.com, provisionerId: '{provisionerId}', workerType: '{workerType}' }
regions: { ${region}: { vpc: vpc-2, subnets: [subnet-2] } }
pools:
  from-file:
    owner: build@example.com
    queue: { http: { host: queue.example.com, provisionerId: aws-provisioner-v1 } }
    capacity: { max: 10 }
    instances: [{ type: c5.xlarge, capacity: 1, utility: 1 }]
    image: { ids: { ${region}: { x86_64: ami-2 } } }
`;

/** A definition such as old clients send, about 1 kB. */
export const definition = {
  launchSpec: { SecurityGroups: ['docker-worker'] },
  secrets: {},
  userData: {
    dockerConfig: { allowPrivileged: true },
    capacityManagement: { diskspaceThreshold: 1 },
  },
  scopes: ['queue:claim-task'],
  description: 'Workers of a bench',
  owner: 'worker@example.com',
  minCapacity: 0,
  maxCapacity: 20,
  scalingRatio: 0,
  minPrice: 0,
  maxPrice: 0.5,
  canUseOndemand: false,
  canUseSpot: true,
  instanceTypes: ['c5.xlarge', 'c5.2xlarge', 'm5.2xlarge'].map((instanceType, index) => ({
    ...{ instanceType, capacity: index + 1, utility: index + 1 },
    ...{ launchSpec: {}, secrets: {}, userData: {}, scopes: [] },
  })),
  regions: [
    { region, launchSpec: { ImageId: 'ami-0a1b2c3d' }, secrets: {}, userData: {}, scopes: [] },
  ],
};

export const nameOf = (index: number) => `pool-${String(index).padStart(4, '0')}`;

/** Pools, what a loop saved of them, and a client that may do everything. @returns its bearer token */
export async function fillStore(
  file: string,
  keyFile: string,
  { pools, workers }: { readonly pools: number; readonly workers: number },
): Promise<string> {
  const where = { credentials: { kind: 'default' }, region, clock: systemClock } as const;
  const store = await openStore(parseStoreAddress(`sqlite:${file}`), where, never);
  try {
    const types = new WorkerTypes(store);
    const now = systemClock.now();
    for (let index = 0; index < pools; index += 1) {
      await types.create(nameOf(index), definition, now, never);
    }
    const memory = new ScalerMemory({ store, times: embeddedTimes, onFailure: () => {} });
    await memory.save(savedState(pools, workers), true);
    const tokens = new Tokens(store, await KeyFileCipher.open(keyFile));
    const client = { clientId: 'bench', scopes: ['*'], description: '', expiresAt: null };
    return (await tokens.create(client, now, never)).bearerToken;
  } finally {
    await store.close();
  }
}

/** As an iteration leaves it: each pool has workers and prices, and was decided on. */
function savedState(pools: number, workers: number): State {
  const parsed = parseDeclaration(declaration, 'muster.yaml');
  const at = Math.floor(systemClock.now());
  const last: Record<string, State['last'][string]> = {};
  const memories: Record<string, State['memories'][string]> = {};
  for (let index = 0; index < pools; index += 1) {
    const stored = storedPool(parsed, {
      workerType: nameOf(index),
      definition: workerTypeRequest.parse(definition),
    });
    if (stored.pool === null) throw new Error(`no pool: ${stored.waiting.join('; ')}`);
    const observation = observationOf(nameOf(index), at, workers);
    const { decision, memory } = decide(stored.pool, observation, null);
    last[stored.poolId] = { observation, decision };
    memories[stored.poolId] = memory;
  }
  return { last, memories, launched: [] };
}

function observationOf(name: string, at: number, workers: number): Observation {
  const types = definition.instanceTypes.map(({ instanceType }) => instanceType);
  return {
    at,
    queue: { status: 'known', readAt: at, pending: 3, claimed: workers, oldestPendingAge: null },
    groups: [
      {
        ...{ name: `bench_${name}_spot`, region, market: 'spot', desiredCapacity: workers },
        ...{ min: 0, max: 20, overrides: [], spotMaxPrice: null },
        ...{ instanceRefresh: false, terminateSuspended: false },
        workers: Array.from({ length: workers }, (_, worker) => ({
          instanceId: `i-${String(worker).padStart(17, '0')}`,
          ...{ instanceType: 'c5.xlarge', zone: `${region}a`, weight: 1, launchedAt: at - 600 },
          ...{ phase: 'in-service', outdated: false },
          heartbeat: { at, capacity: 1, busySlots: 1, taking: true },
        })),
      },
    ],
    unreachableRegions: [],
    offerings: types.flatMap((instanceType) =>
      ['a', 'b', 'c'].map(
        (zone): Offering => ({
          ...{ instanceType, region, zone: `${region}${zone}`, market: 'spot', price: 0.05 },
          ...{ priceSource: 'live', meanPrice: null, onDemandPrice: 0.17 },
          interruptionBucket: null,
        }),
      ),
    ),
    ...{ finishedTasks: [], launchFailures: [], warnings: [] },
    ...{ scheduledMin: 0, fleetSpend: null, allowance: null },
  };
}
