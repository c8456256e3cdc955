import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import type { Decision } from '../../decide/decision.ts';
import type { DecisionHistory } from '../../store/decision-history.ts';
import { repeatEvery, substanceOf } from '../../store/decision-recorder.ts';
import type { LiveFleet } from '../live-fleet.ts';

/** Between two looks at what the loop has decided, while anyone listens. */
const lookEvery: Seconds = 0.5;

/** Of one pool, between two looks; older ones are left to the history. */
const mostMissed = 100;
/** One read of the history. */
const historyMilliseconds = 5_000;

/** Hears the decisions of one look, oldest first. */
export type DecisionListener = (decisions: readonly Decision[]) => void;

/**
 * Decisions as they are made, in this process or in the one that leads: each that differs from its
 * pool's last in what is done or in why, and the others as often as the history keeps them.
 */
export class DecisionFeed {
  readonly #live: LiveFleet;
  readonly #history: DecisionHistory;
  readonly #onFailure: (doing: string, error: unknown) => void;
  readonly #listeners = new Set<DecisionListener>();
  #told = new Map<
    string,
    { readonly sequence: number; readonly at: UnixSeconds; readonly substance: string }
  >();
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(
    live: LiveFleet,
    history: DecisionHistory,
    onFailure: (doing: string, error: unknown) => void,
  ) {
    this.#live = live;
    this.#history = history;
    this.#onFailure = onFailure;
  }

  /** @returns ends it */
  async listen(listener: DecisionListener): Promise<() => void> {
    // What was decided until now is in the history.
    if (this.#listeners.size === 0) this.#told = new Map();
    await this.#look(this.#listeners.size === 0).catch(() => {});
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => {
      if (this.#looking) return;
      this.#looking = true;
      this.#look(false)
        .catch((error) => this.#onFailure('looking for decisions', error))
        .finally(() => {
          this.#looking = false;
        });
    }, lookEvery * 1000);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  async #look(silently: boolean): Promise<void> {
    const fresh: Decision[] = [];
    for (const { decision } of (await this.#live.looks()).values()) {
      for (const one of [...(await this.#missedBefore(decision)), decision]) {
        if (this.#isNews(one)) fresh.push(one);
      }
    }
    if (silently || fresh.length === 0) return;
    fresh.sort((a, b) => compareEventIds(eventIdOf(a), eventIdOf(b)));
    for (const listener of this.#listeners) listener(fresh);
  }

  /** The loop may have decided more than once since the last look: the history has what was news. */
  async #missedBefore({ pool, sequence }: Decision): Promise<readonly Decision[]> {
    const told = this.#told.get(pool);
    if (told === undefined || sequence <= told.sequence + 1) return [];
    const limit = Math.min(sequence - told.sequence, mostMissed);
    const { decisions } = await this.#history.page(
      { pool, limit },
      AbortSignal.timeout(historyMilliseconds),
    );
    return decisions
      .filter((one) => one.sequence > told.sequence && one.sequence < sequence)
      .reverse();
  }

  #isNews(decision: Decision): boolean {
    const { pool, sequence, at } = decision;
    const told = this.#told.get(pool);
    if (told?.sequence === sequence) return false;
    const substance = substanceOf(decision);
    const isLikeLast = told?.substance === substance && at - told.at < repeatEvery;
    this.#told.set(pool, { sequence, at: isLikeLast ? told.at : at, substance });
    return !isLikeLast;
  }
}

/** Orders decisions by time, and those of one time by pool: `MILLISECONDS.POOL`. */
export function eventIdOf({ at, pool }: Pick<Decision, 'at' | 'pool'>): string {
  return `${Math.round(at * 1000)}.${pool}`;
}

export const eventIdPattern = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/;

export function compareEventIds(one: string, other: string): number {
  const [, oneTime = '', onePool = ''] = eventIdPattern.exec(one) ?? [];
  const [, otherTime = '', otherPool = ''] = eventIdPattern.exec(other) ?? [];
  if (oneTime !== otherTime) return Number(oneTime) - Number(otherTime);
  return onePool === otherPool ? 0 : onePool < otherPool ? -1 : 1;
}
