import type { Fleet, Region } from '../pool/pool.ts';
import type { Heartbeats } from './api/heartbeats.ts';
import type { ListenAddress } from './api/listen-address.ts';
import type { OpenProvisioner } from './api/provisioner/open-provisioner.ts';
import { type RunningServer, startServer } from './api/server.ts';
import type { Queues } from './queues/queues.ts';
import { Secrets } from './queues/secrets.ts';
import type { Leadership } from './store/leadership.ts';
import { systemClock } from './system-clock.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** An iteration is unhealthy when none has ended for this many intervals. */
const healthyIntervals = 6;

export interface ServerParts {
  readonly heartbeats: Heartbeats;
  readonly metrics: Metrics;
  readonly leadership: Leadership | null;
  readonly provisioner: OpenProvisioner | null;
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
  }: {
    readonly listen: ListenAddress | null;
    readonly heartbeatToken: string | null;
    readonly fleet: Fleet;
  },
  { heartbeats, metrics, leadership, provisioner, queues, home, onFailure }: ServerParts,
): Promise<RunningServer | null> {
  if (address === null) return null;
  const secrets = new Secrets({
    region: home.name,
    credentials: home.credentials,
    clock: systemClock,
    environment: process.env,
  });
  return startServer({
    address,
    heartbeats,
    metrics: metrics.registry,
    token: heartbeatToken,
    api: provisioner?.api ?? null,
    webhooks: {
      pools: async (until) => (await provisioner?.directory.fleet(until))?.pools ?? fleet.pools,
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
