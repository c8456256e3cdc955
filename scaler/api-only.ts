/** The API without a loop: it shows what the loop saved, and stores what the loop is to do. */
import { homeRegion } from '../pool/home-region.ts';
import type { ListenAddress } from './api/listen-address.ts';
import type { ApiOptions } from './api/provisioner/provisioner-of-scaler.ts';
import { startServer } from './api/server.ts';
import { cloudClock } from './cloud-clock.ts';
import type { ServerSettings } from './open-server.ts';
import { openServedApi } from './served-api.ts';
import { openStore } from './store/open-store.ts';
import type { StoreAddress } from './store/store-address.ts';
import { systemClock } from './system-clock.ts';
import { DecisionLog, type LogLevel } from './telemetry/decision-log.ts';
import { Metrics } from './telemetry/metrics.ts';

export interface ApiOnlyOptions {
  readonly listen: ListenAddress;
  readonly api: ApiOptions;
  readonly store: StoreAddress;
  readonly server: ServerSettings;
  readonly logLevel: LogLevel;
  /** A local AWS whose time is taken for the time, for testing; null: real time. */
  readonly clockUrl: URL | null;
}

/**
 * Serves until the signal fires. Heartbeats are for the process with the loop: here they are 404.
 * @throws Error when the store cannot be opened, or the address is in use
 */
export async function runApi(options: ApiOnlyOptions, signal: AbortSignal): Promise<void> {
  const { fleet } = options.api.declaration;
  const clock = options.clockUrl === null ? systemClock : await cloudClock(options.clockUrl);
  const home = homeRegion(fleet);
  const where = { credentials: home.credentials, region: home.name, clock };
  const log = new DecisionLog(fleet.name, undefined, options.logLevel);
  const store = await openStore(options.store, { ...where, clock: systemClock }, signal);
  try {
    const served = await openServedApi(options.api, {
      ...{ store, address: options.store, where, log },
      loop: null,
    });
    const server = await startServer({
      ...options.server,
      address: options.listen,
      heartbeats: null,
      token: null,
      metrics: new Metrics(clock).registry,
      api: served.provisioner.api,
      modern: served.modern,
      // It answers, so it is well; how the loop is, /api/v2/status says.
      health: () => ({ healthy: true, age: null }),
    });
    log.told({ event: 'serving' });
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
    await server.close();
    await served.flush();
  } finally {
    await store.close();
  }
}
