import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { ApiError } from '../api-error.ts';
import { type Identity, identityHasScope, requireScopes } from '../identity.ts';

/** One call, its parameters, query and body read by the route's schemas. */
export interface RouteCall<Query, Body> {
  /** Of the pool that the path names; empty where it names none. */
  readonly pool: string;
  readonly query: Query;
  readonly body: Body;
  readonly identity: Identity;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
}

/** A route as data: what checks requests and what describes them is made from it. */
export interface ApiRoute<Query = unknown, Body = unknown> {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Below `/api/v2`, with the pool's name as `{pool}`. */
  readonly path: string;
  readonly title: string;
  /** Any one does; `<pool>` stands for the name. None: for everyone. */
  readonly scopes: readonly string[];
  readonly query: z.ZodType<Query> | null;
  readonly body: z.ZodType<Body> | null;
  readonly status: 200 | 202;
  /** null: a stream of events. */
  readonly output: z.ZodType | null;
  handle(call: RouteCall<Query, Body>): Promise<unknown>;
}

/** Lets a route be one of a list of others. */
export function route<Query = unknown, Body = unknown>(
  described: Omit<ApiRoute<Query, Body>, 'query' | 'body' | 'status' | 'scopes'> &
    Partial<Pick<ApiRoute<Query, Body>, 'query' | 'body' | 'status' | 'scopes'>>,
): ApiRoute {
  const defaults = { query: null, body: null, status: 200, scopes: [] } as const;
  return { ...defaults, ...described } as unknown as ApiRoute;
}

const view = 'muster:view-pool:';
const manage = 'muster:manage-pool:';

export const viewScopes = [`${view}<pool>`, `${manage}<pool>`] as const;
export const manageScopes = [`${manage}<pool>`] as const;

/** @throws ApiError InsufficientScopes */
export function authorize({ scopes }: Pick<ApiRoute, 'scopes'>, identity: Identity, pool: string) {
  if (scopes.length === 0) return;
  requireScopes(
    identity,
    scopes.map((scope) => [scope.replace('<pool>', pool)]),
  );
}

/** Which pools a list shows. @throws ApiError InsufficientScopes for a caller who may see none. */
export function visiblePools(identity: Identity): (pool: string) => boolean {
  const beginnings = [view, manage];
  const some = identity.scopes.some((scope) =>
    beginnings.some(
      (start) =>
        scope.startsWith(start) || (scope.endsWith('*') && start.startsWith(scope.slice(0, -1))),
    ),
  );
  if (!some) requireScopes(identity, [[`${view}*`], [`${manage}*`]]);
  return (pool) => beginnings.some((start) => identityHasScope(identity, `${start}${pool}`));
}

/** @throws ApiError InputValidationError with every fault. */
export function parsedBy<Value>(schema: z.ZodType<Value>, given: unknown, what: string): Value {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));
  const said = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new ApiError(
    'InputValidationError',
    `the ${what} is not as it must be: ${said.join('; ')}`,
    details,
  );
}
