import { muster } from '../../cli/muster.ts';
import type { ProcessResult } from './run-process.ts';

export interface CommandOptions {
  /** Default: where this process is. */
  readonly directory?: string;
  /** The whole environment. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface CommandResult extends ProcessResult {
  /** As it was written; what is not text is lost in `stdout`. */
  readonly stdoutBytes: Buffer;
}

/** What ends a command where it would have ended its process. */
class Exit extends Error {}

/**
 * Runs `muster WORDS` to its end in this process, where a process of its own takes a second to load.
 * The result is that of the process. For what is about a process (signals, its input, a pipe) or for
 * two at a time, use `runProcess` with cli/bin.mjs.
 */
export async function runCommand(
  words: readonly string[],
  { directory, environment }: CommandOptions = {},
): Promise<CommandResult> {
  const startedAt = performance.now();
  const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  let exited: number | null = null;
  const before = {
    directory: process.cwd(),
    environment: process.env,
    exit: process.exit,
    exitCode: process.exitCode,
    stdout: process.stdout.write,
    stderr: process.stderr.write,
  };
  const keep = (name: 'stdout' | 'stderr') =>
    ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      if (exited === null) output[name].push(Buffer.from(chunk as string));
      const written = rest.at(-1);
      if (typeof written === 'function') queueMicrotask(() => written());
      return true;
    }) as typeof process.stdout.write;
  process.stdout.write = keep('stdout');
  process.stderr.write = keep('stderr');
  process.exit = ((code?: number) => {
    // The first one counts: what catches the error would say so, and exit once more.
    exited ??= Number(code ?? process.exitCode ?? 0);
    throw new Exit();
  }) as typeof process.exit;
  process.exitCode = undefined;
  if (environment !== undefined) process.env = { ...environment };
  try {
    if (directory !== undefined) process.chdir(directory);
    await muster(words);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  } finally {
    exited ??= Number(process.exitCode ?? 0);
    process.stdout.write = before.stdout;
    process.stderr.write = before.stderr;
    process.exit = before.exit;
    process.exitCode = before.exitCode;
    process.env = before.environment;
    process.chdir(before.directory);
  }
  const stdoutBytes = Buffer.concat(output.stdout);
  return {
    exitCode: exited,
    stdout: stdoutBytes.toString(),
    stderr: Buffer.concat(output.stderr).toString(),
    stdoutBytes,
    seconds: (performance.now() - startedAt) / 1000,
  };
}
