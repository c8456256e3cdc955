import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Seconds } from '../../pool/units.ts';

/** Addresses whose requests are counted at once; beyond them the longest silent is forgotten. */
const mostAddresses = 20_000;

/**
 * Counts the requests of each address of a minute; of IPv6 each network of 64 bits, which one
 * subscriber has.
 * @returns answers how long the sender must wait, null: not at all
 */
export async function requestLimit(
  server: FastifyInstance,
  requestsPerMinute: number,
): Promise<(request: FastifyRequest) => Promise<Seconds | null>> {
  const options = { max: requestsPerMinute, timeWindow: 60_000, cache: mostAddresses };
  await server.register(rateLimit, { ...options, global: false });
  const check = server.createRateLimit();
  return async (request) => {
    const counted = await check(request);
    return counted.isAllowed || !counted.isExceeded ? null : counted.ttl / 1000;
  };
}
