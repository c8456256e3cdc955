import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningServer {
  /** The end of what it wrote to stdout and stderr. */
  readonly lastWords: () => string;
  /** SIGTERM to the server and all it started, SIGKILL after `stopLimitSeconds`; resolves when gone. */
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly parameters: readonly string[];
  readonly directory?: string;
  /** The whole environment. Default: this process's without AWS settings. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Whom it runs as, for servers that refuse to run as root. Default: this process's user. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Asked again and again until it is true; a rejection counts as false. */
  readonly ready: () => Promise<boolean>;
  /** Default 60: a server that loads in one second takes many where cores are shared. */
  readonly startLimitSeconds?: number;
  /** Default 5. */
  readonly stopLimitSeconds?: number;
}

const pollSeconds = 0.05;

/**
 * Runs a program with all that it starts in a group of its own, and kills the group when this process
 * ends, however it ends: then the standard input of the shell ends.
 */
const endsWithInput = [
  'exec 3<&0',
  '"$@" </dev/null 3<&- &',
  'server=$!',
  '{ cat <&3 >/dev/null; kill -KILL 0; } &',
  'trap : TERM',
  'while :; do',
  '  wait "$server"; code=$?',
  '  kill -0 "$server" 2>/dev/null || exit "$code"',
  'done',
].join('\n');

/** @throws Error with its last words when it ends, or is not ready in time; nothing is left running. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { name, command, parameters, directory, user, ready } = options;
  const { environment = environmentWithoutAws(), startLimitSeconds = 60 } = options;
  const server = spawn('/bin/sh', ['-c', endsWithInput, 'sh', command, ...parameters], {
    ...(directory === undefined ? {} : { cwd: directory }),
    ...user,
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lastWords = keepLastWords(server);
  const stop = async () => {
    killGroup(server, 'SIGTERM');
    const limit = performance.now() + (options.stopLimitSeconds ?? 5) * 1000;
    while (isRunning(server) && performance.now() < limit) await sleep(pollSeconds * 1000);
    killGroup(server, 'SIGKILL');
  };
  const limit = performance.now() + startLimitSeconds * 1000;
  while (isRunning(server) && performance.now() < limit) {
    if (await ready().catch(() => false)) return { lastWords, stop };
    await sleep(pollSeconds * 1000);
  }
  const why = isRunning(server)
    ? `was not ready within ${startLimitSeconds} s`
    : `ended with ${server.exitCode ?? server.signalCode}`;
  await stop();
  throw new Error(`${name} ${why}; its last words:\n${lastWords()}`);
}

/** For `ready`: true when the URL answers, with any status below 400. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  await response.arrayBuffer();
  return response.ok;
}

/** A profile of the person's that a server cannot find would fail its calls. */
export function environmentWithoutAws(): NodeJS.ProcessEnv {
  const foreign = /^(AWS|MOTO)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Drains both streams, so that no pipe fills; keeps the end. */
function keepLastWords(server: ChildProcess): () => string {
  let words = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
  }
  server.stdin?.on('error', () => {}); // It ends with the server.
  server.once('error', (error) => {
    words += error.message;
  });
  return () => words;
}

function isRunning(server: ChildProcess): boolean {
  return server.pid !== undefined && server.exitCode === null && server.signalCode === null;
}

function killGroup(server: ChildProcess, signal: NodeJS.Signals): void {
  if (server.pid === undefined) return;
  try {
    process.kill(-server.pid, signal);
  } catch {
    // The whole group has ended, which is what was wanted.
  }
}
