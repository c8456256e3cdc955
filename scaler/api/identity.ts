import { ApiError } from './api-error.ts';

/** Who calls, as the authentication of the request found; without any, nobody, with no scope. */
export interface Identity {
  /** For the audit log; `anonymous` without credentials. */
  readonly clientId: string;
  /** A scope that ends in `*` stands for every scope that begins with what is before it. */
  readonly scopes: readonly string[];
}

export const anonymous: Identity = { clientId: 'anonymous', scopes: [] };

/** @throws ApiError InsufficientScopes unless the identity has every scope of one of the sets. */
export function requireScopes(identity: Identity, anyOf: readonly (readonly string[])[]): void {
  const satisfied = anyOf.some((set) => set.every((scope) => identityHasScope(identity, scope)));
  if (satisfied) return;
  const wanted = anyOf.map((set) => set.join(' and ')).join(', or ');
  throw new ApiError(
    'InsufficientScopes',
    `${identity.clientId} has not the scopes for this; needed: ${wanted}`,
    { required: anyOf, scopes: identity.scopes },
  );
}

export function identityHasScope({ scopes }: Pick<Identity, 'scopes'>, wanted: string): boolean {
  return scopes.some((scope) =>
    scope.endsWith('*') ? wanted.startsWith(scope.slice(0, -1)) : scope === wanted,
  );
}
