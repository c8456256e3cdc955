import type { Fleet } from '../pool/pool.ts';

/** The simulated workers send heartbeats, whether or not the file says yet where to. */
export function withHeartbeats(fleet: Fleet): Fleet {
  return { ...fleet, pools: fleet.pools.map((pool) => ({ ...pool, heartbeats: true })) };
}
