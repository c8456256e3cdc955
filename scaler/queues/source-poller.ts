import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Clock, PoolReading, ReportedTask } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { faultOfReading } from './check-reading.ts';
import { longestFailureWait, pokeSpacing, pollJitter } from './limits.ts';
import { QueueHistory, tighter } from './queue-history.ts';
import { type OpenSource, SourceError, type SourceFailure, type SourceReading } from './source.ts';
import type { SteadyClock } from './steady-clock.ts';

export interface PollerOptions<Declaration> {
  /** For messages. */
  readonly name: string;
  readonly source: OpenSource<Declaration>;
  /** One read may take this long. */
  readonly limit: Seconds;
  readonly minimumInterval: Seconds;
  readonly zeroHold: Seconds;
  /** Between polls, from start to start. */
  readonly interval: Seconds;
  readonly steady: SteadyClock;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  /** Runs the read when a place is free. */
  readonly inLine: <T>(work: () => Promise<T>) => Promise<T>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Hears of each answer, as it comes. */
  readonly onAnswer: (key: string) => void;
}

/** Finished tasks kept for whoever reads next. */
const mostFinishedTasks = 10_000;

interface Kept {
  readonly reading: PoolReading;
  /** Steady time. */
  readonly at: UnixSeconds;
}

/** Reads one group of declarations, once at a time, and keeps the newest reading of each. */
export class SourcePoller<Declaration> {
  readonly #options: PollerOptions<Declaration>;
  #declarations: ReadonlyMap<string, Declaration> = new Map();
  readonly #histories = new Map<string, QueueHistory>();
  readonly #kept = new Map<string, Kept>();
  readonly #finished = new Map<string, ReportedTask[]>();
  #underWay: Promise<void> | null = null;
  #startedAt: UnixSeconds = Number.NEGATIVE_INFINITY;
  #notBefore: UnixSeconds = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #poked = false;
  #wake: () => void = () => {};

  constructor(options: PollerOptions<Declaration>) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** What is read from now on, by keys of the caller's own. */
  setDeclarations(declarations: ReadonlyMap<string, Declaration>): void {
    this.#declarations = declarations;
  }

  /** The newest reading; null: none has come yet. Its finished tasks are handed out once. */
  reading(key: string): PoolReading | null {
    const kept = this.#kept.get(key);
    if (kept === undefined) return null;
    const finishedTasks = this.#finished.get(key) ?? [];
    this.#finished.delete(key);
    const news = finishedTasks.length > 0 ? { finishedTasks } : {};
    if (kept.reading.status === 'unknown') return { ...kept.reading, ...news };
    const readAt = this.#options.steady.toClockTime(kept.at);
    return { ...kept.reading, readAt, ...news };
  }

  /** Tasks that waited or ran at the newest reading; 0 while that is not known. */
  tasks(key: string): number {
    const reading = this.#kept.get(key)?.reading;
    return reading?.status === 'known' ? reading.pending + (reading.claimed ?? 0) : 0;
  }

  /** The next wait must be no shorter. */
  waitBeforeNextRead(duration: Seconds): void {
    this.#notBefore = Math.max(this.#notBefore, this.#options.steady.now() + duration);
  }

  /** Asks for a read as soon as the source's own limits allow. */
  poke(): void {
    this.#poked = true;
    this.#wake();
  }

  /** Reads now, or joins the read under way; keeps what it has while the source wants to wait. */
  async poll(signal: AbortSignal): Promise<void> {
    if (this.#declarations.size === 0) return;
    if (this.#options.steady.now() < this.#earliest(0)) return;
    this.#underWay ??= this.#read(signal).finally(() => {
      this.#underWay = null;
    });
    await this.#underWay;
  }

  /** Polls until the signal fires. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { interval, random, steady } = this.#options;
    while (!signal.aborted) {
      await this.poll(signal);
      const jitter = 1 + pollJitter * (2 * random() - 1);
      const failureWait = Math.min(
        longestFailureWait,
        interval * 2 ** Math.min(this.#failures, 10),
      );
      const wait = this.#failures > 1 ? Math.max(interval, failureWait) : interval;
      const due = this.#startedAt + wait * jitter;
      while (!signal.aborted) {
        const next = this.#poked ? this.#earliest(pokeSpacing) : Math.max(due, this.#earliest(0));
        const rest = next - steady.now();
        if (rest <= 0) break;
        await this.#sleep(rest, signal);
      }
      this.#poked = false;
    }
  }

  /** When the source's own limits allow the next read. */
  #earliest(spacing: Seconds): UnixSeconds {
    const { minimumInterval } = this.#options;
    return Math.max(this.#notBefore, this.#startedAt + Math.max(minimumInterval, spacing));
  }

  /** Ends early when poked, unless it is a poked one already. */
  async #sleep(duration: Seconds, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const stop = () => woken.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (!this.#poked) this.#wake = stop;
    if (signal.aborted) stop();
    await this.#options.clock.sleep(duration, woken.signal);
    this.#wake = () => {};
    signal.removeEventListener('abort', stop);
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { source, inLine, limit, name } = this.#options;
    const declarations = this.#declarations;
    this.#startedAt = this.#options.steady.now();
    const missing = new Set(declarations.keys());
    let isOver = false;
    const answer = (key: string, one: SourceReading | SourceFailure) => {
      // A read that was given up may still answer.
      if (isOver || !declarations.has(key)) return;
      missing.delete(key);
      this.#keep(key, one);
    };
    let problem = `${name}: no answer for it`;
    try {
      // Waiting in line is no fault of the source, so its time counts from then on.
      await inLine(() =>
        withinLimit(limit, signal, (limited) => source.read(declarations, answer, limited)),
      );
      this.#failures = missing.size === declarations.size ? this.#failures + 1 : 0;
    } catch (error) {
      this.#failures += 1;
      if (error instanceof SourceError && error.retryAfter !== null) {
        this.waitBeforeNextRead(error.retryAfter);
      }
      const message = error instanceof Error ? error.message : String(error);
      problem = message.startsWith(name) ? message : `${name}: ${message}`;
    }
    isOver = true;
    for (const key of missing) this.#keep(key, { error: problem });
    for (const key of this.#kept.keys()) if (!declarations.has(key)) this.#forget(key);
  }

  #keep(key: string, one: SourceReading | SourceFailure): void {
    const at = this.#options.steady.now();
    const reading = 'error' in one ? this.#unknown(one.error) : this.#judged(key, one, at);
    this.#kept.set(key, { reading, at });
    this.#options.onAnswer(key);
  }

  #unknown(error: string): PoolReading {
    return { status: 'unknown', error: this.#options.redact(error) };
  }

  #judged(key: string, one: SourceReading, at: UnixSeconds): PoolReading {
    const fault = faultOfReading(one);
    if (fault !== null) return this.#unknown(`${this.#options.name}: ${fault}`);
    const history = this.#histories.get(key) ?? new QueueHistory(this.#options.zeroHold);
    this.#histories.set(key, history);
    const { pending, claimed } = one;
    const known = history.add(at, { pending, claimed });
    const { finishedTasks = [], oldestPendingAge = null, workers } = one;
    if (finishedTasks.length > 0) {
      const all = [...(this.#finished.get(key) ?? []), ...finishedTasks];
      this.#finished.set(key, all.slice(-mostFinishedTasks));
    }
    const age = tighter(known.oldestPendingAge, oldestPendingAge);
    return {
      ...known,
      oldestPendingAge: known.pending === 0 ? null : age,
      ...(workers !== undefined && { workers }),
    };
  }

  #forget(key: string): void {
    this.#kept.delete(key);
    this.#histories.delete(key);
    this.#finished.delete(key);
  }
}
