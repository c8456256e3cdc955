/** `muster serve` as two processes on one store: one with the loop, one with the API. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCloud, startCloud } from '../cloud/running-cloud.ts';
import { freePort } from '../harness/free-port.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { sendTo } from '../scaler/api/api-calls.ts';
import { definition } from '../scaler/api/definitions.ts';
import { openEventStream } from '../scaler/api/event-stream.ts';
import { type HttpFake, startHttpFake } from '../scaler/http-fake.ts';
import { muster, type RunningMuster, startMuster } from './muster-process.ts';
import { until } from './until.ts';

const missing = await missingParts([motoPart]);
const region = 'eu-west-1';
const wanted = {
  ...definition,
  regions: definition.regions.map((entry) => ({ ...entry, region })),
};

describe.skipIf(missing)('muster serve, split', () => {
  let moto: Moto;
  let cloud: RunningCloud;
  let queue: HttpFake;
  let folder: string;
  let bearer: string;
  let api: { readonly url: string };
  let loop: { readonly url: string };
  let asked = 0;
  const running: RunningMuster[] = [];

  beforeAll(async () => {
    queue = await startHttpFake((_request, response) => {
      asked += 1;
      response.writeHead(200).end('{"waiting":0}');
    });
    moto = await startMoto();
    cloud = await startCloud({ upstream: moto.endpoint, speed: 1, start: Date.now() / 1000 });
    folder = mkdtempSync(join(tmpdir(), 'muster-serve-'));
    writeFileSync(join(folder, 'muster.yaml'), declarationFor(queue.url));
    const [apiPort, loopPort] = [await freePort(), await freePort()];
    api = { url: `http://127.0.0.1:${apiPort}` };
    loop = { url: `http://127.0.0.1:${loopPort}` };
    writeFileSync(
      join(folder, 'server.yaml'),
      `config: ${folder}/muster.yaml\nstore: sqlite:${folder}/state.db\nkey: file:${folder}/key\n` +
        `cloudwatch: false\nport: ${loopPort}\n`,
    );
    const environment = { ...process.env, AWS_ENDPOINT_URL: cloud.endpoint };
    const made = await muster(
      environment,
      ...['token', 'create', 'ops', '--scope', '*', '--config', `${folder}/muster.yaml`],
      ...['--store', `sqlite:${folder}/state.db`, '--key', `file:${folder}/key`],
    );
    bearer = /bearer: +(\S+)/.exec(made.stdout)?.[1] ?? '';
    const file = ['--server-config', join(folder, 'server.yaml')];
    const apart = { ...environment, MUSTER_PORT: String(apiPort) };
    running.push(startMuster(environment, 'serve', ...file, '--loop-only'));
    running.push(startMuster(apart, 'serve', ...file, '--api-only'));
    for (const [index, at] of [loop, api].entries()) {
      await until(
        'an answer',
        60,
        () => isUp(at.url),
        () => running[index]!.log(),
      );
    }
  });

  afterAll(async () => {
    for (const process_ of running) process_.kill();
    await cloud?.stop();
    await moto?.stop();
    await queue?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = (method: string, path: string, body?: unknown) =>
    sendTo(api, bearer, method, path, body);
  const log = () => running.map((it) => it.log()).join('\n');
  const reasonsOf = (pool: string) =>
    running[0]!
      .decisions()
      .filter((decision) => decision.pool === pool)
      .at(-1)
      ?.reasons.map(({ kind }) => kind) ?? [];

  it('gives each process its part', async () => {
    expect((await fetch(`${loop.url}/api/v2/status`)).status).toBe(404);
    expect((await fetch(`${loop.url}/v1/ping`)).status).toBe(404);
    const heartbeat = { method: 'POST', body: '{}' };
    expect((await fetch(`${api.url}/v1/heartbeats`, heartbeat)).status).toBe(404);
    expect((await fetch(`${api.url}/openapi.json`)).status).toBe(200);
    expect(await send('GET', '/v1/ping')).toMatchObject({ status: 200, body: { alive: true } });
  });

  it('shows over the API what the loop decided, and the loop runs what the API made', async () => {
    expect(await send('PUT', '/v1/worker-type/made', wanted)).toMatchObject({ status: 200 });
    // The interval is an hour: what follows is because of the call.
    expect((await send('POST', '/api/v2/pools/made/poke')).status).toBe(202);
    const isDecided = async () => {
      const { body } = await send('GET', '/api/v2/pools/made');
      return (body as { decidedAt?: number }).decidedAt !== null;
    };
    await until('a decision', 30, isDecided, log);
    expect(await send('GET', '/api/v2/status')).toMatchObject({ body: { leading: false } });
    expect(await send('GET', '/v1/state/made')).toMatchObject({
      body: { status: 'waiting for infrastructure' },
    });
    const page = await send('GET', '/api/v2/pools/made/decisions');
    expect(page.body).toMatchObject({ decisions: [{ pool: 'made', sequence: 1 }] });
  });

  it('carries a poke, a pause and a resumption to the loop, and their decisions back', async () => {
    const stream = await openEventStream(`${api.url}/api/v2/decisions/stream?pool=linux`, bearer);
    const before = asked;
    await send('POST', '/api/v2/pools/linux/poke');
    await until('a read of the queue', 20, () => asked > before, log);
    await send('POST', '/api/v2/pools/linux/pause', { reason: 'test' });
    await until('the pause', 20, () => reasonsOf('linux').includes('paused'), log);
    await send('POST', '/api/v2/pools/linux/resume');
    await until('its end', 20, () => !reasonsOf('linux').includes('paused'), log);
    await stream.wait(1);
    expect(stream.events[0]?.data.pool).toBe('linux');
    stream.close();
    const audit = await send('GET', '/api/v2/audit?limit=2');
    expect(audit.body).toMatchObject({
      entries: [{ route: '/api/v2/pools/:pool/resume', clientId: 'ops', status: 200 }, {}],
    });
  });

  it('stops cleanly', async () => {
    for (const process_ of running) expect((await process_.terminate(30)).exitCode).toBe(0);
  });
});

async function isUp(url: string): Promise<boolean> {
  return (await fetch(`${url}/metrics`).catch(() => null))?.ok === true;
}

function declarationFor(url: string): string {
  return `
fleet: ci
interval: 1h
workerTypes:
  owner: ops@example.com
  queue: { json: { url: '${url}/{workerType}', pending: waiting } }
regions:
  ${region}: { vpc: vpc-1, subnets: [subnet-1] }
pools:
  linux:
    owner: build@example.com
    queue: { json: { url: ${url}/linux, pending: waiting } }
    capacity: { max: 1 }
    instances: [{ type: c5.xlarge, capacity: 1, utility: 1 }]
    image: { ids: { ${region}: { x86_64: ami-0a1b2c3d } } }
`;
}
