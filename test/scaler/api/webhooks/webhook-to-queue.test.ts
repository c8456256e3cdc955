import { createHmac } from 'node:crypto';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import type { GithubDeclaration } from '../../../../pool/queues/github.ts';
import { Heartbeats } from '../../../../scaler/api/heartbeats.ts';
import { startServer } from '../../../../scaler/api/server.ts';
import { Queues } from '../../../../scaler/queues/queues.ts';
import { systemClock } from '../../../../scaler/system-clock.ts';
import { aJob, type GithubState, startGithub } from '../../queues/github-server.ts';
import { aFleet, aFullPool, never } from '../../samples.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A scaler's queues and server, with a simulated GitHub whose one job is not known of yet. */
async function start(interval: number) {
  const state: GithubState = { jobs: { 'acme/app': [] }, runners: {}, remaining: null, resetAt: 0 };
  const github = await startGithub(state);
  const queue: GithubDeclaration = {
    kind: 'github',
    endpoint: { url: github.url, headers: {}, auth: { kind: 'none' } },
    repositories: ['acme/app'],
    labels: ['self-hosted', 'linux'],
    runners: [],
    webhookSecret: { kind: 'secret', from: 'environment', name: 'HOOK', field: null },
  };
  const pool = aFullPool({ queue });
  const queues = new Queues({
    ...{ fleet: aFleet([pool]), clock: systemClock, continuous: true, interval },
    onFailure: (doing, error) => {
      throw new Error(`${doing}: ${String(error)}`);
    },
  });
  const server = await startServer({
    address: { host: '127.0.0.1', port: 0 },
    heartbeats: new Heartbeats(systemClock),
    metrics: new Registry(),
    health: () => ({ healthy: true, age: 0 }),
    token: null,
    webhooks: {
      pools: async () => [pool],
      readSecret: async () => 'hook-secret',
      poke: (poolIds) => queues.poke(poolIds),
      onFailure: () => {},
    },
  });
  closing.push(
    () => queues.close(),
    () => server.close(),
    () => github.close(),
  );
  const pending = async () => {
    const reading = (await queues.read([pool], never)).get(pool.id);
    return reading?.status === 'known' ? reading.pending : null;
  };
  expect(await pending()).toBe(0);
  const news = new Promise<void>((heard) => queues.onNews(heard));
  state.jobs['acme/app'] = [aJob({ id: 1, labels: ['self-hosted', 'linux'] })];
  return { url: `${server.url}/v1/webhooks/github`, pending, news };
}

describe('a job that is queued', () => {
  it('is known of as soon as its webhook comes, long before the next poll', async () => {
    const { url, pending, news } = await start(3_600);
    const body = JSON.stringify({
      action: 'queued',
      workflow_job: { labels: ['self-hosted', 'linux'] },
      repository: { full_name: 'acme/app' },
    });
    const signature = createHmac('sha256', 'hook-secret').update(body).digest('hex');
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'workflow_job',
        'x-hub-signature-256': `sha256=${signature}`,
      },
      body,
    });
    expect(answer.status).toBe(202);
    await news;
    expect(await pending()).toBe(1);
  });

  it('is found by the next poll when its webhook is lost', async () => {
    const { pending, news } = await start(1);
    await news;
    expect(await pending()).toBe(1);
  });
});
