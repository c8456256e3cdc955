import { marketsOf } from '../../pool/markets.ts';
import { groupName, type MarketName } from '../../pool/names.ts';
import type { Pool, PriceHistory } from '../../pool/pool.ts';
import type { Slots } from '../../pool/units.ts';
import type { Offering } from '../../scaler/decide/observation.ts';
import type { RegionObservation } from '../../scaler/ports.ts';
import type { AllocationStrategy } from '../allocation.ts';
import type { SimulatedGroup } from '../group.ts';
import type { SimulatedRegion } from '../region.ts';
import { refusalNow, remaining, type SimulatedOffering } from '../simulated-offering.ts';
import type { Simulation } from '../simulation.ts';
import type { PeerWorker, PoolCloud, PoolView } from './peer.ts';
import type { PeerTally } from './peer-tally.ts';
import { WorkerList } from './worker-list.ts';

/** The simulated group starts no more instances in one call. */
const mostInstancesPerLaunch = 100;

/**
 * One pool's part of the simulated cloud, as a peer sees and changes it. A peer without a group of its
 * own launches through the simulated group, whose desired capacity is put back to its minimum at
 * once, so that the group itself neither launches nor replaces anything. Our hook on a group that lets
 * a worker finish is no part of a peer's system, and is taken off.
 */
export class SimulatedPoolCloud implements PoolCloud {
  private readonly pool: Pool;
  private readonly simulation: Simulation;
  private readonly tally: PeerTally;
  private readonly market: MarketName;
  private readonly group: string;
  private readonly capacities: ReadonlyMap<string, Slots>;
  private readonly regions: readonly SimulatedRegion[];
  /** One for each region. */
  private readonly workerLists: readonly WorkerList[];
  /** The type that each region's group launches, where it is one. */
  private readonly typeInUse = new Map<string, string>();
  private desiredCapacity: Slots = 0;
  private launches = 0;
  private usesGroup = false;
  draining: ReadonlySet<string> = new Set();

  constructor(fleetName: string, pool: Pool, simulation: Simulation, tally: PeerTally) {
    this.pool = pool;
    this.simulation = simulation;
    this.tally = tally;
    this.market = marketsOf(pool)[0]!;
    this.group = groupName(fleetName, pool.id, this.market);
    this.capacities = new Map(pool.instances.map(({ type, capacity }) => [type, capacity]));
    this.regions = pool.regions.map(
      (name) => simulation.clouds.find(({ region }) => region === name)!,
    );
    this.workerLists = this.regions.map(() => new WorkerList(this.capacities));
    for (const cloud of this.regions) {
      const group = this.groupIn(cloud);
      for (const { name } of group.hooks.list()) group.hooks.remove(name);
      // What a group ends when its desired capacity is lowered, the peer says.
      group.update({ protectedFromScaleIn: true });
    }
  }

  /** What the pool looks like now. `observed` are all regions, each observed once. */
  look(observed: ReadonlyMap<string, RegionObservation>): PoolView {
    const { clock, workers: desk, work } = this.simulation;
    const { claimed, pendingTasks, record } = work.get(this.pool.id)!;
    const heartbeats = desk.heartbeats();
    const workers: (readonly PeerWorker[])[] = [];
    for (const [index, { region }] of this.regions.entries()) {
      const group = observed.get(region)!.groups.find(({ name }) => name === this.group)!;
      if (index === 0) this.desiredCapacity = group.desiredCapacity;
      if (this.usesGroup) for (const { cause } of group.launchFailures) this.tally.failed(cause);
      workers.push(this.workerLists[index]!.update(group, heartbeats));
    }
    return {
      at: clock.now(),
      pending: pendingTasks,
      claimed,
      queued: record.arrived + record.lost.interrupted + record.lost.terminated,
      desiredCapacity: this.desiredCapacity,
      workers: workers.length === 1 ? workers[0]! : workers.flat(),
    };
  }

  async offerings(history: PriceHistory): Promise<readonly Offering[]> {
    const instanceTypes = [...this.capacities.keys()];
    const found: Offering[] = [];
    for (const { region } of this.regions) {
      const request = { region, instanceTypes, history, mean: false };
      for (const offering of await this.simulation.prices.offerings(request)) {
        if (offering.market === this.market && offering.price !== null) found.push(offering);
      }
    }
    return found;
  }

  declareGroup(instanceTypes: readonly string[], allocation: AllocationStrategy): void {
    this.usesGroup = true;
    const group = this.groupIn(this.regions[0]!);
    const overrides = instanceTypes.map((instanceType) => {
      return { instanceType, weight: this.capacities.get(instanceType)! };
    });
    group.setOverrides(overrides, null);
    group.update({ allocation });
  }

  async setDesiredCapacity(slots: Slots): Promise<void> {
    const cloud = this.regions[0]!;
    const { min, max } = this.groupIn(cloud).declaration;
    const desired = Math.max(min, Math.min(slots, max));
    if (desired === this.desiredCapacity) return;
    this.tally.calls.setDesiredCapacity++;
    await cloud.setDesiredCapacity(this.group, desired);
    this.desiredCapacity = desired;
  }

  async launch(offering: Offering, instances: number): Promise<number> {
    this.tally.calls.launch += instances;
    const started = await this.start(offering, instances);
    if (started < instances) {
      this.tally.failed(this.refusal(offering) ?? 'no-capacity', instances - started);
    }
    return started;
  }

  async launchTogether(offering: Offering, instances: number): Promise<boolean> {
    this.tally.calls.launch++;
    const simulated = this.find(offering);
    const refusal = simulated === undefined ? 'no-capacity' : refusalOf(simulated, instances);
    if (refusal !== null) {
      this.tally.failed(refusal);
      return false;
    }
    await this.start(offering, instances);
    return true;
  }

  async terminate(worker: PeerWorker): Promise<void> {
    this.tally.calls.terminate++;
    await this.regionOf(worker).terminate(worker.instanceId);
  }

  async terminateAndLower(worker: PeerWorker): Promise<void> {
    await this.terminate(worker);
    const group = this.groupIn(this.regions[0]!);
    const { min } = group.declaration;
    this.desiredCapacity = Math.max(min, this.desiredCapacity - worker.capacity);
    group.setDesiredCapacity(this.desiredCapacity);
  }

  drain(instanceIds: ReadonlySet<string>): void {
    this.draining = instanceIds;
  }

  /** Requests that are alike get the same answer at the same time, so they are made as one. */
  private async start({ region, zone, instanceType }: Offering, instances: number) {
    const cloud = this.regions.find((one) => one.region === region)!;
    const group = this.groupIn(cloud);
    const weight = this.capacities.get(instanceType)!;
    if (this.typeInUse.get(region) !== instanceType) {
      group.setOverrides([{ instanceType, weight }], null);
      this.typeInUse.set(region, instanceType);
    }
    let started = 0;
    while (started < instances) {
      const asked = Math.min(mostInstancesPerLaunch, instances - started);
      const token = `peer-${this.pool.id}-${this.launches++}`;
      const slots = await cloud.launch({ group: this.group, zone, slots: asked * weight, token });
      if (slots > 0) group.setDesiredCapacity(group.declaration.min);
      started += slots / weight;
      if (slots < asked * weight) break;
    }
    return started;
  }

  private groupIn(cloud: SimulatedRegion): SimulatedGroup {
    return cloud.group(this.group)!;
  }

  private find({ zone, instanceType }: Offering): SimulatedOffering | undefined {
    return this.simulation.prices.find(zone, instanceType, this.market);
  }

  private refusal(offering: Offering) {
    const simulated = this.find(offering);
    return simulated === undefined ? null : refusalNow(simulated);
  }

  private regionOf(worker: PeerWorker): SimulatedRegion {
    return this.regions.find(({ region }) => region === worker.region)!;
  }
}

/** Why not all of them can be had now; null: they can. */
function refusalOf(offering: SimulatedOffering, instances: number) {
  const { quota, virtualCpus } = offering;
  if (quota.limit !== null && quota.used + instances * virtualCpus > quota.limit) return 'quota';
  return remaining(offering) >= instances ? null : 'no-capacity';
}
