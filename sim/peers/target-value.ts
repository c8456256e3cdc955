import type { UnixSeconds } from '../../pool/units.ts';
import { mostCommonSize } from './one-size.ts';
import { isUp, type Peer, type PeerConstant, type PeerWorker } from './peer.ts';

const configuration = 'hashicorp/nomad-autoscaler, agent/config/config.go';
const evaluationInterval: PeerConstant = {
  name: 'evaluation interval',
  value: 10,
  unit: 's',
  source: `${configuration}: defaultEvaluationInterval`,
};
const cooldown: PeerConstant = {
  name: 'cooldown after each action',
  value: 300,
  unit: 's',
  source: `${configuration}: defaultPolicyCooldown`,
};
const threshold: PeerConstant = {
  name: 'threshold',
  value: 0.01,
  unit: '',
  source: 'hashicorp/nomad-autoscaler, plugins/builtin/strategy/target-value: defaultThreshold',
};
const target: PeerConstant = {
  name: 'target, in tasks for each slot',
  value: 1,
  unit: '',
  source: 'set by the user; one task for each slot keeps up with the queue',
};
const drainDeadline: PeerConstant = {
  name: 'drain deadline',
  value: 900,
  unit: 's',
  source:
    'hashicorp/nomad-autoscaler, sdk/helper/scaleutils/node_drain.go: defaultNodeDrainDeadline',
};

/** ceil(count x metric / target), unless that is within the threshold of the count. */
export function targetCount(count: number, metric: number): number {
  const factor = metric / target.value;
  if (count === 0) return Math.ceil(factor);
  if (factor >= 1 - threshold.value && factor <= 1 + threshold.value) return count;
  return Math.ceil(count * factor);
}

/** Nodes to drain: those with the fewest tasks, the oldest of them first. */
export function leastBusy(nodes: readonly PeerWorker[], count: number): PeerWorker[] {
  return nodes.toSorted((a, b) => a.busySlots - b.busySlots).slice(0, Math.max(0, count));
}

export const targetValue: Peer = {
  name: 'target-value',
  title: 'Target value (Nomad Autoscaler)',
  description:
    'A group of as many instances as bring tasks for each slot to one; it drains the least busy ones for at most 15 minutes, and does nothing else until they are gone.',
  source: 'hashicorp/nomad-autoscaler, strategy target-value and target aws-asg',
  interval: evaluationInterval.value,
  constants: [evaluationInterval, cooldown, threshold, target, drainDeadline],
  scalesIn: true,
  start({ pool }, cloud) {
    const { capacity, instanceTypes } = mostCommonSize(pool.instances);
    const least = Math.ceil(pool.capacity.min / capacity);
    const most = Math.floor(pool.capacity.max / capacity);
    cloud.declareGroup(instanceTypes, 'price-capacity-optimized');
    let quietUntil: UnixSeconds = Number.NEGATIVE_INFINITY;
    let drain: { readonly ids: ReadonlySet<string>; readonly until: UnixSeconds } | null = null;
    return async (view) => {
      if (drain !== null) {
        const { ids, until } = drain;
        const left = view.workers.filter((worker) => isUp(worker) && ids.has(worker.instanceId));
        if (left.some(({ busySlots }) => busySlots > 0) && view.at < until) return;
        for (const worker of left) await cloud.terminateAndLower(worker);
        cloud.drain(new Set());
        drain = null;
        quietUntil = view.at + cooldown.value;
        return;
      }
      if (view.at < quietUntil) return;
      const count = view.desiredCapacity / capacity;
      const metric = (view.pending + view.claimed) / (Math.max(1, count) * capacity);
      const wanted = Math.max(least, Math.min(targetCount(count, metric), most));
      if (wanted > count) {
        await cloud.setDesiredCapacity(wanted * capacity);
        quietUntil = view.at + cooldown.value;
      }
      if (wanted >= count) return;
      // Only what has joined the cluster is a node, so an instance that never did is never chosen.
      const nodes = view.workers.filter(
        (worker) => worker.phase === 'in-service' && worker.registered,
      );
      const ids = new Set(leastBusy(nodes, count - wanted).map(({ instanceId }) => instanceId));
      if (ids.size === 0) return;
      drain = { ids, until: view.at + drainDeadline.value };
      cloud.drain(ids);
    };
  },
};
