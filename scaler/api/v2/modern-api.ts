/** Version 2 of the API at `/api/v2`, its description at `/openapi.json` and for people at `/reference`. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import { type ApiFrameOptions, addApiFrame } from '../api-frame.ts';
import { decisionStreamRoute } from './decision-stream.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { openApi } from './open-api.ts';
import type { ModernParts } from './parts.ts';
import { poolRoutes } from './pool-routes.ts';
import { referencePage, referencePolicy } from './reference-page.ts';
import { poolName } from './resources.ts';
import { type ApiRoute, authorize, parsedBy } from './route.ts';

export interface ModernApiOptions extends ApiFrameOptions {
  readonly parts: ModernParts;
  /** As clients see this server; null: as each of them reaches it. */
  readonly publicUrl: URL | null;
}

/** The largest body is a reason of 500 characters. */
const bodyLimitBytes = 16 * 1024;

const bewitParameter = 'bewit';

export async function addModernApi(
  server: FastifyInstance,
  options: ModernApiOptions,
): Promise<void> {
  const { parts, publicUrl } = options;
  const routes = modernRoutes(parts, options.onFailure);
  await server.register(
    async (scope) => {
      addApiFrame(scope, options);
      for (const route of routes) addRoute(scope, route);
    },
    { prefix: '/api/v2' },
  );
  const description = openApi(routes, publicUrl?.href.replace(/\/+$/, '') ?? null);
  const text = JSON.stringify(description);
  const page = referencePage(description);
  server.get('/openapi.json', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*');
    return reply.type('application/json; charset=utf-8').send(text);
  });
  server.get('/reference', async (_request, reply) => {
    reply.header('content-security-policy', referencePolicy);
    return reply.type('text/html; charset=utf-8').send(page);
  });
}

export function modernRoutes(
  parts: ModernParts,
  onFailure: (doing: string, error: unknown) => void,
): readonly ApiRoute[] {
  return [...poolRoutes(parts), decisionStreamRoute(parts, onFailure), ...fleetRoutes(parts)];
}

function addRoute(server: FastifyInstance, route: ApiRoute): void {
  server.route({
    method: route.method,
    url: route.path.replace('{pool}', ':pool'),
    bodyLimit: bodyLimitBytes,
    config: { apiMethod: route.name },
    // Before the body is read: who may not call may not make us parse either.
    preParsing: async (request) => {
      if (!route.path.includes('{pool}')) {
        authorize(route, request.identity, '');
        return;
      }
      const pool = poolName.safeParse(poolOf(request));
      if (!pool.success) {
        const shown = JSON.stringify(poolOf(request).slice(0, 60));
        throw new ApiError('InvalidRequestArguments', `pool: got ${shown}; allowed: a pool's name`);
      }
      authorize(route, request.identity, pool.data);
    },
    handler: async (request, reply) => {
      const answer = await route.handle({
        pool: poolOf(request),
        query:
          route.query === null ? noQuery(request) : parsedBy(route.query, given(request), 'query'),
        body: route.body === null ? undefined : parsedBy(route.body, request.body ?? {}, 'body'),
        identity: request.identity,
        request,
        reply,
        signal: request.limit,
      });
      if (answer === reply) return reply;
      return reply.code(route.status).send(answer);
    },
  });
}

function poolOf(request: FastifyRequest): string {
  return (request.params as { pool?: string }).pool ?? '';
}

/** A signed URL's own parameter is for the authentication. */
function given(request: FastifyRequest): Record<string, unknown> {
  const { [bewitParameter]: _, ...rest } = request.query as Record<string, unknown>;
  return rest;
}

function noQuery(request: FastifyRequest): undefined {
  const [unknown] = Object.keys(given(request));
  if (unknown === undefined) return undefined;
  throw new ApiError('InputValidationError', `query: ${unknown}: this method takes none`);
}
