import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { declaration, definition, fillStore, nameOf } from './api/fill-store.ts';

export const description =
  'the API of `muster serve --api-only` with the embedded store, on one core: start, reads, updates';

export const parameters = { pools: 1_000, workers: 4, seconds: 5, connections: 50 };

export interface BenchResult {
  /** One flat object a row, with units in the names of its fields. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
  readonly startSeconds: number;
}

/** Of `/proc/PID/stat`; Linux has said 100 a second for ever (`getconf CLK_TCK`). */
const ticksPerSecond = 100;

type Request = autocannon.Request;

/**
 * `perSecond` is what the machine gave the server beside its other load (`load`, of a minute);
 * `perCpuSecond` is of the server's own time on the core.
 */
export async function run({
  pools,
  workers,
  seconds,
  connections,
}: typeof parameters): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-api-'));
  let server: Server | null = null;
  try {
    writeFileSync(join(folder, 'muster.yaml'), declaration);
    const key = join(folder, 'key');
    const bearer = await fillStore(join(folder, 'state.db'), key, { pools, workers });
    server = await start(folder);
    const rows: Record<string, string | number>[] = [
      { operation: 'start', seconds: round(server.startSeconds), cpuSeconds: cpuOf(server) },
    ];
    const names = Array.from({ length: pools }, (_, index) => nameOf(index));
    const one = { server, bearer, seconds, connections: 1 };
    const many = { server, bearer, seconds, connections };
    const measured = async (operation: string, load: Load, requests: Request[]) =>
      rows.push({ operation, connections: load.connections, ...(await measure(load, requests)) });
    const v1 = (path: string) => ({ method: 'GET', path: `/v1/${path}` }) as const;
    const v2 = (path: string) => ({ method: 'GET', path: `/api/v2/${path}` }) as const;
    await measured('summaries, v1', one, [v1('list-worker-type-summaries')]);
    await measured('summaries, v2', one, [v2(`pools?limit=${Math.min(pools, 1_000)}`)]);
    await measured(
      'read, v1',
      many,
      names.map((name) => v1(`worker-type/${name}`)),
    );
    await measured(
      'read, v2',
      many,
      names.map((name) => v2(`pools/${name}`)),
    );
    const updates = (change: number) =>
      names.map((name) => ({
        method: 'POST' as const,
        path: `/v1/worker-type/${name}/update`,
        body: JSON.stringify({ ...definition, maxCapacity: 20 + change }),
      }));
    await measured('update, v1', many, updates(1));
    const pauses = names.map((name) => ({
      method: 'POST' as const,
      path: `/api/v2/pools/${name}/pause`,
      body: JSON.stringify({ reason: 'bench' }),
    }));
    await measured('pause, v2', many, pauses);
    return { rows };
  } finally {
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Load {
  readonly server: Server;
  readonly bearer: string;
  readonly seconds: number;
  readonly connections: number;
}

async function measure({ server, bearer, seconds, connections }: Load, requests: Request[]) {
  const cpuBefore = cpuOf(server);
  let client = 0;
  const result = await autocannon({
    url: server.url,
    connections,
    duration: seconds,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    requests: requests.slice(0, 1),
    // Each connection has pools of its own: two updates of one pool at once are a conflict.
    setupClient: (it) => {
      const mine = requests.filter((_, index) => index % connections === client);
      client += 1;
      it.setRequests(mine.length === 0 ? requests : mine);
    },
  });
  const cpu = cpuOf(server) - cpuBefore;
  const answered = result['2xx'];
  return {
    perSecond: Math.round(answered / result.duration),
    perCpuSecond: Math.round(answered / cpu),
    p50Milliseconds: result.latency.p50,
    p99Milliseconds: result.latency.p99,
    refused: result.non2xx + result.errors,
    load: round(loadavg()[0] ?? 0),
  };
}

/** Pinned to one core where the machine has `taskset`. */
async function start(folder: string): Promise<Server> {
  const port = await freePort();
  const bin = fileURLToPath(new URL('../cli/bin.mjs', import.meta.url));
  const words = [
    ...[bin, 'serve', '--api-only', '--config', join(folder, 'muster.yaml')],
    ...['--store', `sqlite:${join(folder, 'state.db')}`, '--key', `file:${join(folder, 'key')}`],
    ...['--port', String(port), '--requests-per-minute', '1000000000', '--log-level', 'info'],
  ];
  const pinned = spawnSync('taskset', ['--version']).error === undefined;
  const command = pinned ? 'taskset' : process.execPath;
  const before = pinned ? ['-c', '0', process.execPath] : [];
  const startedAt = performance.now();
  const child = spawn(command, [...before, ...words], {
    env: { ...process.env, AWS_REGION: 'us-west-2' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(`${url}/v1/list-worker-types`).catch(() => null);
    if (answer?.ok) {
      await answer.text();
      break;
    }
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await sleep(5);
  }
  return { url, process: child, startSeconds: (performance.now() - startedAt) / 1000 };
}

async function stop(server: Server | null): Promise<void> {
  if (server === null || server.process.exitCode !== null) return;
  server.process.kill('SIGTERM');
  await once(server.process, 'close');
}

/** CPU seconds of the server until now, of user and system. */
function cpuOf({ process: { pid } }: Server): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
