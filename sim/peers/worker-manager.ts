import type { PriceHistory } from '../../pool/pool.ts';
import type { Slots, UnixSeconds } from '../../pool/units.ts';
import type { Offering } from '../../scaler/decide/observation.ts';
import type { Random } from '../random.ts';
import { dueEvery } from './due-every.ts';
import {
  capacityOf,
  isUp,
  type Peer,
  type PeerConstant,
  type PeerIteration,
  type PeerSetup,
  type PeerWorker,
  type PoolCloud,
  type PoolView,
} from './peer.ts';

const estimator = 'taskcluster/taskcluster v106, services/worker-manager';
const provisionInterval: PeerConstant = {
  name: 'provision loop',
  value: 10,
  unit: 's',
  source: `${estimator}, src/provisioner.js`,
};
const scanInterval: PeerConstant = {
  name: 'scan loop',
  value: 20,
  unit: 's',
  source: `${estimator}, src/worker-scanner.js; 30 to 60 min have been seen in production`,
};
const scalingRatio: PeerConstant = {
  name: 'scaling ratio',
  value: 1,
  unit: '',
  source: `${estimator}, src/estimator.js`,
};
const initialWeight: PeerConstant = {
  name: 'initial weight of a launch config',
  value: 1,
  unit: '',
  source: `${estimator}, src/launch-config-selector.js`,
};
const registrationTimeout: PeerConstant = {
  name: 'registration timeout',
  value: 1800,
  unit: 's',
  source: 'taskcluster/taskcluster v106, dev-docs/creating-a-worker-ami.md (none where not set)',
};
const reregistrationTimeout: PeerConstant = {
  name: 'reregistration timeout',
  value: 345_600,
  unit: 's',
  source: `${estimator}, src/providers/provider.js: interpretLifecycle`,
};

const latest: PriceHistory = { statistic: 'latest', window: 1800, product: 'Linux/UNIX' };

export interface EstimatorCounts {
  readonly pending: number;
  readonly claimed: number;
  /** Slots of all workers that have not begun to stop, those only requested among them. */
  readonly existing: Slots;
  readonly stopping: Slots;
  /** Slots of workers that have not registered. They are subtracted twice: once as existing. */
  readonly requested: Slots;
  readonly min: Slots;
  readonly max: Slots;
}

/** Slots to spawn (src/estimator.js: simple). */
export function slotsToSpawn(counts: EstimatorCounts): Slots {
  const { pending, claimed, existing, stopping, requested, min, max } = counts;
  const idle = Math.max(0, existing - claimed);
  const unserved = Math.max(0, pending - idle);
  const whole = existing + stopping;
  const desired = Math.max(min, Math.min(unserved * scalingRatio.value + whole, max));
  return Math.max(0, Math.max(0, desired - whole) - requested);
}

/** Slots that the queue needs, by which workers are told to end (src/estimator.js: targetCapacity). */
export function capacityNeeded(
  tasks: number,
  { min, max }: { readonly min: Slots; readonly max: Slots },
): Slots {
  return Math.max(min, Math.min(tasks * scalingRatio.value, max));
}

/** Workers beyond that, if the newest are kept (src/worker-scanner.js: evaluatePolicies). */
export function overCapacity<Worker extends Pick<PeerWorker, 'capacity' | 'launchedAt'>>(
  workers: readonly Worker[],
  needed: Slots,
): readonly Worker[] {
  let left = needed;
  return workers
    .toSorted((a, b) => b.launchedAt - a.launchedAt)
    .filter(({ capacity }) => {
      if (left <= 0) return true;
      left -= capacity;
      return false;
    });
}

/** A launch config: one type in one zone, and the slots that it has. */
export interface LaunchConfig {
  readonly offering: Offering;
  readonly capacity: Slots;
  readonly existing: Slots;
}

/**
 * Weight of a launch config: the initial one less its share of the maximum (src/launch-config-selector.js).
 * Errors would lower it too, but those of RunInstances carry no launch config (src/providers/aws.js).
 */
export function weightOf({ existing }: Pick<LaunchConfig, 'existing'>, max: Slots): number {
  return initialWeight.value - (max > 0 ? existing / max : 0);
}

/** Instances to ask of each viable launch config, in the order in which they are asked. */
export function spawnPlan(
  toSpawn: Slots,
  shuffled: readonly LaunchConfig[],
): readonly { readonly offering: Offering; readonly instances: number }[] {
  const each = Math.ceil(toSpawn / shuffled.length);
  const plan: { offering: Offering; instances: number }[] = [];
  let left = toSpawn;
  for (const { offering, capacity } of shuffled) {
    if (left <= 0) break;
    const instances = Math.ceil(Math.min(left, each) / capacity);
    plan.push({ offering, instances });
    left -= instances * capacity;
  }
  return plan;
}

function manage({ pool, random }: PeerSetup, cloud: PoolCloud): PeerIteration {
  const scanIsDue = dueEvery(scanInterval.value);
  const capacities = new Map(pool.instances.map(({ type, capacity }) => [type, capacity]));
  const { max } = pool.capacity;
  /** Told to end at the last scan, and among them those that have heard it: they do not come back. */
  let told: ReadonlySet<string> = new Set();
  let leaving: ReadonlySet<string> = new Set();

  async function provision(view: PoolView): Promise<void> {
    const up = view.workers.filter(isUp);
    const toSpawn = slotsToSpawn({
      pending: view.pending,
      claimed: view.claimed,
      existing: capacityOf(up),
      stopping: capacityOf(view.workers.filter(({ phase }) => phase === 'terminating')),
      requested: capacityOf(up.filter(({ registered }) => !registered)),
      ...pool.capacity,
    });
    if (toSpawn === 0) return;
    const existing = new Map<string, Slots>();
    for (const { zone, instanceType, capacity } of up) {
      const key = `${zone} ${instanceType}`;
      existing.set(key, (existing.get(key) ?? 0) + capacity);
    }
    const configs = (await cloud.offerings(latest)).map((offering) => ({
      offering,
      capacity: capacities.get(offering.instanceType)!,
      existing: existing.get(`${offering.zone} ${offering.instanceType}`) ?? 0,
    }));
    const viable = configs.filter((config) => weightOf(config, max) > 0);
    for (const { offering, instances } of spawnPlan(toSpawn, shuffle(viable, random))) {
      // One error ends the round: the other configs wait for the next.
      if (!(await cloud.launchTogether(offering, instances))) return;
    }
  }

  function scan(view: PoolView): void {
    const running = view.workers.filter((worker) => isUp(worker) && worker.registered);
    const needed = capacityNeeded(view.pending + view.claimed, pool.capacity);
    told = new Set(overCapacity(running, needed).map(({ instanceId }) => instanceId));
  }

  return async (view) => {
    for (const worker of view.workers) {
      if (isUp(worker) && hasExpired(worker, view.at)) await cloud.terminate(worker);
    }
    // A worker asks between two claims, so one whose slots are all busy has not asked yet.
    const before = leaving;
    const asked = view.workers.filter(
      (worker) =>
        before.has(worker.instanceId) ||
        (told.has(worker.instanceId) && worker.busySlots < worker.capacity),
    );
    leaving = new Set(asked.filter(isUp).map(({ instanceId }) => instanceId));
    for (const worker of asked) {
      if (isUp(worker) && worker.busySlots === 0) await cloud.terminate(worker);
    }
    if (scanIsDue(view.at)) scan(view);
    cloud.drain(new Set([...leaving, ...told]));
    await provision(view);
  };
}

/** Never registered, or not anew. */
function hasExpired({ registered, launchedAt }: PeerWorker, at: UnixSeconds): boolean {
  const limit = registered ? reregistrationTimeout : registrationTimeout;
  return at - launchedAt > limit.value;
}

/** Fisher and Yates. */
function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const index = random.integer(last + 1);
    [shuffled[last], shuffled[index]] = [shuffled[index]!, shuffled[last]!];
  }
  return shuffled;
}

export const workerManager: Peer = {
  name: 'worker-manager',
  title: 'Taskcluster worker-manager',
  description:
    'Spawns what pending tasks lack, spread evenly over all types and zones in random order; the oldest workers beyond the need are told to end.',
  source: `${estimator}; workers/generic-worker/main.go`,
  interval: provisionInterval.value,
  constants: [
    provisionInterval,
    scanInterval,
    scalingRatio,
    initialWeight,
    registrationTimeout,
    reregistrationTimeout,
  ],
  scalesIn: true,
  start: manage,
};
