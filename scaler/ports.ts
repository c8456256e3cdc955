/**
 * What the scaler needs of the world. The adapters in `aws/`, `queues/`, `store/` and `telemetry/`
 * implement these for real, `sim/` implements them on a virtual clock, and the loop knows no other.
 * Every call takes an AbortSignal and ends when it fires.
 */
import type { Fleet, Pool, PriceHistory } from '../pool/pool.ts';
import type { Seconds, Slots, UnixSeconds } from '../pool/units.ts';
import type { Decision } from './decide/decision.ts';
import type { Memory } from './decide/memory.ts';
import type { Notice } from './decide/notice.ts';
import type {
  FinishedTask,
  GroupObservation,
  Heartbeat,
  LaunchFailure,
  Observation,
  Offering,
  Override,
  QueueReading,
  WorkerObservation,
  WorkerWarning,
} from './decide/observation.ts';

/** The one door for time. */
export interface Clock {
  now(): UnixSeconds;
  /** Ends early, without an error, when the signal fires. */
  sleep(duration: Seconds, signal: AbortSignal): Promise<void>;
}

/** Reads all pools' queues at once. Never rejects: what cannot be read is a reading of status `unknown`. */
export interface QueuePort {
  read(pools: readonly Pool[], signal: AbortSignal): Promise<ReadonlyMap<string, PoolReading>>;
  /** Tells the listener when there are more tasks than the last readings said. Absent: never does. */
  onNews?(listener: () => void): void;
}

/** A pool's reading, and what its queue's system says of workers besides. */
export type PoolReading = QueueReading & {
  /** Every worker that the system knows of; left out: it does not tell. */
  readonly workers?: readonly ReportedWorker[];
  /** Finished since the last reading that was handed out; left out: none, or not told. */
  readonly finishedTasks?: readonly ReportedTask[];
};

/** A worker as its queue's system knows it. */
export interface ReportedWorker {
  /** Holds the instance's id, or nothing is known of which instance it is. */
  readonly name: string;
  /** Tasks it can run at once; null: not told. */
  readonly capacity: Slots | null;
  readonly busySlots: Slots;
  /** False: the system gives it no new task. */
  readonly taking: boolean;
}

export interface ReportedTask {
  /** Name of the worker that ran it; null: not told. */
  readonly worker: string | null;
  readonly duration: Seconds;
}

/** One region's groups and instances, and the calls that change them. */
export interface CloudPort {
  readonly region: string;
  /** Rejects with a {@link CloudError}. */
  observe(signal: AbortSignal): Promise<RegionObservation>;
  /** Replaces the overrides and the spot max price of a group, leaving all else as it is. */
  setOverrides(change: OverridesChange, signal: AbortSignal): Promise<void>;
  /** Absolute, so repeating it does no harm. */
  setDesiredCapacity(group: string, desiredCapacity: Slots, signal: AbortSignal): Promise<void>;
  /**
   * Starts slots in one zone now and answers how many started; what could not is among the group's
   * launch failures of the next observation. The group's desired capacity grows by what started.
   */
  launch(launch: Launch, signal: AbortSignal): Promise<Slots>;
  /** Ends one instance without lowering the group's desired capacity. */
  terminate(instanceId: string, signal: AbortSignal): Promise<void>;
}

export interface RegionObservation {
  readonly region: string;
  readonly groups: readonly CloudGroup[];
}

/** A group as the cloud sees it: workers without their own word, and the pool id it is tagged with. */
export interface CloudGroup extends Omit<GroupObservation, 'workers'> {
  readonly poolId: string;
  /** Launches that failed since the observation before. */
  readonly launchFailures: readonly LaunchFailure[];
  readonly workers: readonly Omit<WorkerObservation, 'heartbeat'>[];
}

export interface OverridesChange {
  readonly group: string;
  /** Cheapest first; 1 to 40. */
  readonly overrides: readonly Override[];
  /** USD per weighted unit and hour; null: no cap. */
  readonly spotMaxPrice: number | null;
}

export interface Launch {
  readonly group: string;
  readonly zone: string;
  readonly slots: Slots;
  /** The same for a repeated call, which then starts nothing more. At most 64 characters. */
  readonly token: string;
}

/** What the cloud told of by itself, between two observations. */
export type FleetEvent = InstanceEvent | LaunchFailedEvent;

interface EventBase {
  /** The same whenever the event is told again. */
  readonly id: string;
  readonly region: string;
  readonly at: UnixSeconds;
}

export interface InstanceEvent extends EventBase {
  /** `ending`: EC2 is ending it, or has. The other two are EC2's warnings, see {@link WorkerWarning}. */
  readonly kind: WorkerWarning['kind'] | 'ending';
  /** Of any instance of the account. */
  readonly instanceId: string;
}

/** A group of the fleet could not launch an instance. */
export interface LaunchFailedEvent
  extends EventBase,
    Pick<LaunchFailure, 'instanceType' | 'zone' | 'cause'> {
  readonly kind: 'launch-failed';
  readonly group: string;
}

/** Where the cloud's events come in. Each may come more than once, and in any order. */
export interface EventPort {
  /** Hands over events as they come, until the signal fires. Never rejects. */
  listen(hear: (events: readonly FleetEvent[]) => void, signal: AbortSignal): Promise<void>;
  /** These need not be told again: they are in the saved state, or concern nobody. Never rejects. */
  settle(events: readonly FleetEvent[], signal: AbortSignal): Promise<void>;
}

/** Why a call to the cloud failed, in the three ways that call for different behaviour. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly kind: 'throttled' | 'refused' | 'unavailable';
  /** The service's own error code. */
  readonly code: string;

  constructor(kind: CloudError['kind'], code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.code = code;
  }
}

/** Prices of one region's offerings. Never rejects: it degrades from live to last known to on-demand. */
export interface PricePort {
  offerings(request: PriceRequest, signal: AbortSignal): Promise<readonly Offering[]>;
}

export interface PriceRequest {
  readonly region: string;
  readonly instanceTypes: readonly string[];
  /** Which price of a zone counts. */
  readonly history: PriceHistory;
  /** Whether the mean of the last 24 hours is needed; else no price history is read for it. */
  readonly mean: boolean;
}

/** Tells a pool's owner what happened. May fail; the loop tells the recorder and goes on. */
export interface NotifierPort {
  notify(pool: Pool, notices: readonly Notice[], signal: AbortSignal): Promise<void>;
}

/** What workers say of themselves, and how they are told to finish. */
export interface WorkerPort {
  /** The last word of each worker, by instance id. */
  heartbeats(): ReadonlyMap<string, Heartbeat>;
  /** Takes what was reported finished since the last call, by pool id. */
  takeFinishedTasks(): ReadonlyMap<string, readonly FinishedTask[]>;
  /** The answer to these workers' next heartbeat says drain; to all others' it does not. */
  setDraining(instanceIds: ReadonlySet<string>): void;
}

/** The scaler's memory, by pool id. */
export interface State {
  readonly memories: Readonly<Record<string, Memory>>;
  /** The last decision and what it was made from, for `explain`. */
  readonly last: Readonly<Record<string, { observation: Observation; decision: Decision }>>;
  /** Slots launched in the last minute, which the launches per minute are counted from. */
  readonly launched: readonly { region: string; at: UnixSeconds; slots: Slots }[];
}

export interface StatePort {
  /** An absent store is an empty state. */
  load(): Promise<State>;
  /** @param urgent it must outlast this process; else it may be held back for a while */
  save(state: State, urgent?: boolean): Promise<void>;
}

/** Hears of everything that happened. Must not throw: telemetry never stops scaling. */
export interface RecorderPort {
  /** `memory` is what the decision left. */
  decision(pool: Pool, observation: Observation, decision: Decision, memory: Memory): void;
  /** A pool's or region's failure that did not stop the others. */
  failure(where: { pool?: string; region?: string }, doing: string, error: unknown): void;
  iteration(summary: { startedAt: UnixSeconds; duration: Seconds }): void;
  /** Sends what is still held back. */
  flush(signal: AbortSignal): Promise<void>;
}

/** End every worker that a pool has now; what is still asked for later comes up afresh. */
export interface TerminationOrder {
  /** `*`: every pool of the fleet. */
  readonly poolId: string;
  /** `drain`: each when it has finished what it runs, or the pool's drain time is over. */
  readonly mode: 'drain' | 'now';
  /** Workers launched after it are not meant. */
  readonly requestedAt: UnixSeconds;
  /** Client id, for the log. */
  readonly requestedBy: string;
}

/** Orders that came over the API. */
export interface OrdersPort {
  list(signal: AbortSignal): Promise<readonly TerminationOrder[]>;
  /** It is done: no worker that was meant is left. */
  done(order: TerminationOrder, signal: AbortSignal): Promise<void>;
}

/** Everything that the loop touches. */
export interface World {
  readonly clock: Clock;
  readonly queues: QueuePort;
  /** One for each of the fleet's regions. */
  readonly clouds: readonly CloudPort[];
  /** null: nothing is told between two observations. */
  readonly events: EventPort | null;
  readonly prices: PricePort;
  readonly workers: WorkerPort;
  readonly notifier: NotifierPort;
  readonly state: StatePort;
  readonly recorder: RecorderPort;
  /** Absent: nobody can give any. */
  readonly orders?: OrdersPort | undefined;
  /** Tells when someone wants an iteration now. Absent: nobody can. */
  readonly wakes?: { onWake(listener: () => void): void } | undefined;
  /** The fleet with the pools that the API made, asked before each iteration. Absent: the declared. */
  readonly fleetNow?: ((signal: AbortSignal) => Promise<Fleet>) | undefined;
}
