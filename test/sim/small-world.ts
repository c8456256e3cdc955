/** A small fleet, and a cloud in which nothing is left to chance unless a test asks for it. */
import { plainInfrastructure } from '../../pool/infrastructure.ts';
import { groupName } from '../../pool/names.ts';
import type {
  Fleet,
  InstanceChoice,
  MarketPolicy,
  Pool,
  PriceHistory,
  Region,
} from '../../pool/pool.ts';
import type { PriceSource } from '../../sim/market.ts';
import { defaultParameters, type SimulationParameters } from '../../sim/parameters.ts';
import { createSimulation, type Simulation, type SimulationOptions } from '../../sim/simulation.ts';
import { plainStorage } from '../pool/plain-storage.ts';

type SpotMarket = Extract<MarketPolicy, { kind: 'spot' }>;

export const start = 1_678_060_800;
export const group = groupName('ci', 'linux', 'spot');
export const latestPrices: PriceHistory = {
  statistic: 'latest',
  window: 1800,
  product: 'Linux/UNIX',
};
export const never = new AbortController().signal;

/** From launch to first word, for every instance. */
export const bootTime = 75;
export const activityDelay = defaultParameters.group.activityDelay;

export function aPool(change: Partial<Pool> = {}): Pool {
  return {
    id: 'linux',
    name: 'linux',
    description: 'Linux builds',
    owner: 'build@example.com',
    queue: { kind: 'sqs', url: 'https://sqs.eu-west-1.amazonaws.com/1/q', region: 'eu-west-1' },
    regions: ['eu-west-1'],
    heartbeats: true,
    capacity: { min: 0, max: 40 },
    wait: 120,
    instances: [
      anInstance({ type: 'c6i.xlarge' }),
      anInstance({ type: 'c6i.4xlarge', capacity: 4, utility: 4 }),
    ],
    market: spotMarket(),
    scaling: { kind: 'wait' },
    buffer: 0,
    schedule: [],
    coldStart: 0,
    placement: { zones: 'group', regionShare: 1, zoneShare: 0.7 },
    breakers: {
      interruptions: { count: 3, within: 900, pause: 1800 },
      boots: { count: 3, within: 1800, pause: 1800 },
    },
    budget: null,
    paused: false,
    learnUtility: false,
    image: { kind: 'ssm', parameter: '/image/{arch}' },
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
    lifecycle: { idle: 'auto', drain: 900, missingAfter: 1200, maxLifetime: 345_600 },
    notifyOnMissing: [],
    tags: {},
    ...change,
  };
}

export function anInstance(change: Partial<InstanceChoice> = {}): InstanceChoice {
  const type = { type: 'c6i.xlarge', architecture: 'x86_64' as const, capacity: 1, utility: 1 };
  return { ...type, maxPrice: null, onDemandDiscount: 0, ...change };
}

/** No cap, the latest prices, and never on-demand. */
export function spotMarket(change: Partial<SpotMarket> = {}): SpotMarket {
  return {
    kind: 'spot',
    price: {
      kind: 'cap',
      maxPrice: null,
      priceMultiplier: null,
      maxPricePerUtility: null,
      aboveOnDemand: false,
    },
    priceHistory: latestPrices,
    onDemandAfter: null,
    onDemandBase: 0,
    onDemandShare: 0,
    ...change,
  };
}

export function aFleet(
  pools: readonly Pool[] = [aPool()],
  zones = 1,
  change: Partial<Fleet> = {},
): Fleet {
  return {
    name: 'ci',
    interval: 10,
    credentials: { kind: 'default' },
    heartbeat: null,
    launchesPerMinute: null,
    budget: null,
    paused: false,
    infrastructure: plainInfrastructure,
    regions: [aRegion('eu-west-1', zones)],
    pools,
    ...change,
  };
}

export function aRegion(name: string, zones = 1): Region {
  return {
    name,
    network: {
      kind: 'existing',
      vpcId: 'vpc-1',
      subnetIds: Array.from({ length: zones }, (_, index) => `subnet-${index}`),
    },
    credentials: { kind: 'default' },
  };
}

/**
 * Every boot takes {@link bootTime} and succeeds; capacity never ends; nothing is interrupted; what is
 * described is true now.
 */
export const certain: SimulationParameters = {
  ...defaultParameters,
  group: { ...defaultParameters.group, staleness: 0 },
  boot: { ...defaultParameters.boot, readyMedian: bootTime, readySigma: 0, failureShare: 0 },
  interruptions: { ...defaultParameters.interruptions, multiplier: 0 },
  capacity: {
    spot: { meanAvailable: 1, meanMissing: 0 },
    onDemand: { meanAvailable: 1, meanMissing: 0 },
    depth: { from: 1000, to: 1000 },
  },
};

/** USD 0.10 a slot and hour on spot, 0.25 on-demand, for ever. */
export const flatPrices: PriceSource = {
  onDemand: (type) => 0.25 * slotsOf(type),
  spot: ({ instanceType }) => [{ at: start, price: 0.1 * slotsOf(instanceType) }].values(),
};

const slotsOf = (type: string) => (type.endsWith('.4xlarge') ? 4 : 1);

export function aSimulation(change: Partial<SimulationOptions> = {}): Simulation {
  return createSimulation({
    fleet: aFleet(),
    seed: 1,
    start,
    arrivals: new Map(),
    parameters: certain,
    prices: flatPrices,
    ...change,
  });
}

/** Tasks at these times after the start, each as long as this. */
export function tasksAt(offsets: readonly number[], duration: number) {
  return new Map([['linux', offsets.map((offset) => ({ at: start + offset, duration }))]]);
}

/** Lets the simulation go on until so long after its start. */
export async function runUntil({ clock }: Simulation, offset: number): Promise<void> {
  await clock.run(start + offset, never);
}

export function theGroup({ clouds }: Simulation) {
  return clouds[0]!.observe().then(({ groups }) => groups.find(({ name }) => name === group)!);
}
