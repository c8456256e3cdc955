import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Seconds } from '../../pool/units.ts';
import { authenticationOff } from './authentication/authentication.ts';
import { bearsToken } from './bearer-token.ts';
import { heartbeatMessage } from './heartbeat-message.ts';
import type { Heartbeats } from './heartbeats.ts';
import { isLoopback, type ListenAddress } from './listen-address.ts';
import { addProvisionerApi, type ProvisionerApiOptions } from './provisioner/provisioner-api.ts';
import { requestLimit } from './request-limit.ts';
import { addModernApi, type ModernApiOptions } from './v2/modern-api.ts';
import { addWorkflowWebhooks, type WebhookOptions } from './webhooks/workflow-webhooks.ts';

/** A heartbeat with 1,000 finished tasks takes about 40 kB. */
const bodyLimitBytes = 64 * 1024;
/** A request must have arrived in whole by then. */
const requestLimitMilliseconds = 10_000;
/** Longer than the 10 s between two heartbeats of a worker, so that its connection is kept. */
const keepAliveMilliseconds = 30_000;
/** Connections at once: one per worker, and room. */
const connectionLimit = 20_000;
/** Of one address: 100 a second, as many people may share it. */
export const usualRequestsPerMinute = 6_000;

export interface ServerOptions {
  readonly address: ListenAddress;
  /** null: none are heard here, as no loop is. */
  readonly heartbeats: Heartbeats | null;
  readonly metrics: Registry;
  /** Asked by `GET /healthz`. `age` is of the last iteration; null: none has ended yet. */
  readonly health: () => { readonly healthy: boolean; readonly age: Seconds | null };
  /** Heartbeats must bear it; null: anyone who reaches the address may send them. */
  readonly token: string | null;
  /** Listen beyond this machine although there is no token. Default false. */
  readonly allowWithoutToken?: boolean;
  /** The provisioner's API, under the prefixes of its clients. Default: none. */
  readonly api?: ProvisionerApiOptions | null;
  /** Version 2, with its description and reference page. Default: none. */
  readonly modern?: ModernApiOptions | null;
  /** Requests of the API that one address may make in a minute. Default 6,000. */
  readonly requestsPerMinute?: number;
  /** Certificate and key, PEM. Default: none, plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string } | null;
  /** Addresses and networks of proxies whose word of the caller's address is taken. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Events of forges, signed by secrets of their pools. Default: none are taken. */
  readonly webhooks?: WebhookOptions | null;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Listens for heartbeats (`POST /v1/heartbeats`), and answers `GET /metrics` and `GET /healthz`.
 * @throws Error when the address is in use, or is open to others while there is no token: whoever
 *   can send a heartbeat can keep workers alive or let them be ended.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port } = options.address;
  if (
    options.heartbeats !== null &&
    options.token === null &&
    !options.allowWithoutToken &&
    !isLoopback(host)
  ) {
    throw new Error(
      `refusing to listen on ${host}:${port}, which other machines can reach, without a token for ` +
        'heartbeats; set a token, listen on 127.0.0.1, or allow it to be without',
    );
  }
  if (options.api?.authentication === authenticationOff && !isLoopback(host)) {
    throw new Error(
      `refusing to listen on ${host}:${port}, which other machines can reach, without authentication; ` +
        'listen on 127.0.0.1, or leave authentication on',
    );
  }
  const server = buildServer(options);
  const limited = await requestLimit(server, options.requestsPerMinute ?? usualRequestsPerMinute);
  if (options.api) await addProvisionerApi(server, { ...options.api, limited });
  if (options.modern) await addModernApi(server, { ...options.modern, limited });
  if (options.webhooks) await addWorkflowWebhooks(server, options.webhooks);
  const url = await server.listen({ host, port });
  return { url, close: () => server.close() };
}

function buildServer(options: ServerOptions): FastifyInstance {
  const { tls, trustedProxies = [] } = options;
  const server = fastify({
    ...(tls && { https: { cert: tls.certificate, key: tls.key } }),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestLimitMilliseconds,
    keepAliveTimeout: keepAliveMilliseconds,
    // Idle kept connections must not hold up a clean stop.
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
  });
  server.server.maxConnections = connectionLimit;
  if (options.heartbeats !== null) heartbeatRoute(server, options.heartbeats, options.token);
  server.get('/metrics', async (_request, reply) => {
    reply.type(options.metrics.contentType);
    return options.metrics.metrics();
  });
  server.get('/healthz', async (_request, reply) => {
    const { healthy, age } = options.health();
    reply.code(healthy ? 200 : 503);
    return { status: healthy ? 'ok' : 'stale', iterationAgeSeconds: age };
  });
  return server;
}

function heartbeatRoute(
  server: FastifyInstance,
  heartbeats: Heartbeats,
  token: string | null,
): void {
  server.post(
    '/v1/heartbeats',
    {
      // Before the body is read: who has no token may not make us parse.
      onRequest: async (request, reply) => {
        if (token === null || bearsToken(request.headers.authorization, token)) return;
        reply.header('www-authenticate', 'Bearer');
        return reply.code(401).send({ error: 'expected the header Authorization: Bearer TOKEN' });
      },
    },
    async (request, reply) => {
      const message = heartbeatMessage.safeParse(request.body);
      if (message.success) return heartbeats.receive(message.data);
      reply.code(400);
      return { error: z.prettifyError(message.error) };
    },
  );
}
