/** What sources that speak HTTP declare: an address, headers and credentials. */
import type * as z from 'zod';
import { rejected } from '../finding.ts';
import { checkedText, keySeparator, mapping, record, text } from '../schema-parts.ts';
import { type SecretReference, secretReference } from './secret.ts';

export type HttpAuth =
  | { readonly kind: 'none' }
  /** `Authorization: Bearer SECRET`; `scheme` replaces the word, as in `Authorization: token SECRET`. */
  | { readonly kind: 'bearer'; readonly scheme: string; readonly secret: SecretReference }
  | { readonly kind: 'basic'; readonly user: string; readonly secret: SecretReference }
  /** `NAME: SECRET` */
  | { readonly kind: 'header'; readonly name: string; readonly secret: SecretReference };

export const noAuth: HttpAuth = { kind: 'none' };

/** Names of headers and of query parameters whose values are secrets. */
const secretName = /authorization|cookie|token|secret|password|passwd|api[-_]?key|credential/i;

/** The address of an endpoint, with no credentials in it. */
export function endpointUrl(what: string) {
  return checkedText('a URL such as https://ci.example.com', (written) => {
    const url = URL.canParse(written) ? new URL(written) : null;
    // Not quoted: what is wrong with it may be that it holds a password.
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return rejected(written, 'a URL that starts with https:// or http://');
    }
    if (url.username || url.password) {
      return 'got a URL with a user or password; allowed: one without; use auth';
    }
    const secret = [...url.searchParams.keys()].find((name) => secretName.test(name));
    if (secret !== undefined) {
      return `got a URL with the parameter ${secret}; allowed: one without a secret; use auth`;
    }
    return url.hash ? 'got a URL with a #; allowed: one without' : null;
  }).describe(what);
}

const headerName = text('the name of a header such as X-Scope-OrgID', /^[\w-]+$/, 100);

const headers = record(
  text('a header of one line', /^[\x20-\x7e]*$/, 1_000).describe('Value of the header.'),
  { key: headerName, minimum: 0, maximum: 20, of: 'headers' },
).superRefine((entries, context) => {
  for (const name of Object.keys(entries)) {
    const problem = !headerName.safeParse(name).success
      ? 'no name of a header; allowed: letters, digits, - and _'
      : secretName.test(name)
        ? 'got a value in the file; allowed: headers without secrets; use auth: { header: ... }'
        : null;
    if (problem !== null) context.addIssue({ code: 'custom', path: [name], message: problem });
  }
});

const authSchema = mapping({
  bearer: secretReference('Secret of the header Authorization. Default: none.').optional(),
  scheme: text('a word such as Bearer', /^[A-Za-z][\w-]*$/, 30)
    .describe('Word before the secret of bearer.')
    .prefault('Bearer'),
  basic: mapping({
    user: text('a user name without a colon', /^[^:\s]+$/).describe('User name.'),
    password: secretReference('Password of the user.'),
  })
    .describe('User and password. Default: none.')
    .optional(),
  header: mapping({
    name: headerName.describe('Name of the header.'),
    value: secretReference('Value of the header.'),
  })
    .describe('A header of its own whose value is secret. Default: none.')
    .optional(),
})
  .superRefine(({ bearer, basic, header }, context) => {
    const ways = [bearer, basic, header].filter((way) => way !== undefined).length;
    if (ways === 1) return;
    const allowed = ['bearer', 'basic', 'header'].join(keySeparator);
    context.addIssue({ code: 'custom', message: `got ${ways} ways; allowed: one of ${allowed}` });
  })
  .meta({
    id: 'auth',
    description: 'Credentials, by where they stand: one of bearer, basic and header.',
  });

/** The keys of an HTTP endpoint, to spread into the mapping of a source. */
export const httpKeys = {
  headers: headers.describe('Headers sent with each request.').prefault({}),
  auth: authSchema.describe('Credentials, by where they stand. Default: none are sent.').optional(),
};

export interface HttpEndpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: HttpAuth;
}

/** From the keys `url`, `headers` and `auth`; the URL ends without a slash. */
export function toEndpoint({
  url,
  headers: given,
  auth,
}: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth?: z.output<typeof authSchema> | undefined;
}): HttpEndpoint {
  return { url: url.replace(/\/+$/, ''), headers: given, auth: toAuth(auth) };
}

export function toAuth(auth: z.output<typeof authSchema> | undefined): HttpAuth {
  if (auth === undefined) return noAuth;
  const { bearer, basic, header, scheme } = auth;
  if (bearer !== undefined) return { kind: 'bearer', scheme, secret: bearer };
  if (basic !== undefined) return { kind: 'basic', user: basic.user, secret: basic.password };
  return header === undefined
    ? noAuth
    : { kind: 'header', name: header.name, secret: header.value };
}

/** Tells apart the endpoints that requests can be shared under. */
export function endpointKey({ url, headers: given, auth }: HttpEndpoint): string {
  return JSON.stringify([url, given, auth]);
}

/** The TCP port of a URL. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
}
