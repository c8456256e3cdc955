/** Two scalers on one local AWS and one table, and a record of who asked AWS for what. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { stringify } from 'yaml';
import type { Cloud } from '../../cloud/cloud.ts';
import { createServer } from '../../cloud/server.ts';
import {
  clientsFor,
  declarationOnCloud,
  makeSpotGroup,
  makeTemplate,
  region,
} from '../cloud/fleet-on-cloud.ts';
import { startCloud } from '../cloud/running-cloud.ts';
import { startDynamoDbLocal } from '../harness/servers/dynamodb-local.ts';
import { makeTable } from '../scaler/store/store-world.ts';
import { type RunningMuster, startMuster } from './muster-process.ts';

export type Name = 'one' | 'other';

/** A call that changes something, as it came in. */
export interface Act {
  readonly by: Name;
  readonly at: number;
  readonly operation: string;
  readonly parameters: URLSearchParams;
  /** Desired capacity of the group once it was answered; null: it has not been. */
  desiredAfter: number | null;
}

export interface Call {
  readonly by: Name;
  readonly operation: string;
  readonly phase: 'arrives' | 'answered';
}

export interface FailoverWorld {
  readonly cloud: Cloud;
  readonly table: string;
  readonly storeEndpoint: string;
  readonly acts: readonly Act[];
  /** Hears of each call of a scaler; at `arrives` nothing has been done yet. */
  onCall: (call: Call) => void;
  /** Starts a scaler, again if it has ended. */
  start(name: Name): RunningMuster;
  /** Who logged last that it leads, and under which epoch; null: nobody has. */
  leader(): { readonly name: Name; readonly epoch: number; readonly since: number } | null;
  scaler(name: Name): RunningMuster;
  /** All that a scaler logged, in all of its lives. */
  log(name: Name): string;
  end(): Promise<void>;
}

const table = 'ci_state';
const maximum = 900;

export async function failoverWorld(): Promise<FailoverWorld> {
  // Not moto: there a transaction that is refused takes back what others wrote meanwhile.
  const dynamo = await startDynamoDbLocal();
  const running = await startCloud({ speed: 1, start: Math.floor(Date.now() / 1000) });
  const folder = mkdtempSync(join(tmpdir(), 'muster-failover-'));
  const stores = new DynamoDBClient({ endpoint: dynamo.url, region });
  await makeTable(stores, table);
  stores.destroy();
  const clients = clientsFor(running.endpoint);
  const templateId = await makeTemplate(clients, 'ci_linux_x86-64');
  const limits = { MinSize: 0, MaxSize: maximum };
  const group = await makeSpotGroup(clients, templateId, limits, { 'c6i.2xlarge': 1 });
  clients.destroy();
  // A task every 1.5 s, and none ends: so nearly every iteration has something to do.
  await running.cloud.addWorkload({
    groups: [group],
    provisionerId: 'ci',
    workerType: 'linux',
    tasks: Array.from({ length: maximum }, (_, index) => ({
      after: index * 1.5,
      duration: 86_400,
    })),
  });

  const acts: Act[] = [];
  const world: { onCall: (call: Call) => void } = { onCall: () => {} };
  const doors = new Map<Name, Awaited<ReturnType<typeof openDoor>>>();
  const lives = new Map<Name, RunningMuster[]>([
    ['one', []],
    ['other', []],
  ]);
  for (const name of ['one', 'other'] as const) {
    doors.set(name, await openDoor(running.cloud, name, acts, (call) => world.onCall(call)));
  }
  const configuration = join(folder, 'muster.yaml');
  writeFileSync(configuration, stringify(declaration(running.endpoint)));

  return Object.assign(world, {
    cloud: running.cloud,
    table,
    storeEndpoint: dynamo.url,
    acts,
    start(name: Name) {
      const environment = {
        ...process.env,
        AWS_ENDPOINT_URL: doors.get(name)!.endpoint,
        AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
      };
      const options = ['--config', configuration, '--store', `dynamodb:${table}`];
      const more = ['--listen', '127.0.0.1:0', '--no-cloudwatch', '--state', join(folder, 'none')];
      const scaler = startMuster(environment, 'run', ...options, ...more);
      lives.get(name)!.push(scaler);
      return scaler;
    },
    leader() {
      const all = [...lives].flatMap(([name, those]) =>
        those.flatMap((life) => leadingLines(life.log()).map((line) => ({ name, ...line }))),
      );
      return all.sort((left, right) => left.epoch - right.epoch).at(-1) ?? null;
    },
    scaler: (name: Name) => lives.get(name)!.at(-1)!,
    log: (name: Name) =>
      lives
        .get(name)!
        .map((life) => life.log())
        .join(''),
    async end() {
      for (const life of [...lives.values()].flat()) life.kill();
      for (const { close } of doors.values()) await close();
      await running.stop();
      await dynamo.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** The same cloud at an address of its own, which tells who calls. */
async function openDoor(cloud: Cloud, by: Name, acts: Act[], hear: (call: Call) => void) {
  const server = createServer(cloud, null);
  const operations = new WeakMap<object, string>();
  const actOf = new WeakMap<object, Act>();
  server.addHook('preHandler', async (request) => {
    const body = request.body instanceof Buffer ? request.body.toString() : '';
    const parameters = new URLSearchParams(body);
    const operation = parameters.get('Action') ?? '';
    if (operation === '') return;
    operations.set(request, operation);
    hear({ by, operation, phase: 'arrives' });
    if (!/^(Describe|Get|List)/.test(operation)) {
      const act = { by, at: performance.now() / 1000, operation, parameters, desiredAfter: null };
      acts.push(act);
      actOf.set(request, act);
    }
  });
  server.addHook('onSend', async (request) => {
    const act = actOf.get(request);
    const [group] = cloud.account.region(region).groups.values();
    if (act !== undefined) act.desiredAfter = group!.simulated.desiredCapacity;
  });
  server.addHook('onResponse', async (request) => {
    const operation = operations.get(request);
    if (operation !== undefined) hear({ by, operation, phase: 'answered' });
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
}

function leadingLines(log: string): { epoch: number; since: number }[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"event":"leading"'))
    .map((line) => JSON.parse(line) as { epoch: number; time: string })
    .map(({ epoch, time }) => ({ epoch, since: Date.parse(time) / 1000 }));
}

function declaration(endpoint: string) {
  return declarationOnCloud(
    endpoint,
    { interval: '1s' },
    {
      capacity: { min: 0, max: maximum },
      wait: '1m',
      instances: [{ type: 'c6i.2xlarge', capacity: 1, utility: 1 }],
      market: { spot: { maxPrice: 0.9 } },
    },
  );
}
