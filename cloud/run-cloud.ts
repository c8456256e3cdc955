import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Cloud } from './cloud.ts';
import { EventDelivery } from './event-delivery.ts';
import type { CloudEvent } from './events.ts';
import { createServer } from './server.ts';
import { subnetsOf, zoneByOrder } from './subnets.ts';
import { Upstream } from './upstream.ts';
import { zonesOfRegion } from './zones.ts';

export interface RunCloudOptions {
  /** 0: any free one. */
  readonly port: number;
  /** null: what is not served here is refused. */
  readonly upstream: URL | null;
  /** Of the upstream, for events; null: nobody hears of them. Needs an upstream. */
  readonly eventsQueue: URL | null;
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
  // With 5,000 instances in 200 groups: 107 MB in place of 167.
  setFlagsFromString('--optimize-for-size');
  const { port, upstream: url, eventsQueue, seed, start, speed, steady, tell } = options;
  const upstream = url === null ? null : new Upstream(url);
  const subnets = upstream === null ? zoneByOrder(zonesOfRegion) : subnetsOf(upstream);
  const delivery =
    upstream === null || eventsQueue === null
      ? null
      : new EventDelivery(upstream, eventsQueue, tell);
  const onEvent = (event: CloudEvent) => delivery?.send(event);
  const cloud = new Cloud({ seed, start, speed, steady, subnets, onEvent });
  const server = createServer(cloud, upstream);
  try {
    const address = await server.listen({ host: '127.0.0.1', port });
    tell(`serving EC2, Auto Scaling, Pricing and Service Quotas at ${address}`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    cloud.end();
    await server.close();
  }
}
