/**
 * What a source of queue readings is. One file in `sources/` each; `docs/queues.md` tells how to add
 * one.
 */
import type { Credentials } from '../../pool/pool.ts';
import type { Seconds } from '../../pool/units.ts';
import type { Clock, ReportedTask, ReportedWorker } from '../ports.ts';
import type { Secrets } from './secrets.ts';
import type { SourceHttp } from './source-http.ts';

/** Counts of one queue as its source tells them; judged by the frame before anybody reads them. */
export interface SourceReading {
  /** Tasks not yet taken, of those that a worker could take now. */
  readonly pending: number;
  /** Tasks running; null: the source does not tell. */
  readonly claimed: number | null;
  /** null or left out: not told, or none is pending. */
  readonly oldestPendingAge?: Seconds | null;
  /** Every worker that the source knows of for this queue, where it knows them. */
  readonly workers?: readonly ReportedWorker[];
  /** Finished since the reading before, each told once. */
  readonly finishedTasks?: readonly ReportedTask[];
}

/** One queue that could not be read although others of its source could. */
export interface SourceFailure {
  readonly error: string;
}

/** Takes the answer for one of the keys that a read was asked for; the last word of a key counts. */
export type Answer = (key: string, answer: SourceReading | SourceFailure) => void;

/** A kind of source, as the table of `sources.ts` has it. */
export interface QueueSource<Declaration> {
  /** Declarations with the same key share endpoint and credentials, and are read together. */
  readonly groupKey: (declaration: Declaration) => string;
  /** For messages: which source it is, without secrets, such as its URL. */
  readonly describe: (declaration: Declaration) => string;
  /** Reads start no closer together than this, whatever the fleet's interval and pokes; 0: no limit. */
  readonly minimumInterval: Seconds;
  /** How long counts may be out of date after changes end, so how long a zero must hold. */
  readonly zeroHold: Seconds;
  /** Opens a group. Does nothing that can fail: that is for the first read. */
  readonly open: (context: SourceContext, first: Declaration) => OpenSource<Declaration>;
}

/** One group of declarations, open for as long as the scaler runs. Reads of it never overlap. */
export interface OpenSource<Declaration> {
  /**
   * Reads all of these at once, by keys of the caller's own, and answers for each. One that is not
   * answered for by the end is unknown; so is every one not answered for when it rejects.
   *
   * @throws SourceError or any error, whose message says what was expected and what came.
   */
  read(
    declarations: ReadonlyMap<string, Declaration>,
    answer: Answer,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends connections that it keeps. Left out: it keeps none. */
  close?(): Promise<void>;
}

/** What the frame lends a source. A source reaches the world through this and its own protocol only. */
export interface SourceContext {
  /** Real or a local AWS's time; may jump. Ages of tasks are against this. */
  readonly clock: Clock;
  readonly http: SourceHttp;
  readonly secrets: Secrets;
  /** The scaler's own variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How a region is reached: as the fleet's region of that name, else as the fleet. */
  readonly credentialsOf: (region: string) => Credentials;
  /** Tells of what failed and left readings as they are, such as ages that could not be had. */
  readonly report: (doing: string, error: unknown) => void;
  /** Asks that the next read be no sooner than so long from now, as a polling header says. */
  readonly waitBeforeNextRead: (duration: Seconds) => void;
}

/** Why a source could not be read, where that changes what is done next. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  /** `refused`: it does not know us, so asking soon again is no use. `throttled`: too many calls. */
  readonly kind: 'refused' | 'throttled' | 'unavailable' | 'unreadable';
  /** What a throttled answer said; null: nothing. */
  readonly retryAfter: Seconds | null;

  constructor(
    kind: SourceError['kind'],
    message: string,
    options: ErrorOptions & { readonly retryAfter?: Seconds | null } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.retryAfter = options.retryAfter ?? null;
  }
}
