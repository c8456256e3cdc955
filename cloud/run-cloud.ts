import { once } from 'node:events';
import { Cloud } from './cloud.ts';
import { EventBus } from './event-bus.ts';
import { EventDelivery } from './event-delivery.ts';
import type { CloudEvent } from './events.ts';
import type { HookNotification } from './hook-notifications.ts';
import { RegionKeys } from './identity/region-keys.ts';
import { NotificationDelivery } from './notification-delivery.ts';
import { createServer } from './server.ts';
import { subnetsOf, zoneByOrder } from './subnets.ts';
import { Upstream } from './upstream.ts';
import { holdYoungGeneration } from './young-generation.ts';
import { zonesOfRegion } from './zones.ts';

export interface RunCloudOptions {
  /** 0: any free one. */
  readonly port: number;
  /** null: what is not served here is refused. */
  readonly upstream: URL | null;
  /** Of the upstream, for events; null: nobody hears of them. Needs an upstream. */
  readonly eventsQueue: URL | null;
  /** Where the keys of identity documents, and their certificates, stay; null: nowhere. */
  readonly certificates: string | null;
  readonly seed: number;
  /** In seconds since 1970. */
  readonly start: number;
  /** null: stepped. */
  readonly speed: number | null;
  readonly steady: boolean;
  /** Hears where it listens, and of events that could not be delivered. */
  readonly tell: (line: string) => void;
}

/** Serves until the signal fires. The process is this cloud's own: it is told to stay small. */
export async function runCloud(options: RunCloudOptions, signal: AbortSignal): Promise<void> {
  holdYoungGeneration();
  const {
    port,
    upstream: url,
    eventsQueue,
    certificates,
    seed,
    start,
    speed,
    steady,
    tell,
  } = options;
  const upstream = url === null ? null : new Upstream(url);
  const subnets = upstream === null ? zoneByOrder(zonesOfRegion) : subnetsOf(upstream);
  const delivery =
    upstream === null || eventsQueue === null
      ? null
      : new EventDelivery(upstream, eventsQueue, tell);
  const bus = upstream === null ? null : new EventBus(upstream, tell);
  const notifications = new NotificationDelivery(upstream, tell);
  const onEvent = (event: CloudEvent) => {
    delivery?.send(event);
    bus?.send(event);
  };
  const listeners = upstream === null ? {} : { onEvent };
  const onNotification = (notification: HookNotification) => notifications.send(notification);
  const cloud = new Cloud({ seed, start, speed, steady, subnets, ...listeners, onNotification });
  const server = createServer(cloud, upstream, new RegionKeys(certificates));
  try {
    const address = await server.listen({ host: '127.0.0.1', port });
    tell(`serving EC2, Auto Scaling, Pricing and Service Quotas at ${address}`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    cloud.end();
    await server.close();
  }
}
