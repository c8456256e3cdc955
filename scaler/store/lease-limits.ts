import type { Seconds } from '../../pool/units.ts';

export interface LeaseLimits {
  /** The holder may act for so long after it asked for the renewal that it got. */
  readonly duration: Seconds;
  /** From renewal to renewal. */
  readonly renewEvery: Seconds;
  /** From look to look of who waits for the lease. */
  readonly lookEvery: Seconds;
  /** Who waits does so for that much more than the duration: clocks do not run at quite one rate. */
  readonly margin: Seconds;
}

/**
 * A dead holder is followed after 10 to 12 s, and its successor's first iteration takes a few more;
 * a holder that renews in time has 8 s left at least, one of which a call to AWS leaves over.
 *
 * In DynamoDB a renewal is a write of one unit, 1.3 million a month, 0.81 USD, and a look a strongly
 * consistent read of one unit, 2.6 million a month, 0.33 USD.
 * Prices: us-east-1, on demand, 0.625 and 0.125 USD per million, Amazon DynamoDB pricing, 2025.
 */
export const leaseLimits: LeaseLimits = {
  duration: 10,
  renewEvery: 2,
  lookEvery: 1,
  margin: 0.5,
};
