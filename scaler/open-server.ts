import type { Fleet, Region } from '../pool/pool.ts';
import type { Heartbeats } from './api/heartbeats.ts';
import type { ListenAddress } from './api/listen-address.ts';
import { type RunningServer, type ServerOptions, startServer } from './api/server.ts';
import type { Queues } from './queues/queues.ts';
import { Secrets } from './queues/secrets.ts';
import type { ServedApi } from './served-api.ts';
import type { Leadership } from './store/leadership.ts';
import { systemClock } from './system-clock.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** An iteration is unhealthy when none has ended for this many intervals. */
const healthyIntervals = 6;

/** What a person chooses of the server beside where it listens. */
export interface ServerSettings
  extends Pick<ServerOptions, 'requestsPerMinute' | 'tls' | 'trustedProxies'> {
  /** Default true; false: other processes serve the API, and this one runs its pools. */
  readonly api?: boolean;
}

export interface ServerParts {
  readonly heartbeats: Heartbeats;
  readonly metrics: Metrics;
  readonly leadership: Leadership | null;
  readonly served: ServedApi | null;
  readonly queues: Queues;
  /** Where secrets of webhooks are read. */
  readonly home: Region;
  readonly onFailure: (doing: string, error: unknown) => void;
}

/** What the scaler listens with; null: it is to listen nowhere. */
export async function openServer(
  {
    listen: address,
    heartbeatToken,
    fleet,
    server: { api = true, ...settings } = {},
  }: {
    readonly listen: ListenAddress | null;
    readonly heartbeatToken: string | null;
    readonly fleet: Fleet;
    readonly server?: ServerSettings;
  },
  { heartbeats, metrics, leadership, served, queues, home, onFailure }: ServerParts,
): Promise<RunningServer | null> {
  if (address === null) return null;
  const secrets = new Secrets({
    region: home.name,
    credentials: home.credentials,
    clock: systemClock,
    environment: process.env,
  });
  return startServer({
    ...settings,
    address,
    heartbeats,
    metrics: metrics.registry,
    token: heartbeatToken,
    api: api ? (served?.provisioner.api ?? null) : null,
    modern: api ? (served?.modern ?? null) : null,
    webhooks: {
      pools: async (until) =>
        (await served?.provisioner.directory.fleet(until))?.pools ?? fleet.pools,
      readSecret: (reference, until) => secrets.read(reference, until),
      poke: (poolIds) => queues.poke(poolIds),
      onFailure,
    },
    health: () => {
      const limit = healthyIntervals * fleet.interval;
      // Who stands by makes no iterations, and is well while the store tells who leads.
      const looked = leadership?.isLeading === false ? leadership.lookAge() : null;
      const age = looked ?? metrics.iterationAge();
      return { healthy: age !== null && age < limit, age };
    },
  });
}
