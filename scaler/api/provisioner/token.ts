import { randomBytes } from 'node:crypto';

/** A fresh token of a worker: a slug id of version 4, of which 122 bits are random. */
export function newToken(): string {
  const bytes = randomBytes(16);
  // Version 4 and variant 1 of RFC 4122, which the form of a slug id shows.
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('base64url');
}
