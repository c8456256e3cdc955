/** Joins the API to the process that it is in, with its loop or without. */
import type { Fleet } from '../pool/pool.ts';
import type { LiveFleet } from './api/live-fleet.ts';
import type { OpenProvisioner } from './api/provisioner/open-provisioner.ts';
import { type ApiOptions, provisionerOfScaler } from './api/provisioner/provisioner-of-scaler.ts';
import type { ModernApiOptions } from './api/v2/modern-api.ts';
import { openModernApi } from './api/v2/open-modern-api.ts';
import { describeReason } from './describe-reason.ts';
import type { Clock } from './ports.ts';
import { AuditLog } from './store/audit-log.ts';
import type { StoreSurroundings } from './store/open-store.ts';
import { PoolPauses } from './store/pool-pauses.ts';
import type { Store } from './store/store.ts';
import type { StoreAddress } from './store/store-address.ts';
import { WakeRequests, watchWakeRequests } from './store/wake-requests.ts';
import { systemClock } from './system-clock.ts';
import type { DecisionLog } from './telemetry/decision-log.ts';
import { redactSecrets } from './telemetry/describe-error.ts';

/** Between looks for calls that reached another process: a table's looks are paid. */
const wakeLook = { sqlite: 0.5, dynamodb: 2 } as const;

/** The loop of this process. */
export interface OwnLoop {
  readonly recorded: LiveFleet;
  /** Whether it is the one that acts. */
  readonly isLeading: () => boolean;
  /** Reads a pool's queue now. */
  readonly poke: (poolId: string) => void;
  /** Iterates now. */
  readonly wake: () => void;
}

export interface ApiSurroundings {
  readonly store: Store;
  readonly address: StoreAddress;
  readonly where: StoreSurroundings & { readonly clock: Clock };
  /** null: the loop runs elsewhere. */
  readonly loop: OwnLoop | null;
  readonly log: DecisionLog;
}

export interface ServedApi {
  readonly provisioner: OpenProvisioner;
  readonly modern: ModernApiOptions;
  /** The fleet with the pools that the API made, and its pauses. */
  fleetNow(signal: AbortSignal): Promise<Fleet>;
  /** Has the loop here, while it leads, heed calls that reached other processes, until the signal fires. */
  heedOthers(signal: AbortSignal): Promise<void>;
  /** Resolves once what was still to be written is. */
  flush(): Promise<void>;
}

export async function openServedApi(
  options: ApiOptions,
  { store, address, where, loop, log }: ApiSurroundings,
): Promise<ServedApi> {
  const { clock } = where;
  const { fleet } = options.declaration;
  const onFailure = (doing: string, error: unknown) => log.failure({}, doing, error);
  const auditLog = new AuditLog(store, onFailure);
  const pauses = new PoolPauses(store, clock);
  const wakeRequests = new WakeRequests(store);
  const isLeading = () => loop?.isLeading() ?? false;
  const provisioner = await provisionerOfScaler(options, {
    store,
    address,
    where,
    recorded: loop?.recorded ?? null,
    isLeading,
    onFailure,
    audit: (entry) => {
      log.told({ event: 'api-write', ...entry });
      auditLog.add({ at: clock.now(), ...entry });
    },
  });
  const ask = (poolId: string, until: AbortSignal) => wakeRequests.ask(poolId, clock.now(), until);
  const modern = openModernApi(provisioner, {
    fleet,
    store,
    pauses,
    auditLog,
    isLeading,
    publicUrl: options.publicUrl,
    describeReason,
    redact: redactSecrets,
    poke: async (poolId, until) =>
      loop !== null && isLeading() ? loop.poke(poolId) : ask(poolId, until),
    wake: async (poolId, until) =>
      loop !== null && isLeading() ? loop.wake() : ask(poolId, until),
  });
  return {
    provisioner,
    modern,
    fleetNow: async (until) => pauses.applyTo(await provisioner.directory.fleet(until), until),
    flush: () => auditLog.flush(),
    heedOthers: (until) =>
      watchWakeRequests(
        {
          requests: wakeRequests,
          clock: systemClock,
          every: wakeLook[address.kind],
          onFailure,
          isLeading,
          wake: (poolIds) => {
            if (loop === null) return;
            // What the other process wrote before it asked must be seen.
            provisioner.directory.expire();
            for (const poolId of poolIds) loop.poke(poolId);
            loop.wake();
          },
        },
        until,
      ),
  };
}
