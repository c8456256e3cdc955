/**
 * Arbitraries of all that the schemas in scaler/schemas admit, in sizes that occur. A story is a pool
 * and what was seen of it in turn; its workers keep their place from one look to the next.
 */
import fc from 'fast-check';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type {
  GroupObservation,
  LaunchFailure,
  Observation,
  Offering,
  PoolPolicy,
  QueueReading,
  WorkerObservation,
  WorkerWarning,
} from '../../scaler/decide/observation.ts';
import { anyPool, anyPrice, markets, regions, seconds, types, usd } from './arbitrary-pool.ts';
import { now } from './situations.ts';

interface Berth extends Pick<WorkerObservation, 'instanceId' | 'instanceType' | 'zone' | 'weight'> {
  readonly region: string;
  readonly market: Offering['market'];
  readonly launchedAt: number;
}

function anyRoster(): fc.Arbitrary<readonly Berth[]> {
  const berth = fc.record({
    region: fc.constantFrom(...regions),
    market: fc.constantFrom(...markets),
    instanceType: fc.constantFrom(...types, 'x1.unknown'),
    zone: fc.constantFrom('a', 'b', 'c'),
    weight: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(999)),
    launchedAt: seconds(9_000).map((age) => now - age),
  });
  return fc.array(berth, { maxLength: 12 }).map((berths) =>
    berths.map((one, index) => ({
      ...one,
      zone: one.region + one.zone,
      instanceId: `i-${String(index).padStart(17, '0')}`,
    })),
  );
}

/** What of a worker changes from one look to the next; null: it is not seen. */
function anyWord() {
  const heartbeat = fc.record({
    ago: fc.oneof({ weight: 4, arbitrary: seconds(59) }, seconds(3_000), fc.constant(-5)),
    capacity: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(0)),
    busySlots: fc.oneof(fc.constant(0), fc.nat(9)),
    taking: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
  });
  return fc.option(
    fc.record({
      phase: fc.oneof(
        { weight: 5, arbitrary: fc.constant('in-service' as const) },
        fc.constantFrom('pending', 'terminating', 'gone'),
      ),
      outdated: fc.boolean(),
      heartbeat: fc.option(heartbeat, { freq: 3 }),
    }),
    { freq: 5 },
  );
}

export const anyQueue = (at: number): fc.Arbitrary<QueueReading> => {
  const pending = fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.nat(40) },
    fc.constantFrom(20_000, 1_000_000),
  );
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        status: fc.constant('known' as const),
        readAt: seconds(119).map((age) => at - age),
        pending,
        claimed: fc.option(fc.nat(60)),
        oldestPendingAge: fc.option(seconds(3_000)),
      }),
    },
    fc.record({ status: fc.constant('unknown' as const), error: fc.constant('timed out') }),
    pending.map((tasks) => ({
      status: 'known' as const,
      readAt: at - 500,
      pending: tasks,
      claimed: 0,
      oldestPendingAge: null,
    })),
  );
};

function anyGroups(): fc.Arbitrary<readonly Omit<GroupObservation, 'workers'>[]> {
  const one = (region: string, market: Offering['market']) =>
    fc.option(
      fc.record({
        // As in AWS, a pool's groups are called the same in every region.
        name: fc.constant(`ci_linux_${market}`),
        region: fc.constant(region),
        market: fc.constant(market),
        desiredCapacity: fc.oneof(fc.constant(0), fc.nat(30)),
        min: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(5)),
        max: fc.oneof(fc.nat(60), fc.constant(10_000)),
        overrides: fc.constant([]),
        spotMaxPrice: fc.option(usd),
        instanceRefresh: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
        terminateSuspended: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
      }),
      { freq: 8 },
    );
  const all = regions.flatMap((region) => markets.map((market) => one(region, market)));
  return fc
    .tuple(...all)
    .map((groups) =>
      groups
        .filter((group) => group !== null)
        .map((group) => ({ ...group, min: Math.min(group.min, group.max) })),
    );
}

export const anyOffering: fc.Arbitrary<Offering> = fc
  .record({
    instanceType: fc.constantFrom(...types, 'x1.unknown'),
    region: fc.constantFrom(...regions),
    zone: fc.constantFrom('a', 'b', 'c'),
    market: fc.constantFrom(...markets),
    price: anyPrice,
    priceSource: fc.constantFrom('live', 'last-known', 'on-demand', 'none'),
    meanPrice: fc.oneof(fc.constant(null), anyPrice),
    onDemandPrice: fc.oneof(fc.constant(null), anyPrice),
    interruptionBucket: fc.option(fc.nat(4)),
  })
  .map((offering) => ({ ...offering, zone: offering.region + offering.zone }));

/** One row for each type, zone and market at most. */
export const anyOfferings: fc.Arbitrary<readonly Offering[]> = fc.uniqueArray(anyOffering, {
  maxLength: 20,
  selector: ({ instanceType, zone, market }) => `${instanceType} ${zone} ${market}`,
});

const anyFailure = (at: number): fc.Arbitrary<LaunchFailure> =>
  fc
    .record({
      at: seconds(60).map((age) => at - age),
      region: fc.constantFrom(...regions),
      market: fc.constantFrom(...markets),
      instanceType: fc.option(fc.constantFrom(...types)),
      zone: fc.option(fc.constantFrom('a', 'b', 'c')),
      cause: fc.constantFrom('no-capacity', 'price-rejected', 'quota'),
    })
    .map((failure) => ({ ...failure, zone: failure.zone && failure.region + failure.zone }));

const anyWarning = (at: number, roster: readonly Berth[]): fc.Arbitrary<WorkerWarning> =>
  fc.record({
    instanceId: fc.constantFrom('i-unknown', ...roster.map(({ instanceId }) => instanceId)),
    at: seconds(60).map((age) => at - age),
    kind: fc.constantFrom('interruption', 'rebalance'),
  });

function anyLook(at: number, roster: readonly Berth[]): fc.Arbitrary<Observation> {
  return fc
    .record({
      queue: anyQueue(at),
      groups: anyGroups(),
      words: fc.array(anyWord(), { minLength: roster.length, maxLength: roster.length }),
      unreachable: fc.subarray([...regions]),
      isUnreachable: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
      offerings: anyOfferings,
      finishedTasks: fc.array(
        fc.record({ instanceType: fc.constantFrom(...types), duration: seconds(7_200) }),
        { maxLength: 30 },
      ),
      launchFailures: fc.array(anyFailure(at), { maxLength: 3 }),
      warnings: fc.array(anyWarning(at, roster), { maxLength: 3 }),
      scheduledMin: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(20)),
      allowance: fc.option(fc.nat(30), { freq: 3 }),
      fleetSpend: fc.constant(null),
    })
    .map(({ words, unreachable, isUnreachable, groups, ...rest }) => {
      const unreachableRegions = isUnreachable ? unreachable : [];
      const seen = groups.filter(
        ({ region }) => !unreachableRegions.some((name) => name === region),
      );
      return {
        at,
        ...rest,
        unreachableRegions,
        groups: seen.map((group) => ({ ...group, workers: workersOf(group, at, roster, words) })),
      };
    });
}

type Word = ReturnType<typeof anyWord> extends fc.Arbitrary<infer T> ? T : never;

function workersOf(
  group: Omit<GroupObservation, 'workers'>,
  at: number,
  roster: readonly Berth[],
  words: readonly Word[],
): readonly WorkerObservation[] {
  return roster.flatMap((berth, index) => {
    const word = words[index];
    if (!word || berth.region !== group.region || berth.market !== group.market) return [];
    const { region: _, market: __, ...place } = berth;
    return [{ ...place, ...word, heartbeat: heartbeatAt(at, berth, word) }];
  });
}

function heartbeatAt(at: number, { launchedAt }: Berth, { heartbeat }: NonNullable<Word>) {
  if (heartbeat === null) return null;
  const { ago, ...said } = heartbeat;
  return { ...said, at: Math.max(launchedAt, at - ago) };
}

export interface Story {
  readonly pool: PoolPolicy;
  /** What was seen before, which the memory comes from. */
  readonly before: readonly Observation[];
  readonly observation: Observation;
}

/** A pool, up to four looks at it, and the look that is decided on. */
export const anyStory: fc.Arbitrary<Story> = fc
  .record({
    pool: anyPool,
    roster: anyRoster(),
    gaps: fc.array(fc.oneof(fc.constant(10), seconds(600)), { maxLength: 4 }),
  })
  .chain(({ pool, roster, gaps }) => {
    let at = now;
    const looks = [0, ...gaps].map((gap) => {
      at += gap;
      return anyLook(at, roster);
    });
    return fc.record({ pool: fc.constant(pool), looks: fc.tuple(...looks) });
  })
  .map(({ pool, looks }) => ({
    pool,
    before: looks.slice(0, -1),
    observation: looks.at(-1)!,
  }));

/** What deciding on the earlier looks left in the memory. */
export function memoryOf({ pool, before }: Pick<Story, 'pool' | 'before'>): Memory | null {
  let memory: Memory | null = null;
  for (const observation of before) ({ memory } = decide(pool, observation, memory));
  return memory;
}
