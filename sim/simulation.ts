import { onDemandPrice } from '../pool/catalogue.ts';
import { drainHookTimeout } from '../pool/drain-hook.ts';
import { marketsOf } from '../pool/markets.ts';
import { drainHookName, groupName, type MarketName } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import type { UnixSeconds } from '../pool/units.ts';
import type { QueueReading } from '../scaler/decide/observation.ts';
import type { QueuePort } from '../scaler/ports.ts';
import { refuseUncountedTypes, refuseUnpricedPools, SimulationError } from './check-fleet.ts';
import { SimulatedGroup } from './group.ts';
import type { GroupDeclaration } from './group-declaration.ts';
import { InstanceHost } from './instance-host.ts';
import type { LifecycleHook } from './lifecycle.ts';
import { Market, type MarketRegion, type PriceSource } from './market.ts';
import { NoticeLog } from './notice-log.ts';
import { defaultParameters, type SimulationParameters } from './parameters.ts';
import { PoolWork } from './pool-work.ts';
import { randomStream } from './random.ts';
import { type Outage, SimulatedRegion } from './region.ts';
import { SimulatedEvents } from './simulated-events.ts';
import { generatedSpotPrices } from './spot-prices.ts';
import type { TaskArrival } from './task-queue.ts';
import { VirtualClock } from './virtual-clock.ts';
import { WorkerDesk } from './worker-desk.ts';
import { WorkerHost } from './worker-host.ts';

export interface SimulationOptions {
  readonly fleet: Fleet;
  /** The same seed and the same calls give the same simulation, to the last bit. */
  readonly seed: number;
  readonly start: UnixSeconds;
  /** Tasks by pool id, each in order of time. A pool that is not there has none. */
  readonly arrivals: ReadonlyMap<string, Iterable<TaskArrival>>;
  readonly parameters?: SimulationParameters;
  /** Default: built-in on-demand prices, and spot prices generated from them. */
  readonly prices?: PriceSource;
  /** Default true, as the stacks declare it. */
  readonly protectedFromScaleIn?: boolean;
  /** Whether each group has the hook that lets its workers finish. Default true, as the stacks declare it. */
  readonly terminatingHook?: boolean;
  /** Default: none. */
  readonly outages?: readonly Outage[];
}

/** A cloud with its market, workers and tasks: all the ports that the loop needs of the world outside. */
export interface Simulation {
  readonly clock: VirtualClock;
  readonly queues: QueuePort;
  readonly clouds: readonly SimulatedRegion[];
  /** null: the fleet declares no events. */
  readonly events: SimulatedEvents | null;
  readonly prices: Market;
  readonly workers: WorkerDesk;
  readonly notifier: NoticeLog;
  /** What really happened, which no port tells. */
  readonly work: ReadonlyMap<string, PoolWork>;
  readonly host: InstanceHost;
}

export function createSimulation(options: SimulationOptions): Simulation {
  const { fleet, seed, start, arrivals } = options;
  const parameters = options.parameters ?? defaultParameters;
  const clock = new VirtualClock(start);
  const prices = options.prices ?? builtInPrices(seed, start, parameters);
  refuseUnpricedPools(fleet, prices);
  refuseUncountedTypes(fleet, parameters);
  const market = new Market(clock, seed, marketRegions(fleet), prices, parameters);
  const work = new Map(
    fleet.pools.map((pool) => {
      const random = randomStream(seed, `taking ${pool.id}`);
      return [pool.id, new PoolWork(clock, random, pool.heartbeats)];
    }),
  );
  const workers = new WorkerDesk(clock, work);
  const host = new InstanceHost(clock, seed, parameters);
  host.listen(new WorkerHost(clock, seed, workers, work, parameters.worker));
  market.listen((offering) => host.reclaim(offering));
  const clouds = fleet.regions.map((region) => {
    const groups = fleet.pools
      .filter((pool) => pool.regions.includes(region.name))
      .flatMap((pool) =>
        marketsOf(pool).map((name) => {
          const declaration = declareGroup(
            pool,
            { fleet, region: region.name, market: name },
            options,
          );
          return new SimulatedGroup(declaration, { clock, market, host }, parameters.group);
        }),
      );
    const faults = { outages: options.outages ?? [], api: parameters.api };
    return new SimulatedRegion(region.name, groups, clock, faults);
  });
  for (const [poolId, tasks] of arrivals) {
    const pool = work.get(poolId);
    if (pool === undefined) throw new SimulationError(`tasks for ${poolId}, which is no pool's id`);
    pool.feed(tasks[Symbol.iterator]());
  }
  const events = fleet.infrastructure.events ? new SimulatedEvents(clock, host) : null;
  const queues = queuePort(work);
  const notifier = new NoticeLog(clock);
  return { clock, queues, clouds, events, prices: market, workers, notifier, work, host };
}

function queuePort(work: ReadonlyMap<string, PoolWork>): QueuePort {
  return {
    async read(pools) {
      return new Map<string, QueueReading>(
        pools.map(({ id }) => [
          id,
          work.get(id)?.read() ?? { status: 'unknown', error: `the simulation has no pool ${id}` },
        ]),
      );
    },
  };
}

/** As the stacks declare it. */
function declareGroup(
  pool: Pool,
  { fleet, region, market }: { fleet: Fleet; region: string; market: MarketName },
  { parameters, protectedFromScaleIn = true, terminatingHook = true }: SimulationOptions,
): GroupDeclaration {
  const { capacity, disk, instances } = pool;
  return {
    name: groupName(fleet.name, pool.id, market),
    region,
    zones: zonesOf(fleet, region),
    pool,
    market,
    // AWS keeps a pool's minimum in one group only: that of its usual market in its first region.
    min: region === pool.regions[0] && market === marketsOf(pool)[0] ? capacity.min : 0,
    max: capacity.max,
    overrides: instances.map(({ type, capacity: weight }) => ({ instanceType: type, weight })),
    allocation: market === 'spot' ? 'price-capacity-optimized' : 'prioritized',
    protectedFromScaleIn,
    hooks: terminatingHook ? [drainHook(pool)] : [],
    suspendedProcesses: ['AZRebalance'],
    defaultCooldown: (parameters ?? defaultParameters).group.defaultCooldown,
    disk: disk.root + (disk.data ?? 0),
  };
}

function drainHook(pool: Pool): LifecycleHook {
  return {
    name: drainHookName,
    transition: 'terminating',
    heartbeatTimeout: drainHookTimeout(pool),
    defaultResult: 'CONTINUE',
  };
}

/** How many zones most regions have. */
const usualZones = 3;

/**
 * One zone per subnet: which zone a subnet is in, only AWS knows. A created network has a subnet in
 * each zone of its region.
 */
function zonesOf(fleet: Fleet, region: string): readonly string[] {
  const network = fleet.regions.find(({ name }) => name === region)?.network;
  const zones = network?.kind === 'created' ? usualZones : (network?.subnetIds.length ?? 0);
  return [...'abcdef'].slice(0, Math.max(1, zones)).map((letter) => `${region}${letter}`);
}

/** The regions of a fleet, with the zones and types that its market has. */
export function marketRegions(fleet: Fleet): readonly MarketRegion[] {
  return fleet.regions.map(({ name: region }) => {
    const pools = fleet.pools.filter(({ regions }) => regions.includes(region));
    const types = pools.flatMap(({ instances }) => instances.map(({ type }) => type));
    return { region, zones: zonesOf(fleet, region), instanceTypes: [...new Set(types)].toSorted() };
  });
}

/** Built-in on-demand prices, and spot prices generated from them. The same seed gives the same. */
export function builtInPrices(
  seed: number,
  start: UnixSeconds,
  { spotPrices }: SimulationParameters,
): PriceSource {
  return {
    onDemand: onDemandPrice,
    spot(offering) {
      const price = onDemandPrice(offering.instanceType, offering.region);
      return price === null ? null : generatedSpotPrices(seed, offering, price, start, spotPrices);
    },
  };
}
