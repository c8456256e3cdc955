import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import { dueEvery } from './due-every.ts';
import { endSurplus } from './group-scale-in.ts';
import type { Peer, PeerConstant } from './peer.ts';

const scaler = 'KEDA documentation, ScaledObject specification';
const autoscaler = 'Kubernetes guide, Horizontal Pod Autoscaling';
const pollInterval: PeerConstant = {
  name: 'poll interval while there is no replica',
  value: 30,
  unit: 's',
  source: `${scaler}: pollingInterval`,
};
const cooldown: PeerConstant = {
  name: 'time without a task until the last replica goes',
  value: 300,
  unit: 's',
  source: `${scaler}: cooldownPeriod`,
};
const queueLength: PeerConstant = {
  name: 'tasks for each replica',
  value: 1,
  unit: '',
  source: 'a replica is a slot here, so it runs one task; the scaler has 5 where none is set',
};
const syncInterval: PeerConstant = {
  name: 'sync interval',
  value: 15,
  unit: 's',
  source: `${autoscaler}: --horizontal-pod-autoscaler-sync-period`,
};
const tolerance: PeerConstant = {
  name: 'tolerance',
  value: 0.1,
  unit: '',
  source: `${autoscaler}: --horizontal-pod-autoscaler-tolerance`,
};
const stabilization: PeerConstant = {
  name: 'stabilization window of scale-in',
  value: 300,
  unit: 's',
  source: `${autoscaler}: default behavior`,
};
const growthFactor: PeerConstant = {
  name: 'most growth in a sync interval, as a factor',
  value: 2,
  unit: '',
  source: `${autoscaler}: default behavior, 100 percent in 15 s`,
};
const growthReplicas: PeerConstant = {
  name: 'most growth in a sync interval, if that is more',
  value: 4,
  unit: 'replicas',
  source: `${autoscaler}: default behavior, 4 pods in 15 s`,
};

/** What the metric asks for: ceil(tasks / tasks for each replica), unless the change is too small. */
export function recommendation(tasks: number, replicas: Slots): Slots {
  const ratio = tasks / queueLength.value / replicas;
  if (ratio >= 1 - tolerance.value && ratio <= 1 + tolerance.value) return replicas;
  return Math.ceil(tasks / queueLength.value);
}

/** The highest recommendation of the window, as far as growth is allowed. At least one replica. */
export function nextReplicas(
  recommendations: readonly Slots[],
  replicas: Slots,
  { min, max }: { readonly min: Slots; readonly max: Slots },
): Slots {
  const stable = Math.max(...recommendations);
  const most = Math.max(replicas * growthFactor.value, replicas + growthReplicas.value);
  return Math.max(1, min, Math.min(stable, most, max));
}

/** Recommendations of the last so many seconds, the newest last. */
class Recommendations {
  private recent: { readonly at: UnixSeconds; readonly slots: Slots }[] = [];

  add(at: UnixSeconds, slots: Slots, window: Seconds): readonly Slots[] {
    this.recent = this.recent.filter((one) => at - one.at < window);
    this.recent.push({ at, slots });
    return this.recent.map((one) => one.slots);
  }

  clear(): void {
    this.recent = [];
  }
}

export const keda: Peer = {
  name: 'keda',
  title: 'KEDA on an Auto Scaling group',
  description:
    'A replica for each queued or running task, by the rules of the Horizontal Pod Autoscaler; replicas are slots of a group whose busy instances are protected from scale-in.',
  source: 'kedacore/keda, aws_sqs_queue_scaler; Kubernetes guide, Horizontal Pod Autoscaling',
  interval: syncInterval.value,
  constants: [
    pollInterval,
    cooldown,
    queueLength,
    syncInterval,
    tolerance,
    stabilization,
    growthFactor,
    growthReplicas,
  ],
  scalesIn: true,
  start({ pool }, cloud) {
    const recommendations = new Recommendations();
    const polls = dueEvery(pollInterval.value);
    const { min } = pool.capacity;
    cloud.declareGroup(
      pool.instances.map(({ type }) => type),
      'price-capacity-optimized',
    );
    let replicas = min;
    let activeAt: UnixSeconds = Number.NEGATIVE_INFINITY;
    return async (view) => {
      const tasks = view.pending + view.claimed;
      if (tasks > 0) activeAt = view.at;
      const isPoll = polls(view.at);
      if (replicas === 0) {
        if (isPoll && tasks > 0) replicas = 1;
      } else if (isPoll && min === 0 && view.at - activeAt >= cooldown.value) {
        replicas = 0;
        recommendations.clear();
      } else {
        const wanted = recommendation(tasks, replicas);
        const recent = recommendations.add(view.at, wanted, stabilization.value);
        replicas = nextReplicas(recent, replicas, pool.capacity);
      }
      await cloud.setDesiredCapacity(replicas);
      await endSurplus(view, cloud, replicas, ({ busySlots }) => busySlots === 0);
    };
  },
};
