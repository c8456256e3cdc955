import { Command } from 'commander';
import { DeclarationError } from '../pool/declaration-error.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import { type SourceDeclaration, sourcesOf } from '../pool/queues/declaration.ts';
import type { PoolReading } from '../scaler/ports.ts';
import { Queues } from '../scaler/queues/queues.ts';
import type { HttpExchange } from '../scaler/queues/source-http.ts';
import { sourceOf } from '../scaler/queues/sources.ts';
import { systemClock } from '../scaler/system-clock.ts';

interface Options {
  readonly config: string;
  readonly json: boolean;
}

/** What one source answered, and how it was taken. */
interface SourceReport {
  readonly kind: SourceDeclaration['kind'];
  readonly source: string;
  readonly milliseconds: number;
  readonly exchanges: readonly HttpExchange[];
  readonly failures: readonly string[];
  readonly reading: PoolReading;
}

export function queueCommand(): Command {
  const test = new Command('test')
    .description("Read a pool's queue once: what its sources answer, and how that is read")
    .argument('<pool>', 'name of the pool')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .option('--json', 'print JSON', false)
    .action(async (name: string, { config, json }: Options) => {
      const fleet = loadFleet(config);
      const pool = findPool(fleet, name, config);
      const reports: SourceReport[] = [];
      for (const source of sourcesOf(pool.queue))
        reports.push(await readSource(fleet, pool, source));
      const { reading: whole } = await readQueue(fleet, pool);
      const text = json
        ? JSON.stringify({ pool: pool.name, sources: reports, reading: whole }, null, 2)
        : describe(pool, reports, whole);
      process.stdout.write(`${text}\n`);
      process.exitCode = whole.status === 'known' ? 0 : 1;
    });
  return new Command('queue').description('Look at the queues of pools').addCommand(test);
}

function findPool(fleet: Fleet, name: string, config: string): Pool {
  const pool = fleet.pools.find((known) => known.name === name || known.id === name);
  if (pool !== undefined) return pool;
  const names = fleet.pools.map((known) => known.name);
  const near = suggestion(nearest(name, names));
  const message = `no pool named ${name}; there are ${names.join(', ')}${near}`;
  throw new DeclarationError(config, [{ path: 'pools', position: null, message }]);
}

async function readSource(
  fleet: Fleet,
  pool: Pool,
  queue: SourceDeclaration,
): Promise<SourceReport> {
  const read = await readQueue(fleet, { ...pool, queue });
  return { kind: queue.kind, source: sourceOf(queue).describe(queue), ...read };
}

async function readQueue(fleet: Fleet, pool: Pool) {
  const exchanges: HttpExchange[] = [];
  const failures: string[] = [];
  const queues = new Queues({
    fleet,
    clock: systemClock,
    environment: process.env,
    onExchange: (exchange) => exchanges.push(exchange),
    onFailure: (doing, error) => {
      failures.push(`${doing}: ${error instanceof Error ? error.message : String(error)}`);
    },
  });
  const startedAt = performance.now();
  const readings = await queues.read([pool], new AbortController().signal);
  const milliseconds = Math.round(performance.now() - startedAt);
  await queues.close();
  const nothing = { status: 'unknown', error: 'nothing was read' } as const;
  return { milliseconds, exchanges, failures, reading: readings.get(pool.id) ?? nothing };
}

function describe(pool: Pool, reports: readonly SourceReport[], whole: PoolReading): string {
  const lines = reports.flatMap(({ kind, source, milliseconds, exchanges, failures, reading }) => [
    `${kind}: ${source}, read in ${milliseconds} ms`,
    ...exchanges.map(
      ({ method, url, status, body }) =>
        `  ${method} ${url} answered ${status}: ${body.replace(/\s+/g, ' ').slice(0, 300)}`,
    ),
    ...failures.map((failure) => `  ${failure}`),
    `  read as: ${describeReading(reading)}`,
  ]);
  const rule = pool.queue.kind === 'combined' ? `the ${pool.queue.rule} of them` : 'its reading';
  return [...lines, `${pool.name}: ${rule}: ${describeReading(whole)}`].join('\n');
}

function describeReading(reading: PoolReading): string {
  if (reading.status === 'unknown') return `not known: ${reading.error}`;
  const { pending, claimed, oldestPendingAge, workers } = reading;
  const oldest =
    oldestPendingAge === null ? '' : `, the oldest for ${Math.round(oldestPendingAge)} s`;
  const known = workers === undefined ? '' : `; ${workers.length} workers known`;
  return `${pending} waiting${oldest}; ${claimed ?? 'unknown'} running${known}`;
}
