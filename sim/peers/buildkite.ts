import { IdleTimes } from './idle-times.ts';
import { mostCommonSize } from './one-size.ts';
import { isUp, type Peer, type PeerConstant } from './peer.ts';

const template = 'buildkite/elastic-ci-stack-for-aws, templates/aws-stack.yml';
const pollInterval: PeerConstant = {
  name: 'poll interval',
  value: 10,
  unit: 's',
  source: `${template}: ScalerMinPollInterval`,
};
const scaleOutCooldown: PeerConstant = {
  name: 'scale-out cooldown',
  value: 300,
  unit: 's',
  source: `${template}: ScaleOutCooldownPeriod`,
};
const scaleOutFactor: PeerConstant = {
  name: 'scale-out factor',
  value: 1,
  unit: '',
  source: `${template}: ScaleOutFactor`,
};
const instanceBuffer: PeerConstant = {
  name: 'instance buffer',
  value: 0,
  unit: 'instances',
  source: `${template}: InstanceBuffer`,
};
const availabilityThreshold: PeerConstant = {
  name: 'availability threshold',
  value: 0.5,
  unit: '',
  source: 'buildkite/buildkite-agent-scaler, lambda/main.go: AVAILABILITY_THRESHOLD',
};
const idlePeriod: PeerConstant = {
  name: 'idle time until an instance ends itself',
  value: 600,
  unit: 's',
  source: `${template}: ScaleInIdlePeriod`,
};

export interface BuildkiteCounts {
  readonly scheduledJobs: number;
  readonly runningJobs: number;
  readonly agentsPerInstance: number;
  readonly onlineAgents: number;
  /** The group's desired capacity, and its instances in service. */
  readonly desiredInstances: number;
  readonly actualInstances: number;
  readonly minInstances: number;
  readonly maxInstances: number;
}

/** Instances that the queue calls for (scaler/scaling_calculator.go and scaler.go, v1.12). */
export function instancesRequired(counts: BuildkiteCounts): number {
  const { scheduledJobs, runningJobs, agentsPerInstance, onlineAgents } = counts;
  const { desiredInstances, actualInstances, minInstances, maxInstances } = counts;
  const jobs = scheduledJobs + runningJobs;
  let required = Math.ceil(jobs / agentsPerInstance);
  const expectedAgents = agentsPerInstance * (actualInstances || desiredInstances);
  const availability = expectedAgents > 0 ? onlineAgents / expectedAgents : 1;
  const hasConverged = actualInstances === desiredInstances;
  if (jobs > 0 && availability < availabilityThreshold.value && hasConverged) {
    required = Math.max(required, desiredInstances + 1);
  }
  required += Math.min(instanceBuffer.value, Math.ceil(jobs / agentsPerInstance));
  return Math.max(minInstances, Math.min(required, maxInstances));
}

/** What the group's desired capacity becomes; the same where nothing is scaled out. */
export function scaledOut(counts: BuildkiteCounts): number {
  const { desiredInstances, actualInstances, maxInstances } = counts;
  const required = instancesRequired(counts);
  if (required <= (actualInstances || desiredInstances) || required <= desiredInstances) {
    return desiredInstances;
  }
  const change = Math.ceil((required - desiredInstances) * scaleOutFactor.value);
  return Math.min(desiredInstances + change, maxInstances);
}

export const buildkite: Peer = {
  name: 'buildkite',
  title: 'Buildkite agent scaler',
  description:
    'One group whose desired capacity follows scheduled and running jobs, with a cooldown; it is never lowered, but by instances that end themselves when idle.',
  source:
    'buildkite/buildkite-agent-scaler v1.12 with the defaults of elastic-ci-stack-for-aws v6.71',
  interval: pollInterval.value,
  constants: [
    pollInterval,
    scaleOutCooldown,
    scaleOutFactor,
    instanceBuffer,
    availabilityThreshold,
    idlePeriod,
  ],
  scalesIn: true,
  start({ pool }, cloud) {
    const { capacity: agentsPerInstance, instanceTypes } = mostCommonSize(pool.instances);
    const idleTimes = new IdleTimes();
    // The stack's default is capacity-optimized, which is worse by what the market's depth is, and
    // AWS does not publish that: so its peer gets what AWS recommends.
    cloud.declareGroup(instanceTypes, 'price-capacity-optimized');
    let scaledOutAt = Number.NEGATIVE_INFINITY;
    return async (view) => {
      const idle = new Set(idleTimes.update(view.at, view.workers, idlePeriod.value));
      let desiredInstances = view.desiredCapacity / agentsPerInstance;
      for (const worker of idle) {
        desiredInstances--;
        await cloud.terminateAndLower(worker);
      }
      if (view.at - scaledOutAt < scaleOutCooldown.value) return;
      const up = view.workers.filter((worker) => isUp(worker) && !idle.has(worker));
      const desired = scaledOut({
        scheduledJobs: view.pending,
        runningJobs: view.claimed,
        agentsPerInstance,
        onlineAgents: up.filter(({ registered }) => registered).length * agentsPerInstance,
        desiredInstances: Math.ceil(Math.max(desiredInstances, 0)),
        actualInstances: up.filter(({ phase }) => phase === 'in-service').length,
        minInstances: Math.ceil(pool.capacity.min / agentsPerInstance),
        maxInstances: Math.floor(pool.capacity.max / agentsPerInstance),
      });
      if (desired <= desiredInstances) return;
      await cloud.setDesiredCapacity(desired * agentsPerInstance);
      scaledOutAt = view.at;
    };
  },
};
