import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import type { TaskArrival } from '../task-queue.ts';
import { endSurplus } from './group-scale-in.ts';
import { capacityOf, type Peer, type PeerConstant } from './peer.ts';

const guide = 'EC2 Auto Scaling user guide, target tracking scaling policies';
const period: PeerConstant = {
  name: 'metric period',
  value: 60,
  unit: 's',
  source: 'EC2 Auto Scaling user guide, scaling policy based on Amazon SQS',
};
const highPeriods: PeerConstant = {
  name: 'periods above the target until it scales out',
  value: 3,
  unit: 'periods',
  source: 'as seen on the alarms that Auto Scaling makes (AlarmHigh); its guide does not say',
};
const lowPeriods: PeerConstant = {
  name: 'periods below until it scales in',
  value: 15,
  unit: 'periods',
  source: 'as seen on the alarms that Auto Scaling makes (AlarmLow); its guide does not say',
};
const lowShare: PeerConstant = {
  name: 'share of the target that counts as below',
  value: 0.9,
  unit: '',
  source: 'as seen on the alarms that Auto Scaling makes (AlarmLow); its guide does not say',
};
const warmup: PeerConstant = {
  name: 'instance warmup, in which it does not scale in',
  value: 300,
  unit: 's',
  source: `${guide}: without a warmup of its own, the default cooldown`,
};

/** Acceptable backlog for each slot: the acceptable wait over what a task takes. */
export function acceptableBacklog(wait: Seconds, tasks: readonly TaskArrival[]): number {
  const whole = tasks.reduce((sum, { duration }) => sum + duration, 0);
  return tasks.length === 0 ? 1 : wait / (whole / tasks.length);
}

/** The metric: pending tasks for each slot in service; without a slot, as if there were one. */
export function backlogPerSlot(pending: number, inService: Slots): number {
  return pending / Math.max(1, inService);
}

/** The capacity at which the metric would be at its target. */
export function trackedCapacity(inService: Slots, metric: number, target: number): Slots {
  return Math.ceil((Math.max(1, inService) * metric) / target);
}

export const targetTracking: Peer = {
  name: 'target-tracking',
  title: 'Target tracking on backlog per instance',
  description:
    "Auto Scaling's own policy: the group is kept at so many pending tasks for each slot as the wait target allows; instances protect themselves from scale-in while they are busy.",
  source: 'EC2 Auto Scaling user guide, scaling policy based on Amazon SQS',
  interval: period.value,
  constants: [period, highPeriods, lowPeriods, lowShare, warmup],
  scalesIn: true,
  start({ pool, tasks }, cloud) {
    const target = acceptableBacklog(pool.wait, tasks);
    const { min, max } = pool.capacity;
    cloud.declareGroup(
      pool.instances.map(({ type }) => type),
      'price-capacity-optimized',
    );
    let above = 0;
    let below = 0;
    let scaledOutAt: UnixSeconds = Number.NEGATIVE_INFINITY;
    return async (view) => {
      const inService = capacityOf(view.workers.filter(({ phase }) => phase === 'in-service'));
      const metric = backlogPerSlot(view.pending, inService);
      above = metric > target ? above + 1 : 0;
      below = metric < target * lowShare.value ? below + 1 : 0;
      const wanted = Math.max(min, Math.min(trackedCapacity(inService, metric, target), max));
      let desired = view.desiredCapacity;
      if (above >= highPeriods.value && wanted > desired) {
        scaledOutAt = view.at;
        desired = wanted;
        await cloud.setDesiredCapacity(desired);
      }
      const isWarm = view.at - scaledOutAt >= warmup.value;
      if (below >= lowPeriods.value && isWarm && wanted < desired) {
        desired = wanted;
        await cloud.setDesiredCapacity(desired);
      }
      await endSurplus(view, cloud, desired, ({ busySlots }) => busySlots === 0);
    };
  },
};
