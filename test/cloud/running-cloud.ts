import type { AddressInfo } from 'node:net';
import { Cloud, type CloudOptions } from '../../cloud/cloud.ts';
import { createServer } from '../../cloud/server.ts';
import { subnetsOf, zoneByOrder } from '../../cloud/subnets.ts';
import { Upstream } from '../../cloud/upstream.ts';
import { zonesOfRegion } from '../../cloud/zones.ts';

/** A cloud that serves on a free loopback port. */
export interface RunningCloud {
  readonly cloud: Cloud;
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** 2026-01-01T00:00:00Z. */
export const start = Date.UTC(2026, 0, 1) / 1000;

/** Stepped and steady unless told otherwise. */
export async function startCloud(
  options: Partial<Omit<CloudOptions, 'subnets'>> & { readonly upstream?: string } = {},
): Promise<RunningCloud> {
  const { upstream: url, ...rest } = options;
  const upstream = url === undefined ? null : new Upstream(new URL(url));
  const subnets = upstream === null ? zoneByOrder(zonesOfRegion) : subnetsOf(upstream);
  const cloud = new Cloud({ seed: 1, start, speed: null, steady: true, ...rest, subnets });
  const server = createServer(cloud, upstream);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  return {
    cloud,
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      cloud.end();
      await server.close();
    },
  };
}
