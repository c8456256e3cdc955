import type { Pool } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Decision } from '../decide/decision.ts';
import { emptyMemory } from '../decide/empty-memory.ts';
import type { Memory } from '../decide/memory.ts';
import type { GroupObservation, Observation, WorkerObservation } from '../decide/observation.ts';
import type { Clock, RecorderPort, State, StatePort } from '../ports.ts';

/** A pool's last look and what was decided from it. */
export interface LastLook {
  readonly observation: Observation;
  readonly decision: Decision;
  /** As the decision left it. */
  readonly memory: Memory;
}

/** What the API knows of the running fleet. */
export interface LiveFleet {
  /** null: the pool was never looked at. */
  lastOf(poolId: string): Promise<LastLook | null>;
  /** The last look at each pool, by its id. */
  looks(): Promise<ReadonlyMap<string, LastLook>>;
  /** When the last iteration ended; null: none has. */
  lastIterationAt(): Promise<UnixSeconds | null>;
  /** null: no pool has it, as of the last look. */
  findWorker(instanceId: string): Promise<FoundWorker | null>;
}

export interface FoundWorker {
  readonly poolId: string;
  readonly group: GroupObservation;
  readonly worker: WorkerObservation;
}

/** Where the loop runs in the same process: it hears what the loop records. */
export class RecordedFleet implements LiveFleet, RecorderPort {
  readonly #clock: Clock;
  readonly #looks = new Map<string, LastLook>();
  #iteratedAt: UnixSeconds | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async lastOf(poolId: string): Promise<LastLook | null> {
    return this.#looks.get(poolId) ?? null;
  }

  async looks(): Promise<ReadonlyMap<string, LastLook>> {
    return this.#looks;
  }

  async lastIterationAt(): Promise<UnixSeconds | null> {
    return this.#iteratedAt;
  }

  async findWorker(instanceId: string): Promise<FoundWorker | null> {
    return workerIn(this.#looks, instanceId);
  }

  decision(pool: Pool, observation: Observation, decision: Decision, memory = emptyMemory): void {
    this.#looks.set(pool.id, { observation, decision, memory });
  }

  failure(): void {}

  iteration(): void {
    this.#iteratedAt = this.#clock.now();
  }

  async flush(): Promise<void> {}
}

/** What was read of the state is good for so long. */
const freshFor: Seconds = 2;

/** Where the loop runs elsewhere: it reads what the loop last saved. */
export class SavedFleet implements LiveFleet {
  readonly #state: Pick<StatePort, 'load'>;
  readonly #clock: Clock;
  #known: { readonly state: State; readonly looks: ReadonlyMap<string, LastLook> } | null = null;
  #reading: Promise<ReadonlyMap<string, LastLook>> | null = null;
  #readAt: UnixSeconds = Number.NEGATIVE_INFINITY;

  constructor(state: Pick<StatePort, 'load'>, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  async lastOf(poolId: string): Promise<LastLook | null> {
    return (await this.#read()).get(poolId) ?? null;
  }

  looks(): Promise<ReadonlyMap<string, LastLook>> {
    return this.#read();
  }

  async lastIterationAt(): Promise<UnixSeconds | null> {
    const times = [...(await this.#read()).values()].map(({ decision }) => decision.at);
    return times.length === 0 ? null : times.reduce((latest, at) => Math.max(latest, at));
  }

  async findWorker(instanceId: string): Promise<FoundWorker | null> {
    return workerIn(await this.#read(), instanceId);
  }

  /** What is known is answered while it is read anew, and stays when that fails. */
  async #read(): Promise<ReadonlyMap<string, LastLook>> {
    const now = this.#clock.now();
    if (this.#reading === null && now - this.#readAt >= freshFor) {
      this.#readAt = now;
      this.#reading = this.#load().finally(() => {
        this.#reading = null;
      });
      this.#reading.catch(() => {
        // A read that failed is tried again by whoever asks next.
        this.#readAt = Number.NEGATIVE_INFINITY;
      });
    }
    return this.#known?.looks ?? (await this.#reading) ?? new Map();
  }

  async #load(): Promise<ReadonlyMap<string, LastLook>> {
    const state = await this.#state.load();
    if (this.#known?.state !== state) this.#known = { state, looks: looksIn(state) };
    return this.#known.looks;
  }
}

/** What this process recorded while it leads, and what the leader saved while it stands by. */
export class LedFleet implements LiveFleet {
  readonly #isLeading: () => boolean;
  readonly #own: LiveFleet;
  readonly #leaders: LiveFleet;

  constructor(isLeading: () => boolean, own: LiveFleet, leaders: LiveFleet) {
    this.#isLeading = isLeading;
    this.#own = own;
    this.#leaders = leaders;
  }

  lastOf(poolId: string): Promise<LastLook | null> {
    return this.#now().lastOf(poolId);
  }

  looks(): Promise<ReadonlyMap<string, LastLook>> {
    return this.#now().looks();
  }

  lastIterationAt(): Promise<UnixSeconds | null> {
    return this.#now().lastIterationAt();
  }

  findWorker(instanceId: string): Promise<FoundWorker | null> {
    return this.#now().findWorker(instanceId);
  }

  #now(): LiveFleet {
    return this.#isLeading() ? this.#own : this.#leaders;
  }
}

function looksIn({ last, memories }: State): ReadonlyMap<string, LastLook> {
  return new Map(
    Object.entries(last).map(([id, look]) => [
      id,
      { ...look, memory: memories[id] ?? emptyMemory },
    ]),
  );
}

function workerIn(looks: ReadonlyMap<string, LastLook>, instanceId: string): FoundWorker | null {
  for (const [poolId, { observation }] of looks) {
    for (const group of observation.groups) {
      const worker = group.workers.find((one) => one.instanceId === instanceId);
      if (worker !== undefined) return { poolId, group, worker };
    }
  }
  return null;
}
