/** The Taskcluster AWS provisioner's API, version 1, at whatever prefix it is registered. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import { type ApiFrameOptions, addApiFrame } from '../api-frame.ts';
import { requireScopes } from '../identity.ts';
import { amiSetMethods } from './ami-set-methods.ts';
import { type Handler, originOf, type ProvisionerParts } from './call.ts';
import { fleetMethods } from './fleet-methods.ts';
import { type ApiMethod, type MethodName, parameterFault, provisionerMethods } from './methods.ts';
import { type RegistrationParts, registrationRoute } from './registration.ts';
import { secretMethods } from './secret-methods.ts';
import { workerTypeMethods } from './worker-type-methods.ts';

/** Where the old clients look: those with a `baseUrl`, and those with a `rootUrl`. */
export const provisionerPrefixes = ['/v1', '/api/aws-provisioner/v1'] as const;

export interface ProvisionerApiOptions extends ApiFrameOptions {
  readonly parts: ProvisionerParts & RegistrationParts;
}

export async function addProvisionerApi(
  server: FastifyInstance,
  options: ProvisionerApiOptions,
): Promise<void> {
  const { parts } = options;
  const handlers: Record<MethodName, Handler> = {
    ...workerTypeMethods(parts),
    ...amiSetMethods(parts),
    ...secretMethods(parts),
    ...fleetMethods(parts),
  };
  for (const prefix of provisionerPrefixes) {
    await server.register(
      async (scope) => {
        addApiFrame(scope, options);
        for (const method of provisionerMethods) {
          addMethod(scope, method, handlers[method.name], parts);
        }
        registrationRoute(scope, parts);
        scope.options('/*', async (_request, reply) => preflight(reply));
      },
      { prefix },
    );
  }
}

function preflight(reply: {
  header(name: string, value: string): unknown;
  code(status: number): { send(): unknown };
}) {
  reply.header('access-control-allow-methods', 'GET, PUT, POST, DELETE, OPTIONS');
  reply.header('access-control-allow-headers', 'authorization, content-type');
  reply.header('access-control-max-age', '3600');
  return reply.code(204).send();
}

function addMethod(
  server: FastifyInstance,
  method: ApiMethod,
  handler: Handler,
  parts: ProvisionerParts,
): void {
  server.route({
    method: method.method.toUpperCase() as 'GET' | 'PUT' | 'POST' | 'DELETE',
    url: method.route.replace(/<(\w+)>/g, ':$1'),
    config: { apiMethod: method.name },
    // Before the body is read: who may not call may not make us parse either.
    preParsing: async (request) => {
      checkParameters(request);
      if (!scopesNeedBody(method)) authorize(method, request);
    },
    handler: async (request, reply) => {
      if (scopesNeedBody(method)) authorize(method, request);
      const answer = await handler({
        params: request.params as Record<string, string>,
        body: bodyOf(method, request),
        query: request.query as Record<string, unknown>,
        identity: request.identity,
        origin: originOf(parts, request),
        signal: request.limit,
      });
      if (answer === undefined) return reply.code(204).send();
      return answer;
    },
  });
}

function checkParameters(request: FastifyRequest): void {
  const parameters = Object.entries(request.params as Record<string, string>);
  const faults = parameters.flatMap(([name, value]) => parameterFault(name, value) ?? []);
  if (faults.length > 0)
    throw new ApiError('InvalidRequestArguments', faults.join('; '), { faults });
}

/** Whether a scope names a field of the body that is no parameter. */
function scopesNeedBody({ scopes, route }: ApiMethod): boolean {
  return scopes.flat().some((scope) => {
    const name = /<(\w+)>/.exec(scope)?.[1];
    return name !== undefined && !route.includes(`<${name}>`);
  });
}

/** @throws ApiError InsufficientScopes unless the caller has one of the method's sets. */
function authorize({ scopes }: ApiMethod, request: FastifyRequest): void {
  if (scopes.length === 0) return;
  const parameters = request.params as Record<string, string>;
  const body = (request.body ?? {}) as Record<string, unknown>;
  const filled = scopes.map((set) =>
    set.map((scope) =>
      scope.replace(/<(\w+)>/g, (_, name: string) => parameters[name] ?? String(body[name] ?? '')),
    ),
  );
  requireScopes(request.identity, filled);
}

/** @throws ApiError InputValidationError with every fault of the body. */
function bodyOf({ input }: ApiMethod, request: FastifyRequest): unknown {
  if (input === null) return undefined;
  const parsed = input.safeParse(request.body);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));
  const said = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new ApiError(
    'InputValidationError',
    `the body is not as it must be: ${said.join('; ')}`,
    details,
  );
}
