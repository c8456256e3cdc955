import { afterEach, describe, expect, it } from 'vitest';
import type { ForgejoDeclaration } from '../../../pool/queues/forgejo.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { openQueues } from './open-queues.ts';

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

interface Job {
  readonly id: number;
  readonly status: string;
  readonly runs_on: readonly string[] | null;
}

/** `.../actions/runners/jobs` of Forgejo, simulated: no jobs are null, as Go writes an empty list. */
async function serve(jobs: Record<string, readonly Job[]>) {
  const fake = await startHttpFake(({ path }, response) => {
    const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
    const place = /^\/api\/v1\/(.+)\/actions\/runners\/jobs$/.exec(pathname)?.[1] ?? '';
    const labels = (searchParams.get('labels') ?? '').split(',');
    const all = jobs[place];
    if (all === undefined) return response.writeHead(404).end('{"message":"Not found"}');
    const some = all.filter((job) => (job.runs_on ?? []).every((label) => labels.includes(label)));
    return response.end(JSON.stringify(some.length === 0 ? null : some));
  });
  fakes.push(fake);
  const declare = (change: Partial<ForgejoDeclaration> = {}): ForgejoDeclaration => ({
    kind: 'forgejo',
    endpoint: { url: fake.url, headers: {}, auth: { kind: 'none' } },
    owners: ['acme'],
    labels: ['linux', 'x64'],
    ...change,
  });
  return { declare, ...openQueues() };
}

describe('forgejo', () => {
  it('counts jobs that wait and run, by label, of each owner once', async () => {
    const ofApp: readonly Job[] = [
      { id: 1, status: 'waiting', runs_on: ['linux'] },
      { id: 2, status: 'waiting', runs_on: ['linux', 'x64'] },
      { id: 3, status: 'running', runs_on: ['x64'] },
      { id: 4, status: 'waiting', runs_on: ['windows'] },
      { id: 5, status: 'waiting', runs_on: null },
    ];
    const { declare, readAll } = await serve({
      'orgs/acme': ofApp,
      'repos/acme/app': ofApp,
      admin: [...ofApp, { id: 6, status: 'waiting', runs_on: ['linux'] }],
    });
    const readings = await readAll([
      declare(),
      declare({ owners: ['acme', 'acme/app'] }),
      declare({ owners: [] }),
      declare({ labels: ['arm'] }),
      declare({ owners: ['gone'] }),
    ]);
    expect(readings).toMatchObject([
      { status: 'known', pending: 2, claimed: 1, oldestPendingAge: null },
      { pending: 2, claimed: 1 },
      { pending: 3, claimed: 1 },
      { status: 'known', pending: 0, claimed: 0 },
      { status: 'unknown', error: expect.stringContaining('/orgs/gone/') },
    ]);
  });
});
