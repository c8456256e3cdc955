import { createHash, timingSafeEqual } from 'node:crypto';

/** True when an Authorization header bears the token. Takes as long for any header that does not. */
export function bearsToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
  // Of equal length whatever was given, as the comparison demands.
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
