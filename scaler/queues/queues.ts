import pLimit from 'p-limit';
import type { Credentials, Fleet, Pool } from '../../pool/pool.ts';
import { credentialsKey } from '../aws/client-configuration.ts';
import type { QueueReading } from '../decide/observation.ts';
import type { Clock, QueuePort } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { sourceLimit, sourcesAtOnce } from './limits.ts';
import { SqsQueues } from './sqs-queue.ts';
import { type TaskListDeclaration, taskListUrl } from './task-list-queue.ts';
import { TaskLists } from './task-lists.ts';

export interface QueuesOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Hears of what failed and left the readings as they are, such as CloudWatch's ages. */
  readonly onFailure: (region: string, doing: string, error: unknown) => void;
}

type Readings = ReadonlyMap<string, QueueReading>;
/** Reads one source for all the pools that it serves. Never rejects. */
type SourceRead = (signal: AbortSignal) => Promise<Readings>;

/**
 * All pools' queues. Sources are read at the same time, and one that has not answered within its
 * limit leaves its own pools unknown and no other.
 */
export class Queues implements QueuePort {
  readonly #options: QueuesOptions;
  readonly #sqs = new Map<string, SqsQueues>();
  readonly #taskLists: TaskLists;
  readonly #limit = pLimit(sourcesAtOnce);

  constructor(options: QueuesOptions) {
    this.#options = options;
    this.#taskLists = new TaskLists(options.clock);
  }

  async read(pools: readonly Pool[], signal: AbortSignal): Promise<Readings> {
    const sources = [...this.#sqsReads(pools), ...this.#taskListReads(pools)];
    const readings = await Promise.all(sources.map((read) => read(signal)));
    return joined(readings);
  }

  /** One source per region and credentials, of which each queue is read once for its pools. */
  #sqsReads(pools: readonly Pool[]): SourceRead[] {
    const poolsByUrl = new Map<SqsQueues, Map<string, string[]>>();
    for (const { id, queue } of pools) {
      if (queue.kind !== 'sqs') continue;
      const queues = this.#queuesOf(queue.region);
      const byUrl = poolsByUrl.get(queues) ?? new Map<string, string[]>();
      poolsByUrl.set(queues, byUrl);
      byUrl.set(queue.url, [...(byUrl.get(queue.url) ?? []), id]);
    }
    return [...poolsByUrl].map(([queues, byUrl]) => async (signal) => {
      const ages = queues.refreshAges([...byUrl.keys()], signal);
      const readings = [...byUrl].map(([url, ids]) =>
        this.#bounded(url, ids, signal, async (limited) => {
          const reading = await queues.read(url, ages, limited);
          return new Map(ids.map((id) => [id, reading]));
        }),
      );
      return joined(await Promise.all(readings));
    });
  }

  #queuesOf(region: string): SqsQueues {
    const credentials = credentialsOf(this.#options.fleet, region);
    const key = `${region} ${credentialsKey(credentials)}`;
    const { clock, onFailure } = this.#options;
    const queues =
      this.#sqs.get(key) ??
      new SqsQueues({
        credentials,
        region,
        clock,
        onFailure: (doing, error) => onFailure(region, doing, error),
      });
    this.#sqs.set(key, queues);
    return queues;
  }

  /** One source per endpoint. */
  #taskListReads(pools: readonly Pool[]): SourceRead[] {
    const byUrl = new Map<string, Map<string, TaskListDeclaration>>();
    for (const { id, queue } of pools) {
      if (queue.kind !== 'http') continue;
      const url = taskListUrl(queue);
      byUrl.set(url, (byUrl.get(url) ?? new Map()).set(id, queue));
    }
    return [...byUrl].map(
      ([url, declarations]) =>
        (signal) =>
          this.#bounded(url, [...declarations.keys()], signal, (limited) =>
            this.#taskLists.read(declarations, limited),
          ),
    );
  }

  /** One source's readings, or unknown for its pools past the limit; waiting in line counts. */
  async #bounded(
    source: string,
    pools: readonly string[],
    signal: AbortSignal,
    read: SourceRead,
  ): Promise<Readings> {
    try {
      return await withinLimit(sourceLimit, signal, (limited) => this.#limit(() => read(limited)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const unknown = { status: 'unknown', error: `${source}: ${reason}` } as const;
      return new Map(pools.map((pool) => [pool, unknown]));
    }
  }
}

function joined(readings: readonly Readings[]): Readings {
  return new Map(readings.flatMap((some) => [...some]));
}

/** A queue in a region of the fleet is reached as that region is; elsewhere, as the fleet is. */
function credentialsOf(fleet: Fleet, region: string): Credentials {
  return fleet.regions.find(({ name }) => name === region)?.credentials ?? fleet.credentials;
}
