import { type DestinationStream, type Logger, pino } from 'pino';
import type { Pool } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Decision } from '../decide/decision.ts';
import type { Observation } from '../decide/observation.ts';
import type { RecorderPort } from '../ports.ts';
import { describeError, redactSecrets } from './describe-error.ts';

/** Version of the line's shape; goes up when a field changes its meaning or leaves. */
const lineVersion = 1;

/** The least grave lines that are written. */
export type LogLevel = 'debug' | 'info' | 'warn';

/** One JSON line per decision, failure and iteration. Lines carry `event`, `time` and `v`. */
export class DecisionLog implements RecorderPort {
  readonly #log: Logger;

  /**
   * @param destination standard output unless given
   * @param level with `warn` neither decisions nor writes over the API are logged
   */
  constructor(
    fleet: string,
    destination: DestinationStream = pino.destination({ sync: true }),
    level: LogLevel = 'info',
  ) {
    this.#log = pino(
      {
        level,
        base: { fleet, v: lineVersion },
        messageKey: 'event',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    );
  }

  decision(pool: Pool, { queue }: Observation, decision: Decision): void {
    // The decision alone: an observation has an entry per worker and offering, and is in the state.
    const seen = queue.status === 'known' ? queue : { ...queue, error: redactSecrets(queue.error) };
    const { pool: poolId, ...decided } = decision;
    // A queue's error travels on in a reason.
    const reasons = decided.reasons.map((reason) =>
      'error' in reason ? { ...reason, error: redactSecrets(reason.error) } : reason,
    );
    const line = { pool: poolId, name: pool.name, queue: seen, ...decided, reasons };
    this.#log.info(line, 'decision');
  }

  failure(where: { pool?: string; region?: string }, doing: string, error: unknown): void {
    this.#log.warn({ ...where, doing, error: describeError(error) }, 'failure');
  }

  iteration({ startedAt, duration }: { startedAt: UnixSeconds; duration: Seconds }): void {
    this.#log.debug({ startedAt, durationSeconds: duration }, 'iteration');
  }

  /** What happened to the scaler itself, such as that it leads now. */
  told({ event, ...fields }: { readonly event: string }): void {
    this.#log.info(fields, event);
  }

  async flush(): Promise<void> {
    // Lines are written as they come.
  }
}
