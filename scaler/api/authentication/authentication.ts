import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../ports.ts';
import type { Tokens } from '../../store/tokens.ts';
import { ApiError } from '../api-error.ts';
import { anonymous, type Identity } from '../identity.ts';
import { ApiClients } from './api-clients.ts';
import { HawkAuthentication, type SignedRequest } from './hawk-authentication.ts';

/** Finds out who sends a request. */
export interface Authentication {
  /** @throws ApiError AuthenticationFailed when credentials are there and are not good. */
  identify(request: FastifyRequest, signal: AbortSignal): Promise<Identity>;
}

/** Whoever calls may do everything; only for a server that this machine alone can reach. */
export const authenticationOff: Authentication = {
  identify: async () => ({ clientId: 'unauthenticated', scopes: ['*'] }),
};

export interface AuthenticationOptions {
  readonly tokens: Tokens;
  readonly clock: Clock;
  /** What callers have in their URLs where that is not what they reach here; null: the same. */
  readonly publicUrl: URL | null;
}

/** Bearer tokens, Hawk headers and signed URLs. Without any of them the caller is nobody. */
export function authenticationOn({
  tokens,
  clock,
  publicUrl,
}: AuthenticationOptions): Authentication {
  const clients = new ApiClients(tokens, clock);
  const hawk = new HawkAuthentication(clients, clock);
  return {
    async identify(request, signal) {
      const { authorization = null } = request.headers;
      const bewit = /[?&]bewit=([^&]*)/.exec(request.url)?.[1];
      if (authorization === null && bewit === undefined) return anonymous;
      if (authorization !== null && bewit !== undefined) {
        throw new ApiError(
          'AuthenticationFailed',
          'got a header and a bewit; allowed: one of them',
        );
      }
      if (authorization === null) {
        return hawk.ofSignedUrl(signedRequest(request, publicUrl), bewit ?? '', signal);
      }
      if (/^hawk\b/i.test(authorization)) {
        return hawk.ofHeader(signedRequest(request, publicUrl), signal);
      }
      const token = /^Bearer +(\S{1,1000}) *$/i.exec(authorization)?.[1];
      const client = token === undefined ? null : await clients.bearing(token, signal);
      if (client !== null) return { clientId: client.clientId, scopes: client.scopes };
      throw new ApiError(
        'AuthenticationFailed',
        'expected the header Authorization with Bearer TOKEN of a client, or a Hawk signature',
      );
    },
  };
}

/** The sender signs the host and port of its URL: the public one's where it used that. */
function signedRequest(request: FastifyRequest, publicUrl: URL | null): SignedRequest {
  const encrypted = request.protocol === 'https' || publicUrl?.protocol === 'https:';
  const given = request.headers.host ?? '';
  const asUrl = `http://${given}`;
  const sent = URL.canParse(asUrl) ? new URL(asUrl) : null;
  const isPublic = publicUrl !== null && sent?.hostname === publicUrl.hostname;
  const written = /:(\d+)$/.exec(given)?.[1];
  const port = isPublic ? publicUrl.port : written;
  return {
    raw: request.raw,
    host: sent?.hostname ?? '',
    port: port === undefined || port === '' ? (encrypted ? 443 : 80) : Number(port),
  };
}
