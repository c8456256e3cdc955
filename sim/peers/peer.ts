import type { Pool, PriceHistory } from '../../pool/pool.ts';
import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import type { Offering, WorkerPhase } from '../../scaler/decide/observation.ts';
import type { AllocationStrategy } from '../allocation.ts';
import type { Random } from '../random.ts';
import type { TaskArrival } from '../task-queue.ts';

/** Another system's scaling policy, run on the simulated cloud in place of ours. */
export interface Peer {
  /** As `--policy` takes it. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** Where its formula stands: repository, file and version, or a guide. */
  readonly source: string;
  /** Between two iterations. What it does more seldom, it times itself. */
  readonly interval: Seconds;
  readonly constants: readonly PeerConstant[];
  /** False: it keeps its fleet, so a run ends with its last task. */
  readonly scalesIn: boolean;
  /** Starts it for one pool: the answer is called at each iteration. */
  readonly start: (setup: PeerSetup, cloud: PoolCloud) => PeerIteration;
}

export interface PeerConstant {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

export interface PeerSetup {
  readonly pool: Pool;
  /** What will arrive: a peer whose user sets a figure by hand takes that figure from here. */
  readonly tasks: readonly TaskArrival[];
  readonly random: Random;
}

/** Rejects with a CloudError where a call fails; what it has not done it does at the next iteration. */
export type PeerIteration = (view: PoolView) => Promise<void>;

/** What a peer can see of one pool; it holds until the next iteration. */
export interface PoolView {
  readonly at: UnixSeconds;
  /** Tasks not yet taken, and tasks on a worker. */
  readonly pending: number;
  readonly claimed: number;
  /** Tasks that were queued until now; one that is queued again counts again. */
  readonly queued: number;
  /** Of the pool's first group, which a peer of one auto scaling group uses. */
  readonly desiredCapacity: Slots;
  /** By region, then in order of launch. */
  readonly workers: readonly PeerWorker[];
}

export interface PeerWorker {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly region: string;
  readonly zone: string;
  readonly capacity: Slots;
  readonly launchedAt: UnixSeconds;
  readonly phase: WorkerPhase;
  /** Its worker has spoken. */
  readonly registered: boolean;
  /** By its own last word; 0 before that. */
  readonly busySlots: Slots;
}

/** What a peer can do about one pool. Only spot is used where the pool has it. */
export interface PoolCloud {
  /** The offerings of the pool's usual market that have a price, by region, type and zone. */
  offerings(history: PriceHistory): Promise<readonly Offering[]>;
  /** How the first group is declared: its types, each with its capacity as weight. */
  declareGroup(instanceTypes: readonly string[], allocation: AllocationStrategy): void;
  /** Of the first group; cut to the group's limits. */
  setDesiredCapacity(slots: Slots): Promise<void>;
  /** So many requests for one instance each. Answers how many started. */
  launch(offering: Offering, instances: number): Promise<number>;
  /** One request for so many instances or none. */
  launchTogether(offering: Offering, instances: number): Promise<boolean>;
  /** Ends an instance that no group is to replace. What runs on it is lost. */
  terminate(worker: PeerWorker): Promise<void>;
  /** Ends an instance of the first group and lowers the desired capacity by its weight. */
  terminateAndLower(worker: PeerWorker): Promise<void>;
  /** These workers of the pool take no new task, and all others do, from their next word on. */
  drain(instanceIds: ReadonlySet<string>): void;
}

/** Runs, and has not been told to end. */
export function isUp({ phase }: Pick<PeerWorker, 'phase'>): boolean {
  return phase === 'pending' || phase === 'in-service';
}

export function capacityOf(workers: readonly Pick<PeerWorker, 'capacity'>[]): Slots {
  return workers.reduce((sum, { capacity }) => sum + capacity, 0);
}
