import type { PriceHistory } from '../../pool/pool.ts';
import type { UnixSeconds } from '../../pool/units.ts';
import type { Offering } from '../../scaler/decide/observation.ts';
import { dueEvery } from './due-every.ts';
import { smallestSize } from './one-size.ts';
import { isUp, type Peer, type PeerConstant, type PoolView } from './peer.ts';

const variables = 'github-aws-runners/terraform-aws-github-runner, variables.tf';
const interval: PeerConstant = {
  name: 'resolution of events',
  value: 10,
  unit: 's',
  source: 'of this simulation: a webhook is looked at when it is next due',
};
const webhookDelay: PeerConstant = {
  name: 'delay of a webhook',
  value: 30,
  unit: 's',
  source: `${variables}: delay_webhook_event`,
};
const retryDelay: PeerConstant = {
  name: 'delay of the one job retry',
  value: 300,
  unit: 's',
  source: `${variables}: job_retry, which is off unless it is set`,
};
const scaleDownInterval: PeerConstant = {
  name: 'scale-down interval',
  value: 300,
  unit: 's',
  source: `${variables}: scale_down_schedule_expression`,
};
const minimumRunningTime: PeerConstant = {
  name: 'minimum running time',
  value: 300,
  unit: 's',
  source:
    'github-aws-runners/terraform-aws-github-runner, modules/runners/scale-down.tf: min_runtime_defaults',
};
const bootTime: PeerConstant = {
  name: 'boot time until a runner is an orphan',
  value: 300,
  unit: 's',
  source: `${variables}: runner_boot_time_in_minutes`,
};

const latest: PriceHistory = { statistic: 'latest', window: 1800, product: 'Linux/UNIX' };

/** Jobs of one webhook, to be looked at when it is due. */
interface JobEvent {
  readonly due: UnixSeconds;
  readonly jobs: number;
  /** Jobs that had ever been queued when they were. */
  readonly queuedThen: number;
  /** Whether it is the retry, after which there is no other. */
  readonly isRetry: boolean;
}

/**
 * How many of so many jobs are still queued, when `later` jobs were queued after them: the queue is
 * first in, first out, so those that came later stay longer.
 */
export function stillQueued(jobs: number, pending: number, later: number): number {
  return Math.max(0, Math.min(jobs, pending - later));
}

/** Runners to launch: one for each job, as far as the maximum allows. */
export function newRunners(jobs: number, current: number, maximum: number): number {
  return Math.max(0, Math.min(jobs, maximum - current));
}

/** CreateFleet with `lowest-price`: the lowest price per hour first, then the next. */
export function cheapestFirst(
  offerings: readonly Offering[],
  instanceTypes: readonly string[],
): readonly Offering[] {
  const allowed = new Set(instanceTypes);
  return offerings
    .filter(({ instanceType }) => allowed.has(instanceType))
    .toSorted((a, b) => a.price! - b.price!);
}

export const runnerPerJob: Peer = {
  name: 'runner-per-job',
  title: 'One runner per job',
  description:
    'Each queued job starts a runner of its own, at the lowest price per hour; it runs that job and ends.',
  source: 'github-aws-runners/terraform-aws-github-runner v7.11, ephemeral runners',
  interval: interval.value,
  constants: [interval, webhookDelay, retryDelay, scaleDownInterval, minimumRunningTime, bootTime],
  scalesIn: true,
  start({ pool }, cloud) {
    const size = smallestSize(pool.instances);
    const maximum = Math.floor(pool.capacity.max / size.capacity);
    const scaleDownIsDue = dueEvery(scaleDownInterval.value);
    let events: JobEvent[] = [];
    let queued = 0;
    let orphans: ReadonlySet<string> = new Set();
    /** Runners that have had a job: they take no other. */
    let used: ReadonlySet<string> = new Set();

    async function launch(runners: number): Promise<number> {
      let left = runners;
      for (const offering of cheapestFirst(await cloud.offerings(latest), size.instanceTypes)) {
        if (left === 0) break;
        left -= await cloud.launch(offering, left);
      }
      return runners - left;
    }

    async function scaleUp(view: PoolView): Promise<void> {
      const { at, pending } = view;
      if (view.queued > queued) {
        const jobs = view.queued - queued;
        const due = at + webhookDelay.value;
        events.push({ due, jobs, queuedThen: view.queued, isRetry: false });
      }
      queued = view.queued;
      const due = events.filter((event) => event.due <= at);
      if (due.length === 0) return;
      events = events.filter((event) => event.due > at);
      let current = view.workers.filter(isUp).length;
      for (const { jobs, queuedThen, isRetry } of due) {
        const waiting = stillQueued(jobs, pending, queued - queuedThen);
        if (waiting === 0) continue;
        const wanted = Math.ceil(waiting / size.capacity);
        const started = await launch(newRunners(wanted, current, maximum));
        current += started;
        const launched = Math.min(waiting, started * size.capacity);
        // What could not be launched goes back to the queue that the function reads.
        const failed = { due: at + webhookDelay.value, jobs: waiting - launched, queuedThen };
        if (failed.jobs > 0) events.push({ ...failed, isRetry });
        if (launched === 0 || isRetry) continue;
        events.push({ due: at + retryDelay.value, jobs: launched, queuedThen, isRetry: true });
      }
    }

    async function scaleDown(view: PoolView): Promise<void> {
      const up = view.workers.filter(isUp);
      for (const worker of up) {
        // It is looked for once more before it is ended.
        if (orphans.has(worker.instanceId) && !worker.registered) await cloud.terminate(worker);
      }
      let idleToKeep = Math.ceil(pool.capacity.min / size.capacity);
      const old = up.filter(({ launchedAt }) => view.at - launchedAt > minimumRunningTime.value);
      for (const worker of old) {
        if (!worker.registered || used.has(worker.instanceId)) continue;
        if (idleToKeep > 0) idleToKeep--;
        else await cloud.terminate(worker);
      }
      const silent = up.filter(
        ({ registered, launchedAt }) => !registered && view.at - launchedAt > bootTime.value,
      );
      orphans = new Set(silent.map(({ instanceId }) => instanceId));
    }

    return async (view) => {
      const before = used;
      const up = view.workers.filter(isUp);
      used = new Set(
        up
          .filter(({ instanceId, busySlots }) => busySlots > 0 || before.has(instanceId))
          .map(({ instanceId }) => instanceId),
      );
      cloud.drain(used);
      for (const worker of up) {
        if (worker.busySlots === 0 && before.has(worker.instanceId)) await cloud.terminate(worker);
      }
      await scaleUp(view);
      if (scaleDownIsDue(view.at)) await scaleDown(view);
    };
  },
};
