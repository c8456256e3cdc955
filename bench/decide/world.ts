/** A made-up fleet of the size that the bench asks for: pools, and what would be seen of them. */
import type { InstanceChoice } from '../../pool/pool.ts';
import type { Observation, Offering, PoolPolicy } from '../../scaler/decide/observation.ts';

const regions = ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2'];
const zones = ['a', 'b', 'c'];
const typesPerPool = 8;
const typesOfFleet = 40;
const startAt = 1_700_000_000;

/** Offerings that one pool has: types x regions x zones x markets. */
export const offeringsPerPool = typesPerPool * regions.length * zones.length * 2;

export interface BenchPool {
  readonly pool: PoolPolicy;
  readonly observation: Observation;
}

/** Pools with 8 of 40 types each; prices are shared, as the price adapter shares them. */
export function benchPools(count: number): readonly BenchPool[] {
  const choices = Array.from({ length: typesOfFleet }, (_, index) => choiceOf(index));
  const offerings = new Map(choices.map((choice, index) => [choice.type, offeringsOf(index)]));
  return Array.from({ length: count }, (_, index) => {
    const instances = Array.from(
      { length: typesPerPool },
      (_unused, of) => choices[(index * 7 + of * 3) % typesOfFleet]!,
    );
    const pool = poolOf(`pool-${index}`, instances);
    return { pool, observation: observationOf(index, pool, offerings) };
  });
}

/** What is seen `seconds` later, with nothing else changed. */
export function later({ pool, observation }: BenchPool, seconds: number): BenchPool {
  const at = startAt + seconds;
  const { queue } = observation;
  const read = queue.status === 'known' ? { ...queue, readAt: at } : queue;
  return { pool, observation: { ...observation, at, queue: read } };
}

/** The same pools with every spot price read anew and moved by up to 2 %, as after a price read. */
export function withNewPrices(pools: readonly BenchPool[], round: number): readonly BenchPool[] {
  const read = new Map<Offering, Offering>();
  const readAnew = (offering: Offering): Offering => {
    const known = read.get(offering);
    if (known !== undefined) return known;
    const { market, price } = offering;
    const factor = market === 'spot' ? 1 + ((read.size + round) % 5) / 200 : 1;
    const anew = { ...offering, price: price === null ? null : price * factor };
    read.set(offering, anew);
    return anew;
  };
  return pools.map(({ pool, observation }) => ({
    pool,
    observation: { ...observation, offerings: observation.offerings.map(readAnew) },
  }));
}

function choiceOf(index: number): InstanceChoice {
  const capacity = 1 + (index % 4);
  return {
    type: `type${index}.xlarge`,
    architecture: 'x86_64',
    capacity,
    utility: capacity * (1 + (index % 5) / 10),
    maxPrice: null,
    onDemandDiscount: 0,
  };
}

function offeringsOf(index: number): readonly Offering[] {
  const instanceType = `type${index}.xlarge`;
  const onDemandPrice = 0.17 * (1 + (index % 4));
  return regions.flatMap((region, regionIndex) =>
    zones.flatMap((letter, zoneIndex) => {
      const share = 0.3 + ((index * 13 + regionIndex * 7 + zoneIndex * 5) % 40) / 100;
      const zone = `${region}${letter}`;
      const make = (market: Offering['market'], price: number): Offering => ({
        instanceType,
        region,
        zone,
        market,
        price,
        priceSource: 'live',
        meanPrice: null,
        onDemandPrice,
        interruptionBucket: index % 5,
      });
      return [make('spot', onDemandPrice * share), make('on-demand', onDemandPrice)];
    }),
  );
}

function poolOf(name: string, instances: readonly InstanceChoice[]): PoolPolicy {
  return {
    name,
    regions,
    heartbeats: true,
    capacity: { min: 0, max: 1_000 },
    wait: 120,
    instances,
    market: {
      kind: 'spot',
      price: {
        kind: 'cap',
        maxPrice: 0.5,
        priceMultiplier: null,
        maxPricePerUtility: null,
        aboveOnDemand: false,
      },
      priceHistory: { statistic: 'latest', window: 1_800, product: 'Linux/UNIX' },
      onDemandAfter: 300,
      onDemandBase: 0,
      onDemandShare: 0,
    },
    lifecycle: { idle: 'auto', drain: 900, missingAfter: 1_200, maxLifetime: 345_600 },
    scaling: { kind: 'wait' },
    buffer: 0,
    coldStart: 0,
    placement: { zones: 'group', regionShare: 1, zoneShare: 0.7 },
    breakers: {
      interruptions: { count: 3, within: 900, pause: 1_800 },
      boots: { count: 3, within: 1_800, pause: 1_800 },
    },
    budget: null,
    paused: false,
    learnUtility: false,
    disk: { root: 20, data: null },
  };
}

/** A queue with some tasks, and two workers in each region's spot group. */
function observationOf(
  index: number,
  { name, instances }: PoolPolicy,
  offerings: ReadonlyMap<string, readonly Offering[]>,
): Observation {
  const groups = regions.flatMap((region) =>
    (['spot', 'on-demand'] as const).map((market) => ({
      name: `bench_${name}_${market}`,
      region,
      market,
      desiredCapacity: 4,
      min: 0,
      max: 1_000,
      overrides: [],
      spotMaxPrice: null,
      instanceRefresh: false,
      terminateSuspended: false,
      workers:
        market === 'on-demand'
          ? []
          : [0, 1].map((worker) => ({
              instanceId: `i-${index}-${region}-${worker}`,
              instanceType: instances[worker]!.type,
              zone: `${region}a`,
              weight: instances[worker]!.capacity,
              launchedAt: startAt - 3_600,
              phase: 'in-service' as const,
              outdated: false,
              heartbeat: {
                at: startAt,
                capacity: instances[worker]!.capacity,
                busySlots: worker,
                taking: true,
              },
            })),
    })),
  );
  return {
    at: startAt,
    queue: {
      status: 'known',
      readAt: startAt,
      pending: index % 20,
      claimed: 8,
      oldestPendingAge: index % 20 === 0 ? null : 30,
    },
    groups,
    unreachableRegions: [],
    offerings: instances.flatMap(({ type }) => offerings.get(type)!),
    finishedTasks: [],
    launchFailures: [],
    warnings: [],
    scheduledMin: 0,
    allowance: null,
    fleetSpend: null,
  };
}
