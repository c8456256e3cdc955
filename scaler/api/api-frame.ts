/**
 * What every version of the API has: who calls, JSON in and out, time limits, request ids, errors in
 * one form, and a line of audit for each write.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Seconds } from '../../pool/units.ts';
import { StoreError } from '../store/store.ts';
import { ApiError } from './api-error.ts';
import type { Authentication } from './authentication/authentication.ts';
import { anonymous, type Identity } from './identity.ts';

/** As large as Taskcluster's services took. */
const bodyLimitBytes = 10 * 1024 * 1024;
/** Of all that a request asks of the store together. */
const requestLimitMilliseconds = 10_000;

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity;
    /** Fires when the request's time is over. */
    limit: AbortSignal;
  }
}

/** One write, as it ended; without bodies, which may hold secrets. */
export interface AuditEntry {
  readonly requestId: string;
  readonly clientId: string;
  readonly method: string;
  /** The route with its parameters' names in place of their values, as a token may be among them. */
  readonly route: string;
  /** What was written to, such as a worker type; not a token. */
  readonly subject: string | null;
  readonly status: number;
  /** Address of the caller: the proxy's word for it where a proxy is trusted. */
  readonly from: string;
}

export interface ApiFrameOptions {
  readonly authentication: Authentication;
  readonly audit: (entry: AuditEntry) => void;
  /** Hears of faults of ours, which the caller is told nothing of. */
  readonly onFailure: (doing: string, error: unknown) => void;
  /** Counts a request; answers how long its sender must wait, null: not at all. Default: no limit. */
  readonly limited?: ((request: FastifyRequest) => Promise<Seconds | null>) | undefined;
}

/** Parameters of routes whose values are secret. */
const secretParameters = ['token'];

/** Makes `server`, best one of its own prefix, answer as the API does. Routes are added after it. */
export function addApiFrame(server: FastifyInstance, options: ApiFrameOptions): void {
  server.decorateRequest('identity', null as unknown as Identity);
  server.decorateRequest('limit', null as unknown as AbortSignal);
  addJson(server);
  server.addHook('onRequest', async (request, reply) => {
    // Credentials are in headers of the caller's own making, so that any page may show the answers.
    reply.header('access-control-allow-origin', '*');
    reply.header('x-request-id', request.id);
    reply.header('cache-control', 'no-store');
    request.limit = limitOf(request);
    request.identity = anonymous;
    // Before the credentials are looked at: that is what guessing them would cost us.
    const wait = (await options.limited?.(request)) ?? null;
    if (wait !== null) {
      reply.header('retry-after', Math.ceil(wait));
      throw new ApiError('TooManyRequests', `too many requests; try again in ${Math.ceil(wait)} s`);
    }
    request.identity = await options.authentication.identify(request, request.limit);
  });
  server.addHook('onResponse', async (request, reply) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
    options.audit({
      requestId: request.id,
      clientId: request.identity.clientId,
      method: request.method,
      route: request.routeOptions.url ?? '',
      subject: subjectOf(request),
      status: reply.statusCode,
      from: request.ip,
    });
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const told = asApiError(error);
    if (told.code === 'InternalServerError' || told.code === 'Unavailable') {
      options.onFailure(`${request.method} ${request.routeOptions.url ?? ''}`, error);
    }
    return sendError(request, reply, told);
  });
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const message = `${request.method} ${path} is no method of this API`;
    return sendError(request, reply, new ApiError('ResourceNotFound', message));
  });
}

/** An empty body is none, whatever its type says; what is there must be an object or a list. */
function addJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(
    ['application/json', 'text/plain'],
    { parseAs: 'string', bodyLimit: bodyLimitBytes },
    (request, body, done) => {
      if (body === '') {
        done(null, undefined);
        return;
      }
      parse(request, body as string, (error, value) => {
        const isJson = error === null && typeof value === 'object' && value !== null;
        const message = 'the body is no JSON object or list';
        done(isJson ? null : new ApiError('MalformedPayload', message), value);
      });
    },
  );
}

function limitOf(request: FastifyRequest): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), requestLimitMilliseconds);
  timer.unref();
  request.raw.once('close', () => clearTimeout(timer));
  return controller.signal;
}

function subjectOf(request: FastifyRequest): string | null {
  const parameters = Object.entries((request.params ?? {}) as Record<string, string>);
  const plain = parameters.filter(([name]) => !secretParameters.includes(name));
  return plain.length === 0 ? null : plain.map(([, value]) => value).join('/');
}

function asApiError(error: FastifyError): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError) {
    if (error.kind === 'conflict') {
      return new ApiError('RequestConflict', 'it was changed meanwhile; read it and try again');
    }
    if (error.kind !== 'invalid') {
      return new ApiError('Unavailable', 'the store does not answer; nothing may be changed now');
    }
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ApiError('InputTooLarge', `the body is larger than ${bodyLimitBytes} bytes`);
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new ApiError('MalformedPayload', 'expected a body of content type application/json');
  }
  const { statusCode = 500 } = error;
  if (statusCode >= 400 && statusCode < 500) return new ApiError('InputError', error.message);
  return new ApiError('InternalServerError', 'something went wrong here; the log says what');
}

function sendError(request: FastifyRequest, reply: FastifyReply, error: ApiError) {
  if (error.code === 'AuthenticationFailed') reply.header('www-authenticate', 'Hawk, Bearer');
  const parameters = Object.entries((request.params ?? {}) as Record<string, string>);
  return reply.code(error.status).send({
    code: error.code,
    message: error.message,
    requestInfo: {
      method: request.routeOptions.config.apiMethod ?? request.method,
      params: Object.fromEntries(
        parameters.filter(([name]) => name !== '*' && !secretParameters.includes(name)),
      ),
      requestId: request.id,
      time: new Date().toISOString(),
    },
    ...(error.details !== undefined && { details: error.details }),
  });
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Name of the API's method, for errors and logs. */
    apiMethod?: string;
  }
}
