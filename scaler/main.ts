/** The scaler on real AWS: makes the adapters and runs the loop on them. */
import { onDemandPrice } from '../pool/catalogue.ts';
import { homeRegion } from '../pool/home-region.ts';
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { Heartbeats } from './api/heartbeats.ts';
import type { ListenAddress } from './api/listen-address.ts';
import { type RunningServer, startServer } from './api/server.ts';
import { AutoScalingCloud } from './aws/auto-scaling-cloud.ts';
import { dryRunCloud, type PlannedCall } from './aws/dry-run-cloud.ts';
import { Prices } from './aws/prices.ts';
import { readSpotAdvisor } from './aws/spot-advisor.ts';
import { cloudClock } from './cloud-clock.ts';
import { runLoop } from './loop.ts';
import { dryRunNotifier, type PlannedNotice } from './notify/dry-run-notifier.ts';
import { Notifier } from './notify/notifier.ts';
import type { Clock, RecorderPort, State, StatePort, WorkerPort, World } from './ports.ts';
import { Queues } from './queues/queues.ts';
import { FileState } from './store/file-state.ts';
import { systemClock } from './system-clock.ts';
import { CloudWatchMetrics } from './telemetry/cloudwatch-metrics.ts';
import { combinedRecorder } from './telemetry/combined-recorder.ts';
import { DecisionLog } from './telemetry/decision-log.ts';
import { Metrics } from './telemetry/metrics.ts';

export interface ScalerOptions {
  readonly fleet: Fleet;
  /** One iteration, then end. */
  readonly once: boolean;
  /** Observe and decide, but change nothing and remember nothing; says what it would call. */
  readonly dryRun: boolean;
  /** Where to listen for heartbeats and metrics; null: nowhere. */
  readonly listen: ListenAddress | null;
  /** Bearer token that heartbeats must carry; null: none. */
  readonly heartbeatToken: string | null;
  readonly stateFile: string;
  /** A local AWS whose time is taken for the time, for testing; null: real time. */
  readonly clockUrl: URL | null;
  /** Whether to send metrics to CloudWatch too. */
  readonly cloudWatch: boolean;
  /** What AWS publishes of interruptions (see `readSpotAdvisor`); null: not given. */
  readonly spotAdvisorFile: string | null;
  readonly tell: (planned: PlannedCall | PlannedNotice) => void;
}

/** An iteration is unhealthy when none has ended for this many intervals. */
const healthyIntervals = 6;

/** The longest that the last metrics may take on a clean stop. */
const flushLimit: Seconds = 3;

/**
 * Runs until the signal fires, or once. Returns false when an iteration of `once` did not end, or a
 * queue, region or call failed in it; such a failure was logged and stopped nothing else.
 *
 * @throws Error before anything is called, when a file it was given cannot be used.
 */
export async function runScaler(options: ScalerOptions, signal: AbortSignal): Promise<boolean> {
  const { fleet, once, dryRun } = options;
  const { spotAdvisorFile } = options;
  const spotAdvisor = spotAdvisorFile === null ? null : readSpotAdvisor(spotAdvisorFile);
  const clock = options.clockUrl === null ? systemClock : await cloudClock(options.clockUrl);
  const heartbeats = new Heartbeats(clock);
  const metrics = new Metrics(clock);
  const log = new DecisionLog(fleet.name);
  const recorders: RecorderPort[] = [log, metrics];
  const home = homeRegion(fleet);
  if (options.cloudWatch && !dryRun) {
    const onFailure = (doing: string, error: unknown) => log.failure({}, doing, error);
    recorders.push(
      new CloudWatchMetrics({
        fleet: fleet.name,
        credentials: home.credentials,
        region: home.name,
        clock,
        onFailure,
      }),
    );
  }
  const recorder = combinedRecorder(recorders);
  const onFailure = (region: string, doing: string, error: unknown) =>
    recorder.failure({ region }, doing, error);
  const clouds = fleet.regions.map(
    (region) =>
      new AutoScalingCloud(fleet, region, clock, (doing, error) =>
        onFailure(region.name, doing, error),
      ),
  );
  const prices = new Prices({
    fleet,
    clock,
    zonesOf: async (region) => clouds.find((cloud) => cloud.region === region)?.zones() ?? [],
    catalogue: onDemandPrice,
    spotAdvisor,
    onFailure,
  });
  const state = new FileState(options.stateFile);
  let failures = 0;
  const world: World = {
    clock,
    queues: new Queues({ fleet, clock, onFailure }),
    clouds: dryRun ? clouds.map((cloud) => dryRunCloud(cloud, options.tell)) : clouds,
    prices,
    workers: dryRun ? onlyHearing(heartbeats) : heartbeats,
    notifier: dryRun ? dryRunNotifier(options.tell) : makeNotifier(fleet, clouds, clock),
    state: dryRun ? onlyLoading(state) : state,
    recorder: counting(recorder, () => {
      failures += 1;
    }),
  };

  const server = await listen(options, heartbeats, metrics);
  try {
    const ended = await runLoop(fleet, world, signal, {
      ...(once && { iterations: 1 }),
      limitClock: systemClock,
    });
    return !once || (ended && failures === 0);
  } finally {
    prices.close();
    await recorder.flush(AbortSignal.timeout(flushLimit * 1000));
    await server?.close();
  }
}

function makeNotifier(fleet: Fleet, clouds: readonly AutoScalingCloud[], clock: Clock): Notifier {
  return new Notifier({
    fleet,
    clock,
    poolTopic: (poolId) => {
      for (const cloud of clouds) {
        const topic = cloud.noticeTopic(poolId);
        if (topic !== null) return topic;
      }
      return null;
    },
  });
}

async function listen(
  { listen: address, heartbeatToken, fleet }: ScalerOptions,
  heartbeats: Heartbeats,
  metrics: Metrics,
): Promise<RunningServer | null> {
  if (address === null) return null;
  return startServer({
    address,
    heartbeats,
    metrics: metrics.registry,
    token: heartbeatToken,
    health: () => {
      const age = metrics.iterationAge();
      return { healthy: age !== null && age < healthyIntervals * fleet.interval, age };
    },
  });
}

/** Hears workers, and tells none to drain. */
function onlyHearing(workers: WorkerPort): WorkerPort {
  return {
    heartbeats: () => workers.heartbeats(),
    takeFinishedTasks: () => workers.takeFinishedTasks(),
    setDraining: () => {},
  };
}

function onlyLoading(state: StatePort): StatePort {
  return { load: () => state.load(), save: async (_: State) => {} };
}

function counting(recorder: RecorderPort, count: () => void): RecorderPort {
  return {
    decision: (...seen) => recorder.decision(...seen),
    iteration: (...seen) => recorder.iteration(...seen),
    flush: (signal) => recorder.flush(signal),
    failure: (...seen) => {
      count();
      recorder.failure(...seen);
    },
  };
}
