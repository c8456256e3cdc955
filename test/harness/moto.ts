import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { everyPartIsRequired, type Part } from './missing-part.ts';
import { projectRoot } from './project-root.ts';
import { untilInputEnds } from './until-input-ends.ts';

/** A running moto server: a stateful fake of the AWS services, in memory. */
export interface Moto {
  /** Such as `http://127.0.0.1:40123`, for AWS_ENDPOINT_URL or a client's `endpoint`. */
  readonly endpoint: string;
  /** Forgets every resource of every account and region. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Loading takes 0.5 s on an idle machine, and several where two cores are shared. */
const startLimitSeconds = 60;
const stopLimitSeconds = 5;
const callLimitSeconds = 10;

export const motoPart: Part = {
  name: 'moto',
  install: 'run `npm test`, which makes .venv from test/requirements.txt (needs python3 with venv)',
  present: () => findPython() !== null,
};

/** Starts moto's server on a free loopback port and waits until it answers. */
export async function startMoto(): Promise<Moto> {
  const python = findPython();
  if (python === null) throw new Error(`moto is missing: ${motoPart.install}`);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const parameters = ['-c', untilInputEnds('moto.server'), '-H', '127.0.0.1', '-p', String(port)];
  const server = spawn(python, parameters, {
    detached: true, // its own process group, so that stop() reaches what it started
    env: environmentWithoutAws(),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const lastWords = keepLastWords(server);
  const stop = async () => {
    killGroup(server, 'SIGTERM');
    const limit = performance.now() + stopLimitSeconds * 1000;
    while (isRunning(server) && performance.now() < limit) await sleep(20);
    killGroup(server, 'SIGKILL');
  };
  try {
    await untilItAnswers(endpoint, server, lastWords);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, reset: () => post(`${endpoint}/moto-api/reset`), stop };
}

/**
 * A Python with moto and boto3: the project's own environment, or elsewhere than in CI any that has
 * moto. Null: there is none.
 */
export function findPython(): string | null {
  const own = join(projectRoot, '.venv', 'bin', 'python3');
  if (existsSync(own) && hasMoto(own)) return own;
  return !everyPartIsRequired() && hasMoto('python3') ? 'python3' : null;
}

function hasMoto(python: string): boolean {
  const code =
    'import importlib.util as u, sys; sys.exit(not (u.find_spec("moto") and u.find_spec("flask")))';
  return spawnSync(python, ['-c', code], { timeout: 20_000 }).status === 0;
}

async function untilItAnswers(
  endpoint: string,
  server: ChildProcess,
  lastWords: () => string,
): Promise<void> {
  const limit = performance.now() + startLimitSeconds * 1000;
  while (isRunning(server) && performance.now() < limit) {
    const answered = await fetch(`${endpoint}/moto-api/data.json`, {
      signal: AbortSignal.timeout(callLimitSeconds * 1000),
    }).then(
      (response) => response.arrayBuffer().then(() => response.ok),
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
  const why = isRunning(server)
    ? `did not answer within ${startLimitSeconds} s`
    : `ended with ${server.exitCode ?? server.signalCode}`;
  throw new Error(`moto's server ${why}; its last words:\n${lastWords()}`);
}

async function post(url: string): Promise<void> {
  const signal = AbortSignal.timeout(callLimitSeconds * 1000);
  const response = await fetch(url, { method: 'POST', signal });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`POST ${url}: status ${response.status}`);
}

/** A profile of the person's that moto cannot find would fail its calls. */
function environmentWithoutAws(): NodeJS.ProcessEnv {
  const foreign = /^(AWS|MOTO)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Drains stderr, which holds a line per request, so that the pipe never fills; keeps the end. */
function keepLastWords(server: ChildProcess): () => string {
  let words = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
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
