/**
 * Taskcluster's temporary credentials: a certificate that says who may do what and until when, signed
 * with the access token of a permanent client, and a key made from that token and the certificate's
 * seed. The forms are those that `createTemporaryCredentials` of the old clients makes.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import { scopeText } from '../../../pool/worker-type.ts';

/** Taskcluster's own limit on the life of a certificate. */
const longestLife: Seconds = 31 * 86_400;
/** A certificate may start so much before its issuer's clock says, as the clients let it. */
const certificateSchema = z.strictObject({
  version: z.literal(1),
  scopes: z.array(scopeText).max(1_000),
  /** Milliseconds since 1970. */
  start: z.number(),
  expiry: z.number(),
  seed: z.string().min(44).max(200),
  signature: z.string().max(200),
  /** There when the credentials have a client id of their own. */
  issuer: z.string().max(300).optional(),
});

export type Certificate = z.output<typeof certificateSchema>;

/** @returns the certificate, or what is wrong with its form */
export function readCertificate(value: unknown): Certificate | string {
  const parsed = certificateSchema.safeParse(value);
  return parsed.success ? parsed.data : `certificate: ${z.prettifyError(parsed.error)}`;
}

/** Whose access token signed a certificate that came with credentials of this id. */
export function issuerOf(certificate: Certificate, clientId: string): string {
  return certificate.issuer ?? clientId;
}

/** @returns what forbids the use of a certificate; null: its scopes may be used */
export function certificateFault(
  certificate: Certificate,
  clientId: string,
  issuer: { readonly accessToken: string; readonly covers: (scope: string) => boolean },
  now: UnixSeconds,
): string | null {
  const wanted = Buffer.from(signatureOf(certificate, clientId, issuer.accessToken));
  const given = Buffer.from(certificate.signature);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) {
    return 'the certificate is not signed by its issuer';
  }
  const { start, expiry, scopes, issuer: named } = certificate;
  if (start > now * 1000) return 'the certificate does not hold yet';
  if (expiry <= now * 1000) return 'the certificate has expired';
  if (expiry - start > longestLife * 1000) return 'the certificate holds longer than 31 days';
  if (named !== undefined && !issuer.covers(`auth:create-client:${clientId}`)) {
    return 'the issuer may not name clients so';
  }
  const beyond = scopes.find((scope) => !issuer.covers(scope));
  return beyond === undefined ? null : `the issuer has not the scope ${beyond}`;
}

/** The key that requests with these credentials are signed with. */
export function temporaryAccessToken(issuerToken: string, seed: string): string {
  return createHmac('sha256', issuerToken)
    .update(seed)
    .digest('base64')
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');
}

export interface TemporaryCredentials {
  readonly clientId: string;
  readonly accessToken: string;
  /** JSON text, as clients take it. */
  readonly certificate: string;
}

/** Credentials under the issuer's own client id, for some of its scopes. */
export function issueTemporaryCredentials(
  issuer: { readonly clientId: string; readonly accessToken: string },
  scopes: readonly string[],
  now: UnixSeconds,
  life: Seconds,
): TemporaryCredentials {
  // Five minutes before now, so that a client whose clock is behind can use them at once.
  const start = Math.floor((now - 300) * 1000);
  const unsigned = {
    version: 1 as const,
    scopes: [...scopes],
    start,
    expiry: Math.floor((now + life) * 1000),
    seed: randomBytes(33).toString('base64url'),
    signature: '',
  };
  const signature = signatureOf(unsigned, issuer.clientId, issuer.accessToken);
  return {
    clientId: issuer.clientId,
    accessToken: temporaryAccessToken(issuer.accessToken, unsigned.seed),
    certificate: JSON.stringify({ ...unsigned, signature }),
  };
}

function signatureOf(certificate: Certificate, clientId: string, accessToken: string): string {
  const { version, seed, start, expiry, scopes, issuer } = certificate;
  const lines = [
    `version:${version}`,
    ...(issuer === undefined ? [] : [`clientId:${clientId}`, `issuer:${issuer}`]),
    `seed:${seed}`,
    `start:${start}`,
    `expiry:${expiry}`,
    'scopes:',
    ...scopes,
  ];
  return createHmac('sha256', accessToken).update(lines.join('\n')).digest('base64');
}
