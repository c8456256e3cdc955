import type { Fleet } from '../../../pool/pool.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import { DecisionHistory } from '../../store/decision-history.ts';
import { historyRetention } from '../../store/decision-recorder.ts';
import type { PoolPauses } from '../../store/pool-pauses.ts';
import type { Store } from '../../store/store.ts';
import type { OpenProvisioner } from '../provisioner/open-provisioner.ts';
import type { ModernApiOptions } from './modern-api.ts';
import type { ModernParts } from './parts.ts';

export interface ModernAround
  extends Pick<ModernParts, 'poke' | 'wake' | 'isLeading' | 'describeReason' | 'redact'> {
  readonly fleet: Fleet;
  readonly store: Store;
  readonly pauses: PoolPauses;
  readonly auditLog: AuditLog;
  /** As clients see the server; null: as each of them reaches it. */
  readonly publicUrl: URL | null;
}

/** Version 2 beside version 1: the same callers, the same pools, the same audit. */
export function openModernApi(
  { api }: Pick<OpenProvisioner, 'api'>,
  { store, publicUrl, ...around }: ModernAround,
): ModernApiOptions {
  const { authentication, audit, onFailure, parts } = api;
  const { clock, directory, live, healthyFor } = parts;
  const history = new DecisionHistory(store, historyRetention);
  return {
    authentication,
    audit,
    onFailure,
    publicUrl,
    parts: { ...around, clock, directory, live, healthyFor, history },
  };
}
