import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { homeRegion } from '../../pool/home-region.ts';
import type { Credentials, Fleet, Pool } from '../../pool/pool.ts';
import { type SourceDeclaration, sourcesOf } from '../../pool/queues/declaration.ts';
import type { Seconds } from '../../pool/units.ts';
import type { Clock, PoolReading, QueuePort } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { combineReadings } from './combine-readings.ts';
import { firstReadingLimit, sourceLimit, sourcesAtOnce } from './limits.ts';
import { Secrets } from './secrets.ts';
import type { OpenSource, SourceContext } from './source.ts';
import { type HttpExchange, SourceHttp } from './source-http.ts';
import { SourcePoller } from './source-poller.ts';
import { groupOf, sourceOf } from './sources.ts';
import { SteadyClock } from './steady-clock.ts';

export interface QueuesOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Hears of what failed and left the readings as they are, such as CloudWatch's ages. */
  readonly onFailure: (doing: string, error: unknown) => void;
  /**
   * Each source is polled on its own schedule beside the loop, which takes the newest readings.
   * Default: sources are read when the readings are asked for, as on a clock that is stepped.
   */
  readonly continuous?: boolean;
  /** Between polls, from start to start. Default: the fleet's interval. */
  readonly interval?: Seconds;
  /** One read of a source may take this long. Default: {@link sourceLimit}. */
  readonly limit?: Seconds;
  /** Where secrets may stand. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Hears of every HTTP answer, its body short and without the secrets that were sent. */
  readonly onExchange?: (exchange: HttpExchange) => void;
  /** From 0 to below 1, for jitter. */
  readonly random?: () => number;
}

/** Each source listens to the end of the whole; beyond so many Node warns of a leak. */
const mostListeners = 10_000;

/** Of a body that is shown. */
const shownCharacters = 2_000;

interface Group {
  readonly poller: SourcePoller<SourceDeclaration>;
  readonly source: OpenSource<SourceDeclaration>;
  running: Promise<void> | null;
}

interface WantedGroup {
  readonly group: Group;
  readonly keys: readonly string[];
}

type Readings = ReadonlyMap<string, PoolReading>;

/**
 * All pools' queues. Sources are read at the same time, each within its own limit, and one that is
 * slow, away or wrong leaves its own pools unknown and no other.
 */
export class Queues implements QueuePort {
  readonly #options: QueuesOptions;
  readonly #steady: SteadyClock;
  readonly #secrets: Secrets;
  readonly #groups = new Map<string, Group>();
  readonly #inLine = pLimit(sourcesAtOnce);
  readonly #closed = new AbortController();
  /** By source: tasks that waited or ran at the reading that was handed out last. */
  readonly #told = new Map<string, number>();
  #groupsByPool: ReadonlyMap<string, readonly string[]> = new Map();
  #onNews: () => void = () => {};

  constructor(options: QueuesOptions) {
    const { fleet, clock, environment = {} } = options;
    this.#options = options;
    setMaxListeners(mostListeners, this.#closed.signal);
    this.#steady = new SteadyClock(clock);
    const home = homeRegion(fleet);
    const { name: region, credentials } = home;
    this.#secrets = new Secrets({ region, credentials, clock: this.#steady, environment });
  }

  async read(pools: readonly Pool[], signal: AbortSignal): Promise<Readings> {
    setMaxListeners(mostListeners, signal);
    const groups = this.#declare(pools);
    if (this.#options.continuous) await this.#firstReadings(groups, signal);
    else await Promise.all(groups.map(({ group }) => group.poller.poll(signal)));
    const bySource = new Map<string, PoolReading>();
    for (const { group, keys } of groups) {
      const { poller } = group;
      for (const key of keys) {
        const nothing = { status: 'unknown', error: `${poller.name}: no reading yet` } as const;
        bySource.set(key, poller.reading(key) ?? nothing);
        this.#told.set(key, poller.tasks(key));
      }
    }
    return new Map(pools.map((pool) => [pool.id, readingOf(pool, bySource)]));
  }

  /**
   * Reads these pools' sources, or all, as soon as their own limits allow: something was said to have
   * changed. Only where they are polled continuously.
   */
  poke(poolIds?: readonly string[]): void {
    const wanted = poolIds?.flatMap((id) => this.#groupsByPool.get(id) ?? []);
    for (const id of new Set(wanted ?? this.#groups.keys())) this.#groups.get(id)?.poller.poke();
  }

  /** Hears when there are more tasks than the last readings said. One listener; the last one counts. */
  onNews(listener: () => void): void {
    this.#onNews = listener;
  }

  /** Ends polling and connections. */
  async close(): Promise<void> {
    this.#closed.abort();
    const groups = [...this.#groups.values()];
    await Promise.all(groups.map(({ running }) => running));
    await Promise.allSettled(groups.map(({ source }) => source.close?.()));
  }

  /** The groups that these pools' sources are of, each told what to read. */
  #declare(pools: readonly Pool[]): readonly WantedGroup[] {
    const byGroup = new Map<string, Map<string, SourceDeclaration>>();
    const groupsByPool = new Map<string, readonly string[]>();
    for (const { id, queue } of pools) {
      const declarations = sourcesOf(queue);
      groupsByPool.set(id, declarations.map(groupOf));
      for (const declaration of declarations) {
        const group = groupOf(declaration);
        const known = byGroup.get(group) ?? new Map<string, SourceDeclaration>();
        byGroup.set(group, known.set(keyOf(declaration), declaration));
      }
    }
    this.#groupsByPool = groupsByPool;
    for (const [id, { poller }] of this.#groups) {
      if (!byGroup.has(id)) poller.setDeclarations(new Map());
    }
    return [...byGroup].map(([id, declarations]) => {
      const group = this.#groups.get(id) ?? this.#open(id, [...declarations.values()][0]!);
      group.poller.setDeclarations(declarations);
      return { group, keys: [...declarations.keys()] };
    });
  }

  #open(id: string, first: SourceDeclaration): Group {
    const { clock, fleet, interval = fleet.interval, random = Math.random } = this.#options;
    const kind = sourceOf(first);
    const name = kind.describe(first);
    const context: SourceContext = {
      clock,
      environment: this.#options.environment ?? {},
      secrets: this.#secrets,
      http: new SourceHttp(this.#secrets, (exchange) => this.#show(exchange)),
      credentialsOf: (region) => credentialsOf(fleet, region),
      report: (doing, error) => this.#report(`${name}: ${doing}`, error),
      waitBeforeNextRead: (duration) => poller.waitBeforeNextRead(duration),
    };
    const source = kind.open(context, first);
    const poller = new SourcePoller<SourceDeclaration>({
      name,
      source,
      limit: this.#options.limit ?? sourceLimit,
      minimumInterval: kind.minimumInterval,
      zeroHold: kind.zeroHold,
      interval,
      steady: this.#steady,
      clock,
      random,
      redact: (text) => this.#secrets.redact(text),
      inLine: (work) => this.#inLine(work),
      onAnswer: (key) => this.#hear(poller, key),
    });
    const group: Group = { poller, source, running: null };
    this.#groups.set(id, group);
    return group;
  }

  async #firstReadings(groups: readonly WantedGroup[], signal: AbortSignal): Promise<void> {
    const firsts = groups.map(({ group }) => group).filter(({ running }) => running === null);
    if (firsts.length === 0) return;
    const closed = this.#closed.signal;
    const reads = firsts.map((group) => {
      const read = group.poller.poll(closed);
      group.running = read.then(() => group.poller.run(closed));
      return read;
    });
    await withinLimit(firstReadingLimit, signal, () => Promise.all(reads)).catch(() => {});
  }

  /** Tells when a source has more tasks than the loop was told. */
  #hear(poller: Group['poller'], key: string): void {
    const told = this.#told.get(key);
    if (told !== undefined && poller.tasks(key) > told) this.#onNews();
  }

  #show({ body, ...exchange }: HttpExchange): void {
    const short = this.#secrets.redact(body.slice(0, shownCharacters));
    this.#options.onExchange?.({ ...exchange, body: short });
  }

  #report(doing: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.onFailure(doing, new Error(this.#secrets.redact(message)));
  }
}

function readingOf({ queue }: Pool, bySource: Readings): PoolReading {
  const nothing = { status: 'unknown', error: 'no source was read' } as const;
  const readings = sourcesOf(queue).map((source) => bySource.get(keyOf(source)) ?? nothing);
  const [only = nothing] = readings;
  return queue.kind === 'combined' ? combineReadings(queue.rule, readings) : only;
}

/** Tells apart the declarations; pools with the same one share its reading. */
function keyOf(declaration: SourceDeclaration): string {
  return JSON.stringify(declaration);
}

/** A queue in a region of the fleet is reached as that region is; elsewhere, as the fleet is. */
function credentialsOf(fleet: Fleet, region: string): Credentials {
  return fleet.regions.find(({ name }) => name === region)?.credentials ?? fleet.credentials;
}
