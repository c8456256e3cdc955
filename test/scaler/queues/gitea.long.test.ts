/**
 * The source against a real Gitea. What it answers is kept in `recorded/`, for the tests that do not
 * build it: MUSTER_RECORD_GITEA=1 renews that.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GiteaDeclaration } from '../../../pool/queues/gitea.ts';
import { Heartbeats } from '../../../scaler/api/heartbeats.ts';
import { startServer } from '../../../scaler/api/server.ts';
import type { HttpExchange } from '../../../scaler/queues/source-http.ts';
import { type Gitea, startGitea } from '../../harness/servers/gitea.ts';
import { aFullPool, ManualClock } from '../samples.ts';
import { openQueues } from './open-queues.ts';

let gitea: Gitea;
beforeAll(async () => {
  gitea = await startGitea();
}, 3_600_000);
afterAll(() => gitea?.stop());

const reference = (name: string) =>
  ({ kind: 'secret', from: 'environment', name, field: null }) as const;
const declare = (change: Partial<GiteaDeclaration> = {}): GiteaDeclaration => ({
  kind: 'gitea',
  endpoint: {
    url: gitea.url,
    headers: {},
    auth: { kind: 'bearer', scheme: 'token', secret: reference('GITEA_TOKEN') },
  },
  owners: ['acme/app'],
  labels: ['linux', 'x64'],
  runners: true,
  webhookSecret: reference('HOOK'),
  ...change,
});
const workflow = `
on: push
jobs:
  first: { runs-on: linux, steps: [{ run: "true" }] }
  second: { runs-on: [linux, x64], steps: [{ run: "true" }] }
  third: { runs-on: windows, steps: [{ run: "true" }] }
  fourth: { needs: first, runs-on: linux, steps: [{ run: "true" }] }
`;

/** Listens for webhooks as the scaler does. */
async function listen(secret: string) {
  const poked: string[] = [];
  const server = await startServer({
    address: { host: '127.0.0.1', port: 0 },
    heartbeats: new Heartbeats(new ManualClock()),
    metrics: new Registry(),
    health: () => ({ healthy: true, age: 0 }),
    token: null,
    webhooks: {
      pools: async () => [aFullPool({ id: 'linux', queue: declare() })],
      readSecret: async () => secret,
      poke: (pools) => poked.push(...pools),
      onFailure: (doing, error) => {
        throw new Error(`${doing}: ${String(error)}`);
      },
    },
  });
  return { server, poked };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (await holds()) return;
    await sleep(200);
  }
  throw new Error(`not within 30 s: ${what}`);
}

describe('gitea, against a real one', () => {
  it('follows jobs from queued to finished, and hears of them', { timeout: 180_000 }, async () => {
    const { server, poked } = await listen('hook-secret');
    const exchanges: HttpExchange[][] = [];
    const { readAll, failures } = openQueues({
      environment: { GITEA_TOKEN: gitea.token },
      onExchange: (exchange) => exchanges.at(-1)?.push(exchange),
    });
    const look = async () => {
      await sleep(600);
      exchanges.push([]);
      const all = [declare(), declare({ owners: ['acme'] }), declare({ owners: [] })];
      return readAll([
        ...all,
        declare({ labels: ['windows'] }),
        declare({ owners: ['acme/gone'] }),
      ]);
    };
    await gitea.call('POST', '/orgs', { username: 'acme' });
    await gitea.call('POST', '/orgs/acme/repos', { name: 'app', auto_init: true });
    const config = {
      url: `${server.url}/v1/webhooks/gitea`,
      content_type: 'json',
      secret: 'hook-secret',
    };
    const hook = { type: 'gitea', active: true, events: ['workflow_job'], config };
    await gitea.call('POST', '/repos/acme/app/hooks', hook);
    const runner = await gitea.addRunner('ci-i-0123456789abcdef0', ['linux', 'x64']);

    const file = { content: Buffer.from(workflow).toString('base64'), message: 'ci' };
    await gitea.call('POST', '/repos/acme/app/contents/.gitea/workflows/ci.yml', file);
    await until('a webhook of the new jobs', () => poked.includes('linux'));
    const queued = await look();
    const known = { status: 'known', pending: 2, claimed: 0 };
    expect(queued.slice(0, 3)).toMatchObject([known, known, known]);
    expect(queued[3]).toMatchObject({ pending: 1, claimed: 0 });
    expect(queued[4]).toMatchObject({ status: 'unknown', error: expect.stringContaining('404') });
    const worker = { name: 'ci-i-0123456789abcdef0', capacity: null, busySlots: 0, taking: true };
    expect(queued[2]?.workers).toEqual([worker]);

    poked.length = 0;
    const task = await runner.take();
    if (task === null) throw new Error('the runner got no job');
    await until('a webhook of the job that runs', () => poked.includes('linux'));
    const running = await look();
    expect(running[0]).toMatchObject({ status: 'known', pending: 1, claimed: 1 });
    expect(running[2]?.workers).toEqual([{ ...worker, busySlots: 1 }]);

    await sleep(1_100);
    await runner.end(task, 'RESULT_SUCCESS');
    const ended = await look();
    // The job that needed the first is queued once that has ended.
    expect(ended[0]).toMatchObject({ status: 'known', claimed: 0 });
    expect(ended[0]?.finishedTasks).toHaveLength(1);
    expect(ended[0]?.finishedTasks?.[0]).toMatchObject({ worker: 'ci-i-0123456789abcdef0' });
    expect(failures).toEqual([]);
    await server.close();

    if (process.env.MUSTER_RECORD_GITEA === '1') {
      const looks = exchanges.map((some) =>
        some.map(({ url, body }) => ({ path: url.replace(gitea.url, ''), body: JSON.parse(body) })),
      );
      const text = JSON.stringify({ server: 'Gitea 1.26.0', looks }, null, 2);
      const path = join(import.meta.dirname, 'recorded', 'gitea.json');
      writeFileSync(path, `${text.replaceAll(gitea.url, 'http://gitea')}\n`);
    }
  });
});
