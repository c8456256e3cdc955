import pLimit from 'p-limit';
import type { Pool } from '../../pool/pool.ts';
import type { Seconds } from '../../pool/units.ts';
import type { Decision } from '../decide/decision.ts';
import type { Observation } from '../decide/observation.ts';
import type { RecorderPort } from '../ports.ts';
import type { DecisionHistory } from './decision-history.ts';

/** How long the history goes back. */
export const historyRetention: Seconds = 7 * 86_400;

/** A decision like the one before is kept so often. */
export const repeatEvery: Seconds = 600;

/** Writes under way at once, and waiting; beyond them decisions are left out, and that is told. */
const concurrency = 4;
const mostWaiting = 2_000;

/** One write. */
const writeLimit: Seconds = 15;

/**
 * Keeps decisions in the history: those that differ from the pool's last in what is done or in why,
 * and every {@link repeatEvery} the others. At 1 to 2 kB compressed, a pool that changes its mind once
 * a minute takes about 60,000 write units of DynamoDB a month, 0.04 USD.
 */
export class DecisionRecorder implements RecorderPort {
  readonly #history: DecisionHistory;
  readonly #onFailure: (doing: string, error: unknown) => void;
  readonly #kept = new Map<string, { readonly at: number; readonly substance: string }>();
  readonly #limit = pLimit(concurrency);
  readonly #writing = new Set<Promise<void>>();

  /** @param onFailure hears of decisions that were not kept */
  constructor(history: DecisionHistory, onFailure: (doing: string, error: unknown) => void) {
    this.#history = history;
    this.#onFailure = onFailure;
  }

  decision(_pool: Pool, _observation: Observation, decision: Decision): void {
    const substance = substanceOf(decision);
    const kept = this.#kept.get(decision.pool);
    const isLikeLast = kept !== undefined && kept.substance === substance;
    if (isLikeLast && decision.at - kept.at < repeatEvery) return;
    this.#kept.set(decision.pool, { at: decision.at, substance });
    if (this.#writing.size >= mostWaiting) {
      this.#onFailure('keeping a decision', new Error(`${mostWaiting} others are not yet written`));
      return;
    }
    const writing = this.#limit(() => this.#write(decision));
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
  }

  failure(): void {
    // Told in the log and metrics.
  }

  iteration(): void {
    // Told in metrics.
  }

  async flush(signal: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(this.#writing), ended]);
  }

  async #write(decision: Decision): Promise<void> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), writeLimit * 1000);
    try {
      await this.#history.add(decision, controller.signal);
    } catch (error) {
      this.#onFailure('keeping a decision', error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What is done, and the kinds of the reasons: their numbers change with every look. */
export function substanceOf({
  target,
  groups,
  drain,
  terminate,
  reasons,
  notices,
}: Decision): string {
  const kinds = reasons.map((reason) => reason.kind);
  return JSON.stringify([target, groups, drain, terminate, kinds, notices]);
}
