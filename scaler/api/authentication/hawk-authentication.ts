/**
 * Hawk, with which the old clients sign their requests: a MAC over method, path, host and time, in a
 * header or, of a signed URL, in `bewit`. The key is a client's access token, or is made from one
 * where the credentials are temporary.
 */
import type { IncomingMessage } from 'node:http';
import * as hawk from 'hawk';
import type { Seconds } from '../../../pool/units.ts';
import type { Clock } from '../../ports.ts';
import { ApiError } from '../api-error.ts';
import { type Identity, identityHasScope } from '../identity.ts';
import type { ApiClients } from './api-clients.ts';
import { type HawkExtension, readHawkExtension } from './hawk-extension.ts';
import { Nonces } from './nonces.ts';
import { certificateFault, issuerOf, temporaryAccessToken } from './temporary-credentials.ts';

/** Hawk's own default: a time stamp may be this far from our clock. */
const replayWindow: Seconds = 60;

/** A certificate with many scopes is longer than what the library takes unless told. */
const longestHeader = 15_000;

/** A request as its sender signed it. */
export interface SignedRequest {
  readonly raw: IncomingMessage;
  /** Of the URL that its sender used. */
  readonly host: string;
  readonly port: number;
}

interface Candidate extends Identity {
  readonly key: string;
}

export class HawkAuthentication {
  readonly #clients: ApiClients;
  readonly #clock: Clock;
  readonly #nonces = new Nonces(replayWindow);

  constructor(clients: ApiClients, clock: Clock) {
    this.#clients = clients;
    this.#clock = clock;
    hawk.utils.limits.maxMatchLength = longestHeader;
  }

  /** @throws ApiError AuthenticationFailed unless the header's signature holds and is new. */
  async ofHeader(request: SignedRequest, signal: AbortSignal): Promise<Identity> {
    const { id, ext } = parsedHeader(request.raw.headers.authorization ?? '');
    const candidates = await this.#candidates(id, readHawkExtension(ext), signal);
    return firstThatHolds(candidates, ({ key }) =>
      hawk.server.authenticate(request.raw, () => ({ key, algorithm: 'sha256', user: id }), {
        host: request.host,
        port: request.port,
        timestampSkewSec: replayWindow,
        localtimeOffsetMsec: this.#clock.now() * 1000 - Date.now(),
        nonceFunc: (_key, nonce, time) => {
          if (!this.#nonces.take(`${id} ${time} ${nonce}`, this.#clock.now())) {
            throw new Error('this request was made before');
          }
        },
      }),
    );
  }

  /** @throws ApiError AuthenticationFailed unless the URL is signed, for reading, and has not expired. */
  async ofSignedUrl(request: SignedRequest, bewit: string, signal: AbortSignal): Promise<Identity> {
    const [id = '', , , ext] = Buffer.from(bewit, 'base64url').toString('utf8').split('\\');
    const candidates = await this.#candidates(id, readHawkExtension(ext), signal);
    return firstThatHolds(candidates, ({ key }) =>
      hawk.uri.authenticate(request.raw, () => ({ key, algorithm: 'sha256', user: id }), {
        host: request.host,
        port: request.port,
        localtimeOffsetMsec: this.#clock.now() * 1000 - Date.now(),
      }),
    );
  }

  /** The keys that this id's signature may have been made with, and what each of them may do. */
  async #candidates(
    clientId: string,
    { certificate, authorizedScopes }: HawkExtension,
    signal: AbortSignal,
  ): Promise<readonly Candidate[]> {
    const issuer = certificate === null ? clientId : issuerOf(certificate, clientId);
    const isId = /^[\x20-\x7e]{1,300}$/.test(issuer);
    const found = isId ? await this.#clients.signing(issuer, signal) : null;
    if (found === null) throw refused(`no client ${issuer} is known`);
    const { client, accessTokens } = found;
    const covers = (scope: string) => identityHasScope(client, scope);
    const faults: string[] = [];
    const candidates = accessTokens.flatMap((accessToken): Candidate[] => {
      if (certificate === null) return [{ clientId, scopes: client.scopes, key: accessToken }];
      const fault = certificateFault(
        certificate,
        clientId,
        { accessToken, covers },
        this.#clock.now(),
      );
      if (fault !== null) {
        faults.push(fault);
        return [];
      }
      const key = temporaryAccessToken(accessToken, certificate.seed);
      return [{ clientId, scopes: certificate.scopes, key }];
    });
    if (candidates.length === 0) throw refused(faults.at(-1) ?? 'it has no access token');
    return candidates.map((candidate) => restricted(candidate, authorizedScopes));
  }
}

function restricted(candidate: Candidate, authorized: readonly string[] | null): Candidate {
  if (authorized === null) return candidate;
  const beyond = authorized.find((scope) => !identityHasScope(candidate, scope));
  if (beyond !== undefined)
    throw refused(`authorizedScopes has ${beyond}, which the client has not`);
  return { ...candidate, scopes: authorized };
}

/** A client that is being rotated has two keys, and either will do. */
async function firstThatHolds(
  candidates: readonly Candidate[],
  authenticate: (candidate: Candidate) => Promise<unknown>,
): Promise<Identity> {
  let last: unknown = null;
  for (const candidate of candidates) {
    try {
      await authenticate(candidate);
      return { clientId: candidate.clientId, scopes: candidate.scopes };
    } catch (error) {
      last = error;
    }
  }
  throw refused(last instanceof Error && last.message !== '' ? last.message : 'bad signature');
}

function parsedHeader(authorization: string): { id: string; ext: string | undefined } {
  try {
    const { id = '', ext } = hawk.utils.parseAuthorizationHeader(authorization);
    return { id, ext };
  } catch (error) {
    throw refused((error as Error).message || 'the header cannot be read');
  }
}

function refused(why: string): ApiError {
  return new ApiError('AuthenticationFailed', `Hawk: ${why}`);
}
