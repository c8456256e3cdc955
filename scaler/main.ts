/** The scaler on real AWS: makes the adapters and runs the loop on them. */
import { onDemandPrice } from '../pool/catalogue.ts';
import { homeRegion } from '../pool/home-region.ts';
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { Heartbeats } from './api/heartbeats.ts';
import type { ListenAddress } from './api/listen-address.ts';
import { RecordedFleet } from './api/live-fleet.ts';
import type { ApiOptions } from './api/provisioner/provisioner-of-scaler.ts';
import { AutoScalingCloud } from './aws/auto-scaling-cloud.ts';
import { dryRunCloud, type PlannedCall } from './aws/dry-run-cloud.ts';
import { EventQueues } from './aws/event-queues.ts';
import { Prices } from './aws/prices.ts';
import { readSpotAdvisor } from './aws/spot-advisor.ts';
import { cloudClock } from './cloud-clock.ts';
import { GracefulStop } from './graceful-stop.ts';
import { runLoop } from './loop.ts';
import { dryRunNotifier, type PlannedNotice } from './notify/dry-run-notifier.ts';
import { Notifier } from './notify/notifier.ts';
import { openServer, type ServerSettings } from './open-server.ts';
import type { Clock, RecorderPort, State, StatePort, WorkerPort, World } from './ports.ts';
import { Queues } from './queues/queues.ts';
import { openServedApi } from './served-api.ts';
import { DecisionHistory } from './store/decision-history.ts';
import { DecisionRecorder, historyRetention } from './store/decision-recorder.ts';
import { readLastState } from './store/last-state.ts';
import { Leadership } from './store/leadership.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import type { StoreAddress } from './store/store-address.ts';
import { systemClock } from './system-clock.ts';
import { CloudWatchMetrics } from './telemetry/cloudwatch-metrics.ts';
import { combinedRecorder } from './telemetry/combined-recorder.ts';
import { DecisionLog, type LogLevel } from './telemetry/decision-log.ts';
import { addLeaderMetric } from './telemetry/leader-metric.ts';
import { Metrics } from './telemetry/metrics.ts';
import { WakeCalls } from './wake-calls.ts';

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
  /** The API, whose pools the loop runs; null: none. A dry run has none either. */
  readonly api: ApiOptions | null;
  /** How it is served, where heartbeats are heard. Default: as {@link ServerSettings} says. */
  readonly server?: ServerSettings;
  readonly store: StoreAddress;
  /** No other scaler uses the store: it takes no lease, and goes on while a shared store is down. */
  readonly alone: boolean;
  /** A state file of a muster without a store, read once into a store without a memory; null: none. */
  readonly oldStateFile: string | null;
  /** A local AWS whose time is taken for the time, for testing; null: real time. */
  readonly clockUrl: URL | null;
  /** Whether to send metrics to CloudWatch too. */
  readonly cloudWatch: boolean;
  /** Default `info`. */
  readonly logLevel?: LogLevel;
  /** What AWS publishes of interruptions (see `readSpotAdvisor`); null: not given. */
  readonly spotAdvisorFile: string | null;
  readonly tell: (planned: PlannedCall | PlannedNotice) => void;
}

/** Of `once`, while another leads: as long as a dead leader's lease lasts, and a little more. */
const longestWaitForLease: Seconds = 15;

/** A stop lets an iteration under way end: what is half done would be made good a restart later. */
const stopGrace: Seconds = 20;

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
  const log = new DecisionLog(fleet.name, undefined, options.logLevel);
  const recorders: RecorderPort[] = [log, metrics];
  const home = homeRegion(fleet);
  const surroundings = { credentials: home.credentials, region: home.name, clock: systemClock };
  const store = dryRun ? null : await openStore(options.store, surroundings, signal);
  if (store !== null) recorders.push(keeper(store, log));
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
  const leadership = store === null ? null : makeLeadership(store, options, recorder, log);
  const recorded = new RecordedFleet(clock);
  recorders.push(recorded);
  addLeaderMetric(metrics.registry, () => leadership?.isLeading ?? null);
  const clouds = fleet.regions.map(
    (region) =>
      new AutoScalingCloud(
        fleet,
        region,
        clock,
        (doing, error) => onFailure(region.name, doing, error),
        () => leadership?.checkBeforeSend(),
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
  const queues = new Queues({
    fleet,
    clock,
    onFailure: (doing, error) => recorder.failure({}, doing, error),
    // A local AWS's time is stepped, or faster than time: then all is read in step with the loop.
    continuous: !once && options.clockUrl === null,
    environment: process.env,
  });
  const wakes = new WakeCalls();
  const isLeading = () => leadership?.isLeading ?? true;
  const poke = (poolId: string) => {
    queues.poke([poolId]);
    // Queues that are read in step with the loop are read by its next iteration.
    if (options.clockUrl !== null) wakes.wake();
  };
  const served =
    store === null || options.api === null
      ? null
      : await openServedApi(options.api, {
          ...{ store, address: options.store, log, where: { ...surroundings, clock } },
          loop: { recorded, isLeading, poke, wake: () => wakes.wake() },
        });
  let failures = 0;
  const world: World = {
    clock,
    queues,
    events:
      dryRun || !fleet.infrastructure.events
        ? null
        : new EventQueues(fleet, systemClock, onFailure),
    clouds: dryRun ? clouds.map((cloud) => dryRunCloud(cloud, options.tell)) : clouds,
    prices,
    workers: dryRun ? onlyHearing(heartbeats) : heartbeats,
    notifier: dryRun ? dryRunNotifier(options.tell) : makeNotifier(fleet, clouds, clock),
    state: onlyLoading(() => readLastState(options.store, surroundings, signal)),
    recorder: counting(recorder, () => {
      failures += 1;
    }),
    ...(served !== null && {
      orders: served.provisioner.orders,
      fleetNow: (until: AbortSignal) => served.fleetNow(until),
    }),
    wakes,
  };

  const server = await openServer(options, {
    ...{ heartbeats, metrics, leadership, served, queues, home },
    onFailure: (doing, error) => log.failure({}, doing, error),
  });
  const watched = new AbortController();
  const watching = once ? null : served?.heedOthers(watched.signal);
  const stopping = new GracefulStop(signal, stopGrace);
  const loop = (led: World, until: AbortSignal) =>
    stopping.working(() =>
      runLoop(fleet, led, until, {
        ...(once && { iterations: 1 }),
        stop: signal,
        limitClock: systemClock,
      }),
    );
  try {
    const ended =
      leadership === null
        ? await loop(world, stopping.signal)
        : await leadership.lead(stopping.signal, ({ state, guard }, until) =>
            loop({ ...world, state, clouds: clouds.map(guard) }, until),
          );
    return !once || (ended === true && failures === 0);
  } finally {
    prices.close();
    await queues.close();
    await recorder.flush(AbortSignal.timeout(flushLimit * 1000));
    await server?.close();
    watched.abort();
    await watching;
    await served?.flush();
    await store?.close();
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

function keeper(store: Store, log: DecisionLog): DecisionRecorder {
  const history = new DecisionHistory(store, historyRetention);
  return new DecisionRecorder(history, (doing, error) => log.failure({}, doing, error));
}

function makeLeadership(
  store: Store,
  { store: { kind }, alone, once, oldStateFile }: ScalerOptions,
  recorder: RecorderPort,
  log: DecisionLog,
): Leadership {
  return new Leadership({
    store,
    shared: kind === 'dynamodb' && !alone,
    paid: kind === 'dynamodb',
    waitAtMost: once ? longestWaitForLease : null,
    oldStateFile,
    tell: (event) => log.told(event),
    onFailure: (doing, error) => recorder.failure({}, doing, error),
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

function onlyLoading(load: () => Promise<State>): StatePort {
  return { load, save: async () => {} };
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
