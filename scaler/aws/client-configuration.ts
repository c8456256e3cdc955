import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { fromIni, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { Credentials } from '../../pool/pool.ts';

/** Every limit on a call to AWS, in one place. */
const limits = {
  /** A connection that is not there by then will not come. */
  connectionMilliseconds: 2_000,
  /** One attempt, answer included. The slowest read, a page of instances, takes about a second. */
  requestMilliseconds: 10_000,
  /** The first try and two more. The SDK waits between them with full jitter. */
  attempts: 3,
  /** Connections kept to all of AWS; a call beyond them waits for one. */
  sockets: 50,
} as const;

/** Kept connections are shared by all clients, so that many regions do not mean many handshakes. */
const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: limits.sockets });
const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: limits.sockets });

/**
 * What every SDK client is made with: region, credentials, time limits and retries.
 *
 * The endpoint is left to the SDK, so `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` work.
 * `default` credentials are left to the SDK's own chain.
 */
export function clientConfiguration(credentials: Credentials, region: string) {
  const provider = credentialProvider(credentials, region);
  return { ...callLimits(region), ...(provider === null ? {} : { credentials: provider }) };
}

function callLimits(region: string) {
  return {
    region,
    maxAttempts: limits.attempts,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: limits.connectionMilliseconds,
      requestTimeout: limits.requestMilliseconds,
      // Without this the SDK only warns when the limit has passed.
      throwOnRequestTimeout: true,
      httpAgent,
      httpsAgent,
    },
  };
}

/** null: the SDK's own chain. */
function credentialProvider(credentials: Credentials, region: string) {
  switch (credentials.kind) {
    case 'default':
      return null;
    case 'profile':
      return fromIni({ profile: credentials.profile });
    case 'assume-role':
      return fromTemporaryCredentials({
        params: {
          RoleArn: credentials.roleArn,
          RoleSessionName: credentials.sessionName,
          ...(credentials.externalId === null ? {} : { ExternalId: credentials.externalId }),
        },
        // STS of the same region: the global endpoint is one more thing that can be away.
        clientConfig: callLimits(region),
      });
  }
}

/** Tells apart the credentials that calls can be shared under. */
export function credentialsKey(credentials: Credentials): string {
  switch (credentials.kind) {
    case 'default':
      return 'default';
    case 'profile':
      return `profile ${credentials.profile}`;
    case 'assume-role':
      return `role ${credentials.roleArn} ${credentials.externalId ?? ''} ${credentials.sessionName}`;
  }
}
