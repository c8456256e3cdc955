import type { PriceHistory } from '../../pool/pool.ts';
import type { Slots } from '../../pool/units.ts';
import type { Offering } from '../../scaler/decide/observation.ts';
import { capacityChange } from '../../scaler/decide/old-provisioner.ts';
import type { Random } from '../random.ts';
import { IdleTimes } from './idle-times.ts';
import {
  capacityOf,
  type Peer,
  type PeerConstant,
  type PeerIteration,
  type PeerSetup,
  type PoolCloud,
} from './peer.ts';

const interval: PeerConstant = {
  name: 'iteration',
  value: 10,
  unit: 's',
  source: 'taskcluster/aws-provisioner, src/provision.js: wait between iterations',
};
const scalingRatio: PeerConstant = {
  name: 'scaling ratio',
  value: 0,
  unit: '',
  source: 'all 34 worker types of taskcluster/mozilla-history, October 2019',
};
const priceWindow: PeerConstant = {
  name: 'price window, of which the maximum counts',
  value: 1800,
  unit: 's',
  source: 'taskcluster/aws-provisioner, src/aws-manager.js: _findMaxPrices',
};
const idleTime: PeerConstant = {
  name: 'idle time until a worker ends itself',
  value: 900,
  unit: 's',
  source: 'docker-worker `shutdown.afterIdleSeconds` of Firefox CI, and the provisioning simulator',
};
const maximumLife: PeerConstant = {
  name: 'longest life of an instance',
  value: 345_600,
  unit: 's',
  source: 'taskcluster/aws-provisioner, src/provision.js: zombieKiller',
};

type Choose = (
  candidates: readonly PricedUtility[],
  change: Slots,
  random: Random,
) => ReadonlyMap<Offering, number>;

/** An offering with what the choice goes by. */
export interface PricedUtility {
  readonly offering: Offering;
  readonly pricePerUtility: number;
  readonly capacity: Slots;
}

/**
 * All bids of an iteration are alike, since prices do not change within it: the lowest price per
 * utility, the first of equals, as often as the change needs.
 */
export function cheapestBids(candidates: readonly PricedUtility[], change: Slots) {
  let best: PricedUtility | null = null;
  for (const candidate of candidates) {
    if (best === null || candidate.pricePerUtility < best.pricePerUtility) best = candidate;
  }
  if (best === null || change <= 0) return new Map<Offering, number>();
  return new Map([[best.offering, Math.ceil(change / best.capacity)]]);
}

/** Any of them for each bid, all equally likely. */
export function randomBids(candidates: readonly PricedUtility[], change: Slots, random: Random) {
  const bids = new Map<Offering, number>();
  if (candidates.length === 0) return bids;
  for (let left = change; left > 0; ) {
    const { offering, capacity } = candidates[random.integer(candidates.length)]!;
    bids.set(offering, (bids.get(offering) ?? 0) + 1);
    left -= capacity;
  }
  return bids;
}

function provision({ pool, random }: PeerSetup, cloud: PoolCloud, choose: Choose): PeerIteration {
  const idleTimes = new IdleTimes();
  const facts = new Map(pool.instances.map((choice) => [choice.type, choice]));
  const history: PriceHistory = {
    statistic: 'max',
    window: priceWindow.value,
    product: 'Linux/UNIX',
  };

  async function candidates(): Promise<readonly PricedUtility[]> {
    const offerings = await cloud.offerings(history);
    return offerings.map((offering) => {
      const { capacity, utility } = facts.get(offering.instanceType)!;
      return { offering, capacity, pricePerUtility: offering.price! / utility };
    });
  }

  return async (view) => {
    for (const worker of idleTimes.update(view.at, view.workers, idleTime.value)) {
      await cloud.terminate(worker);
    }
    const old = view.workers.filter(
      ({ phase, launchedAt }) =>
        phase !== 'terminating' && view.at - launchedAt > maximumLife.value,
    );
    for (const worker of old) await cloud.terminate(worker);
    // What EC2 says, not the worker: one that runs counts as running before it can take a task.
    const change = capacityChange({
      pending: view.pending,
      booting: capacityOf(view.workers.filter(({ phase }) => phase === 'pending')),
      running: capacityOf(view.workers.filter(({ phase }) => phase === 'in-service')),
      ...pool.capacity,
      ratio: scalingRatio.value,
    });
    if (change <= 0) return;
    for (const [offering, instances] of choose(await candidates(), change, random)) {
      await cloud.launch(offering, instances);
    }
  };
}

const common = {
  interval: interval.value,
  constants: [interval, scalingRatio, priceWindow, idleTime, maximumLife],
  scalesIn: true,
} as const;

export const taskclusterProvisioner: Peer = {
  ...common,
  name: 'taskcluster-provisioner',
  title: 'Taskcluster provisioner (2017)',
  description:
    'One spot request for each missing instance, at the lowest price per utility of all types and zones; workers end themselves when idle.',
  source:
    'taskcluster/aws-provisioner, src/worker-type.js from commit 50f6e67 of 2017-06-08 until ad21ea3 of 2017-12-01',
  start: (setup, cloud) => provision(setup, cloud, cheapestBids),
};

export const taskclusterProvisionerRandom: Peer = {
  ...common,
  name: 'taskcluster-provisioner-random',
  title: 'Taskcluster provisioner (2018)',
  description:
    'As the one of 2017, but each spot request is for any of the types and zones, at random.',
  source: 'taskcluster/aws-provisioner, commit ad21ea3 of 2017-12-01 until 8798420 of 2019-08-22',
  start: (setup, cloud) => provision(setup, cloud, randomBids),
};
