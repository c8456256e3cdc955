/** What sources declare that keep a connection to a server of another protocol than HTTP. */
import { rejected } from '../finding.ts';
import { checkedText, text } from '../schema-parts.ts';
import { type SecretReference, secretReference } from './secret.ts';

/** Where a server is, and as whom it is asked. */
export interface ServerAccess {
  /** With the scheme, and without credentials and parameters. */
  readonly url: string;
  /** null: as nobody by name. */
  readonly user: string | null;
  /** null: none is sent. */
  readonly password: SecretReference | null;
  /** PEM of who signed the server's certificate; null: those that Node trusts. */
  readonly certificateAuthority: SecretReference | null;
}

/** The address of a server, with no credentials in it. */
export function serverUrl(
  what: string,
  { schemes, example, path }: { schemes: readonly string[]; example: string; path: RegExp },
) {
  const allowed = `a URL such as ${example}`;
  return checkedText(allowed, (written) => {
    const url = URL.canParse(written) ? new URL(written) : null;
    // Not quoted: what is wrong with it may be that it holds a password.
    if (url === null || !schemes.includes(url.protocol.slice(0, -1)) || url.hostname === '') {
      return rejected(written, allowed);
    }
    if (url.username || url.password) {
      return 'got a URL with a user or password; allowed: one without; use user and password';
    }
    if (url.search || url.hash) return 'got a URL with ? or #; allowed: one without';
    return path.test(url.pathname) ? null : rejected(written, allowed);
  }).describe(what);
}

/** The keys beside the URL, to spread into the mapping of a source. */
export const serverKeys = {
  password: secretReference('Password. Default: none is sent.').optional(),
  certificateAuthority: secretReference(
    "PEM of who signed the server's certificate. Default: those that Node trusts.",
  ).optional(),
};

export function userName() {
  return text('a user name', /^[^\0\s]+$/);
}

export function toServerAccess(written: {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: SecretReference | undefined;
  readonly certificateAuthority?: SecretReference | undefined;
}): ServerAccess {
  return {
    url: written.url.replace(/\/+$/, ''),
    user: written.user ?? null,
    password: written.password ?? null,
    certificateAuthority: written.certificateAuthority ?? null,
  };
}
