import type { Fleet, Pool, PriceHistory } from '../pool/pool.ts';
import type {
  Heartbeat,
  LaunchFailure,
  Observation,
  Offering,
  WorkerObservation,
} from './decide/observation.ts';
import { joinWorkers, queueOf, reportedTasks } from './join-workers.ts';
import type { CloudGroup, PriceRequest, RegionObservation, World } from './ports.ts';
import { scheduledMinimum } from './schedule.ts';
import { observeUndeclared } from './undeclared-pools.ts';

/** What one look at the world saw, by pool id. */
export type Observations = ReadonlyMap<string, Observation>;

/**
 * Looks at all queues, regions and prices at once. A region that does not answer is missing from the
 * observations of its pools and named there; it stops no other. Pools that only their groups' tags
 * name are observed too, so that what they left behind is ended.
 */
export async function observe(
  fleet: Fleet,
  world: World,
  signal: AbortSignal,
): Promise<Observations> {
  const [readings, regions, offerings] = await Promise.all([
    world.queues.read(fleet.pools, signal),
    observeRegions(world, signal),
    readOfferings(fleet, world, signal),
  ]);
  const at = world.clock.now();
  const heartbeats = world.workers.heartbeats();
  const finished = world.workers.takeFinishedTasks();
  const groups = groupsByPool(regions, heartbeats);
  const failures = failuresByPool(regions);
  const observations = new Map<string, Observation>();
  for (const pool of fleet.pools) {
    const nothing = { status: 'unknown', error: 'the queue source gave no reading' } as const;
    const reading = readings.get(pool.id) ?? nothing;
    const queue = queueOf(reading);
    const seen = (groups.get(pool.id) ?? []).filter(({ region }) => pool.regions.includes(region));
    if (queue.status === 'unknown') {
      world.recorder.failure({ pool: pool.id }, 'read queue', new Error(queue.error));
    }
    observations.set(pool.id, {
      at,
      queue,
      groups: joinWorkers(seen, reading),
      unreachableRegions: pool.regions.filter((region) => !regions.has(region)),
      offerings: offerings.get(pool.id) ?? [],
      finishedTasks: [...(finished.get(pool.id) ?? []), ...reportedTasks(reading, seen)],
      launchFailures: failures.get(pool.id) ?? [],
      warnings: [],
      scheduledMin: scheduledMinimum(pool.schedule, at),
      allowance: null,
      fleetSpend: null,
    });
  }
  for (const [poolId, orphaned] of groups) {
    if (!observations.has(poolId)) observations.set(poolId, observeUndeclared(at, orphaned));
  }
  return observations;
}

async function observeRegions(
  { clouds, recorder }: World,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RegionObservation>> {
  const seen = new Map<string, RegionObservation>();
  await Promise.all(
    clouds.map(async (cloud) => {
      try {
        seen.set(cloud.region, await cloud.observe(signal));
      } catch (error) {
        recorder.failure({ region: cloud.region }, 'observe', error);
      }
    }),
  );
  return seen;
}

/** Offerings by pool id. Pools of a region that count prices alike are asked for together. */
async function readOfferings(
  fleet: Fleet,
  { prices }: World,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Offering[]>> {
  const requests = new Map<string, { request: PriceRequest; types: Set<string> }>();
  const keysByPool = new Map<string, readonly string[]>();
  for (const pool of fleet.pools) {
    const keys = pool.regions.map((region) => {
      const request = priceRequest(pool, region);
      const key = JSON.stringify(request);
      const known = requests.get(key) ?? { request, types: new Set() };
      for (const { type } of pool.instances) known.types.add(type);
      requests.set(key, known);
      return key;
    });
    keysByPool.set(pool.id, keys);
  }
  const answers = await Promise.all(
    [...requests].map(async ([key, { request, types }]) => {
      const instanceTypes = [...types].sort();
      return [key, await prices.offerings({ ...request, instanceTypes }, signal)] as const;
    }),
  );
  const byKey = new Map(answers.map(([key, offerings]) => [key, byType(offerings)]));
  const byPool = new Map<string, readonly Offering[]>();
  for (const pool of fleet.pools) {
    const ofPool: Offering[] = [];
    for (const { type } of pool.instances) {
      for (const key of keysByPool.get(pool.id) ?? []) {
        for (const offering of byKey.get(key)?.get(type) ?? []) ofPool.push(offering);
      }
    }
    byPool.set(pool.id, ofPool);
  }
  return byPool;
}

function byType(offerings: readonly Offering[]): ReadonlyMap<string, readonly Offering[]> {
  const types = new Map<string, Offering[]>();
  for (const offering of offerings) {
    const known = types.get(offering.instanceType);
    if (known === undefined) types.set(offering.instanceType, [offering]);
    else known.push(offering);
  }
  return types;
}

const latestPrice: PriceHistory = { statistic: 'latest', window: 0, product: 'Linux/UNIX' };

function priceRequest({ market }: Pool, region: string): PriceRequest {
  if (market.kind === 'on-demand') {
    return { region, instanceTypes: [], history: latestPrice, mean: false };
  }
  const mean = market.price.kind === 'cap' && market.price.priceMultiplier !== null;
  return { region, instanceTypes: [], history: market.priceHistory, mean };
}

function failuresByPool(
  regions: ReadonlyMap<string, RegionObservation>,
): ReadonlyMap<string, readonly LaunchFailure[]> {
  const byPool = new Map<string, readonly LaunchFailure[]>();
  for (const { groups } of regions.values()) {
    for (const { poolId, launchFailures } of groups) {
      if (launchFailures.length === 0) continue;
      byPool.set(poolId, [...(byPool.get(poolId) ?? []), ...launchFailures]);
    }
  }
  return byPool;
}

function groupsByPool(
  regions: ReadonlyMap<string, RegionObservation>,
  heartbeats: ReadonlyMap<string, Heartbeat>,
): ReadonlyMap<string, Observation['groups']> {
  const byPool = new Map<string, Observation['groups'][number][]>();
  for (const { groups } of regions.values()) {
    for (const group of groups) {
      const known = byPool.get(group.poolId) ?? [];
      known.push(withHeartbeats(group, heartbeats));
      byPool.set(group.poolId, known);
    }
  }
  return byPool;
}

function withHeartbeats(
  { poolId: _, launchFailures: __, workers, ...group }: CloudGroup,
  heartbeats: ReadonlyMap<string, Heartbeat>,
): Observation['groups'][number] {
  return {
    ...group,
    workers: workers.map((worker) =>
      withHeartbeat(worker, heartbeats.get(worker.instanceId) ?? null),
    ),
  };
}

/** Each field by name: a spread takes several times as long, and a fleet has thousands of workers. */
function withHeartbeat(
  worker: CloudGroup['workers'][number],
  heartbeat: Heartbeat | null,
): WorkerObservation {
  return {
    instanceId: worker.instanceId,
    instanceType: worker.instanceType,
    zone: worker.zone,
    weight: worker.weight,
    launchedAt: worker.launchedAt,
    phase: worker.phase,
    outdated: worker.outdated,
    heartbeat,
  };
}
