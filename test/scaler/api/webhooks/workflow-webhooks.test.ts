import { createHmac } from 'node:crypto';
import type { components } from '@octokit/openapi-webhooks-types';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Pool } from '../../../../pool/pool.ts';
import type { GiteaDeclaration } from '../../../../pool/queues/gitea.ts';
import type { GithubDeclaration } from '../../../../pool/queues/github.ts';
import type { SecretReference } from '../../../../pool/queues/secret.ts';
import { Heartbeats } from '../../../../scaler/api/heartbeats.ts';
import { type RunningServer, startServer } from '../../../../scaler/api/server.ts';
import { isSigned } from '../../../../scaler/api/webhooks/signature.ts';
import { aFullPool, ManualClock } from '../../samples.ts';

type Event = components['schemas']['webhook-workflow-job-queued'];
/** Of the published description: the parts that are read, with the names and types it gives them. */
interface JobEvent {
  readonly action: Event['action'];
  readonly workflow_job: Pick<Event['workflow_job'], 'id' | 'labels' | 'status' | 'runner_name'>;
  readonly repository: Pick<Event['repository'], 'full_name'>;
}

const secretAt = (name: string): SecretReference => ({
  ...{ kind: 'secret', from: 'environment', name, field: null },
});
const endpoint = { url: 'https://forge', headers: {}, auth: { kind: 'none' } } as const;
const github = (change: Partial<GithubDeclaration>): GithubDeclaration => ({
  ...{ kind: 'github', endpoint, repositories: ['acme/app'], labels: ['self-hosted', 'linux'] },
  ...{ runners: [], webhookSecret: secretAt('FIRST'), ...change },
});
const gitea = (change: Partial<GiteaDeclaration>): GiteaDeclaration => ({
  ...{ kind: 'gitea', endpoint, owners: [], labels: ['ubuntu'], runners: false },
  ...{ webhookSecret: secretAt('FORGE'), ...change },
});
const pools: Pool[] = [
  aFullPool({ id: 'linux', queue: github({}) }),
  aFullPool({ id: 'gpu', queue: github({ labels: ['self-hosted', 'linux', 'gpu'] }) }),
  aFullPool({ id: 'other', queue: github({ repositories: ['acme/other'] }) }),
  aFullPool({ id: 'theirs', queue: github({ webhookSecret: secretAt('SECOND') }) }),
  aFullPool({ id: 'silent', queue: github({ webhookSecret: null }) }),
  aFullPool({ id: 'forge', queue: gitea({}) }),
  aFullPool({ id: 'forge-org', queue: gitea({ owners: ['acme'] }) }),
  aFullPool({ id: 'forge-far', queue: gitea({ owners: ['elsewhere', 'acme/lib'] }) }),
];
const secrets: Record<string, string> = { FIRST: 'one', SECOND: 'two', FORGE: 'three' };

let server: RunningServer;
let poked: string[][] = [];
let failures: string[] = [];
const unreadable = new Set<string>();
beforeAll(async () => {
  server = await startServer({
    address: { host: '127.0.0.1', port: 0 },
    heartbeats: new Heartbeats(new ManualClock()),
    metrics: new Registry(),
    health: () => ({ healthy: true, age: 0 }),
    token: null,
    webhooks: {
      pools: async () => pools,
      readSecret: async ({ name }) => {
        if (unreadable.has(name)) throw new Error('SSM is away');
        return secrets[name] ?? '';
      },
      poke: (poolIds) => poked.push([...poolIds]),
      onFailure: (doing) => failures.push(doing),
    },
  });
});
afterAll(() => server.close());
beforeEach(() => {
  poked = [];
  failures = [];
  unreadable.clear();
});

const event = (change: Partial<JobEvent> = {}): JobEvent => ({
  action: 'queued',
  workflow_job: {
    ...{ id: 1, labels: ['self-hosted', 'Linux'], status: 'queued', runner_name: null },
  },
  repository: { full_name: 'Acme/App' },
  ...change,
});
const sign = (body: string, secret: string) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

async function deliver(
  body: string,
  headers: Record<string, string>,
  forge = 'github',
): Promise<number> {
  const response = await fetch(`${server.url}/v1/webhooks/${forge}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-github-event': 'workflow_job', ...headers },
    body,
  });
  expect(await response.text()).not.toMatch(/\b(one|two|three)\b/);
  return response.status;
}
const deliverSigned = (body: string, secret: string, forge?: string) =>
  deliver(body, { 'x-hub-signature-256': sign(body, secret) }, forge);

describe('webhooks of workflow jobs', () => {
  it('has those pools read at once whose secret signed it and whose runners can take the job', async () => {
    expect(await deliverSigned(JSON.stringify(event()), 'one')).toBe(202);
    expect(await deliverSigned(JSON.stringify(event()), 'two')).toBe(202);
    expect(poked).toEqual([['linux', 'gpu'], ['theirs']]);
  });

  it('knows the owners of Gitea', async () => {
    const body = JSON.stringify(
      event({ workflow_job: { ...event().workflow_job, labels: ['ubuntu'] } }),
    );
    expect(await deliverSigned(body, 'three', 'gitea')).toBe(202);
    expect(poked).toEqual([['forge', 'forge-org']]);
    expect(await deliverSigned(body, 'three', 'github')).toBe(401);
  });

  it('does nothing for a job that none of its pools can run', async () => {
    const labels = ['self-hosted', 'macos'];
    const body = JSON.stringify(event({ workflow_job: { ...event().workflow_job, labels } }));
    expect(await deliverSigned(body, 'one')).toBe(202);
    expect(poked).toEqual([]);
  });

  it.each([
    ['no signature', {}],
    ['another secret', { 'x-hub-signature-256': sign(JSON.stringify(event()), 'guess') }],
    ['an empty secret', { 'x-hub-signature-256': sign(JSON.stringify(event()), '') }],
    ['another body', { 'x-hub-signature-256': sign(`${JSON.stringify(event())} `, 'one') }],
    ['SHA-1', { 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` }],
    ['a short signature', { 'x-hub-signature-256': 'sha256=00' }],
  ])('refuses an event with %s', async (_what, headers) => {
    expect(await deliver(JSON.stringify(event()), headers)).toBe(401);
    expect(poked).toEqual([]);
  });

  it('answers a ping and other events, and does nothing', async () => {
    const body = JSON.stringify({ zen: 'Design for failure.' });
    const signature = { 'x-hub-signature-256': sign(body, 'one') };
    expect(await deliver(body, { ...signature, 'x-github-event': 'ping' })).toBe(204);
    expect(poked).toEqual([]);
  });

  it('refuses what is signed and is no event of a job', async () => {
    for (const body of ['{', '[]', '{"action":"queued"}']) {
      expect(await deliverSigned(body, 'one')).toBe(400);
    }
    const long = JSON.stringify({ ...event(), text: 'x'.repeat(1024 * 1024) });
    expect(await deliverSigned(long, 'one')).toBe(413);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await deliver('payload=1', form)).toBe(415);
    expect(poked).toEqual([]);
  });

  it('says so when a secret cannot be read, and takes what the others signed', async () => {
    unreadable.add('FIRST');
    expect(await deliverSigned(JSON.stringify(event()), 'one')).toBe(503);
    expect(failures).toEqual(['reading the secret of webhooks (FIRST)']);
    expect(await deliverSigned(JSON.stringify(event()), 'two')).toBe(202);
    expect(poked).toEqual([['theirs']]);
  });
});

it("checks a signature as GitHub's documentation has it", () => {
  // "Validating webhook deliveries", the values to test an implementation with.
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const body = Buffer.from('Hello, World!');
  expect(isSigned(body, signature, ["It's a Secret to Everybody"])).toBe(true);
  expect(isSigned(body, signature, ["It's no Secret to Everybody"])).toBe(false);
});

it('takes no signature by an empty secret, which anybody could make', () => {
  const body = Buffer.from('{}');
  expect(isSigned(body, sign('{}', ''), ['', 'one'])).toBe(false);
  expect(isSigned(body, sign('{}', 'one'), ['', 'one'])).toBe(true);
});
