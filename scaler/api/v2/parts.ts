import type { Fleet } from '../../../pool/pool.ts';
import type { Seconds } from '../../../pool/units.ts';
import type { Reason } from '../../decide/reason.ts';
import type { Clock } from '../../ports.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import type { DecisionHistory } from '../../store/decision-history.ts';
import type { PoolPauses } from '../../store/pool-pauses.ts';
import { ApiError } from '../api-error.ts';
import type { LiveFleet } from '../live-fleet.ts';
import type { DirectoryEntry, PoolDirectory } from '../pool-directory.ts';
import type { RouteCall } from './route.ts';
import type { SeenPool } from './show-pool.ts';

/** What the routes work with. */
export interface ModernParts {
  /** As declared. */
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly directory: PoolDirectory;
  readonly live: LiveFleet;
  readonly history: DecisionHistory;
  readonly pauses: PoolPauses;
  readonly auditLog: AuditLog;
  /** Has the leading loop read the pool's queue now, wherever that loop is. */
  readonly poke: (poolId: string, signal: AbortSignal) => Promise<void>;
  /** Has the leading loop iterate now: something was stored that it heeds. */
  readonly wake: (poolId: string, signal: AbortSignal) => Promise<void>;
  readonly isLeading: () => boolean;
  /** A loop that has not iterated for so long is stale. */
  readonly healthyFor: Seconds;
  /** A reason in a sentence for a person. */
  readonly describeReason: (reason: Reason) => string;
  /** Between two comments to a stream that is silent. Default 15 s: proxies end it after a minute. */
  readonly streamHeartbeat?: Seconds;
  /** Takes secrets out of what a queue said of its failure. */
  readonly redact: (text: string) => string;
}

/** @throws ApiError ResourceNotFound */
export async function entryOf(
  { directory }: ModernParts,
  { pool, signal }: Pick<RouteCall<unknown, unknown>, 'pool' | 'signal'>,
): Promise<DirectoryEntry> {
  const entry = await directory.get(pool, signal);
  if (entry !== null) return entry;
  throw new ApiError('ResourceNotFound', `there is no pool ${pool}; GET /api/v2/pools lists them`);
}

export async function seenPool(
  parts: ModernParts,
  call: Pick<RouteCall<unknown, unknown>, 'pool' | 'signal'>,
): Promise<SeenPool> {
  const entry = await entryOf(parts, call);
  const pauses = await parts.pauses.list(call.signal);
  return {
    entry,
    look: await parts.live.lastOf(entry.poolId),
    pause: pauses.get(entry.poolId) ?? null,
    redact: parts.redact,
  };
}
