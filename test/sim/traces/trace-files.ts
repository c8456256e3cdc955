/** Files that a test writes, each test its own, gone when the run ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { TraceError } from '../../../sim/traces/trace-error.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-traces-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes a file, gzipped if its name ends so, and returns its path. */
export function traceFile(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  const bytes = name.endsWith('.gz') && typeof content === 'string' ? gzipSync(content) : content;
  writeFileSync(path, bytes);
  return path;
}

/** The message of what was thrown, with the file's name in place of its path. */
export async function messageOf(read: () => unknown): Promise<string> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return error.message.replaceAll(`${directory}/`, '');
  }
  throw new Error('nothing was thrown');
}
