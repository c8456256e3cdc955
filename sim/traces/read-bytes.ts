import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { unusable } from './trace-error.ts';

/** Of one file, unpacked: some ten million tasks. Beyond it a slip is likelier than a trace. */
const maximumBytes = 256 * 1024 * 1024;

/**
 * A file's bytes, unpacked if they are gzipped.
 * @throws TraceError when it cannot be read, is packed but damaged, or is larger than 256 MiB.
 */
export function readBytes(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unusable(file, whyUnreadable(error));
  }
  return unpacked(file, bytes);
}

/** All of standard input, as {@link readBytes} reads a file. */
export async function standardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return unpacked('standard input', Buffer.concat(chunks));
}

function unpacked(name: string, bytes: Buffer): Buffer {
  if (bytes.length > maximumBytes) throw unusable(name, tooLarge);
  if (!isGzipped(bytes)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maximumBytes });
  } catch (error) {
    throw unusable(name, whyNotUnpacked(error));
  }
}

/** By its first bytes, since a name says little (RFC 1952, section 2.3.1). */
export function isGzipped(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const tooLarge = `over ${maximumBytes / 2 ** 20} MiB; allowed: less, so split it`;

export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT') return 'no such file; allowed: the path of a file that is there';
  if (code === 'EISDIR') return 'a directory; allowed: the path of a file';
  return `cannot be read (${code}); allowed: a file that this user may read`;
}

export function whyNotUnpacked(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge;
  const reason = error instanceof Error ? error.message : String(error);
  return `gzipped, and damaged or cut off (${reason}); get it anew`;
}
