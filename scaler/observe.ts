import type { Fleet, Pool } from '../pool/pool.ts';
import type { Heartbeat, Observation, Offering } from './decide/observation.ts';
import type { CloudGroup, RegionObservation, World } from './ports.ts';

/** What one look at the world saw, by pool id. */
export type Observations = ReadonlyMap<string, Observation>;

/**
 * Looks at all queues, regions and prices at once. A region that does not answer is missing from the
 * observations of its pools and named there; it stops no other.
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
  const observations = new Map<string, Observation>();
  for (const pool of fleet.pools) {
    const nothing = { status: 'unknown', error: 'the queue source gave no reading' } as const;
    const queue = readings.get(pool.id) ?? nothing;
    if (queue.status === 'unknown') {
      world.recorder.failure({ pool: pool.id }, 'read queue', new Error(queue.error));
    }
    observations.set(pool.id, {
      at,
      queue,
      groups: (groups.get(pool.id) ?? []).filter(({ region }) => pool.regions.includes(region)),
      unreachableRegions: pool.regions.filter((region) => !regions.has(region)),
      offerings: offeringsOf(pool, offerings),
      finishedTasks: finished.get(pool.id) ?? [],
    });
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

async function readOfferings(
  fleet: Fleet,
  { prices }: World,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Offering[]>> {
  const typesByRegion = new Map<string, Set<string>>();
  for (const pool of fleet.pools) {
    for (const region of pool.regions) {
      const types = typesByRegion.get(region) ?? new Set();
      for (const { type } of pool.instances) types.add(type);
      typesByRegion.set(region, types);
    }
  }
  const entries = [...typesByRegion].map(async ([region, types]) => {
    return [region, await prices.offerings(region, [...types], signal)] as const;
  });
  return new Map(await Promise.all(entries));
}

function offeringsOf(
  pool: Pool,
  byRegion: ReadonlyMap<string, readonly Offering[]>,
): readonly Offering[] {
  const [first, ...others] = pool.regions.map((region) => byRegion.get(region) ?? []);
  return others.length === 0 ? (first ?? []) : [...(first ?? []), ...others.flat()];
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
  { poolId: _, workers, ...group }: CloudGroup,
  heartbeats: ReadonlyMap<string, Heartbeat>,
): Observation['groups'][number] {
  return {
    ...group,
    workers: workers.map((worker) => ({
      ...worker,
      heartbeat: heartbeats.get(worker.instanceId) ?? null,
    })),
  };
}
