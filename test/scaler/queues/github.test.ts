import { afterEach, describe, expect, it } from 'vitest';
import type { GithubDeclaration } from '../../../pool/queues/github.ts';
import type { HttpFake } from '../http-fake.ts';
import { ManualClock } from '../samples.ts';
import { aJob, type GithubState, type Job, startGithub } from './github-server.ts';
import { openQueues } from './open-queues.ts';

const now = Date.parse('2023-11-14T22:13:20Z') / 1000;
const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

async function serve(jobs: Record<string, Job[]>, change: Partial<GithubState> = {}) {
  const state: GithubState = { jobs, runners: {}, remaining: null, resetAt: 0, ...change };
  const fake = await startGithub(state);
  fakes.push(fake);
  const declare = (other: Partial<GithubDeclaration> = {}): GithubDeclaration => ({
    kind: 'github',
    endpoint: { url: fake.url, headers: {}, auth: { kind: 'none' } },
    repositories: ['acme/app'],
    labels: ['self-hosted', 'linux', 'x64'],
    runners: [],
    webhookSecret: null,
    ...other,
  });
  const clock = new ManualClock(now);
  return { fake, state, declare, clock, ...openQueues({ clock }) };
}

describe('github', () => {
  it('counts the jobs that runners with these labels can take', async () => {
    const { declare, readOne } = await serve({
      'acme/app': [
        aJob({ id: 1 }),
        aJob({
          id: 2,
          labels: ['Self-Hosted', 'LINUX', 'X64'],
          created_at: '2023-11-14T22:13:00Z',
        }),
        aJob({ id: 3, labels: ['ubuntu-latest'] }),
        aJob({ id: 4, labels: ['self-hosted', 'linux', 'gpu'] }),
        aJob({ id: 5, labels: [] }),
        aJob({ id: 6, run_id: 2, status: 'waiting' }),
        aJob({ id: 7, run_id: 3, status: 'in_progress', runner_name: 'r' }),
        aJob({ id: 8, run_id: 3, status: 'completed', conclusion: 'success' }),
      ],
    });
    expect(await readOne(declare())).toMatchObject({
      ...{ status: 'known', pending: 2, claimed: 1, oldestPendingAge: 80 },
    });
  });

  it('serves pools of several labels and repositories with one look, page by page', async () => {
    const many = Array.from({ length: 250 }, (_, id) => aJob({ id }));
    const { declare, fake, readAll } = await serve({
      'acme/app': many,
      'acme/lib': [aJob({ id: 900, labels: ['gpu'] })],
    });
    const readings = await readAll([
      declare(),
      declare({ repositories: ['acme/app', 'acme/lib'], labels: ['gpu'] }),
      declare({ repositories: ['acme/lib'] }),
    ]);
    expect(readings.map((reading) => 'pending' in reading && reading.pending)).toEqual([250, 1, 0]);
    // Runs of three statuses, and pages of jobs, of each repository.
    expect(fake.received).toHaveLength(3 + 3 + (3 + 1));
    expect(fake.received[0]?.headers).toMatchObject({ 'x-github-api-version': '2022-11-28' });
  });

  it('tells once of each job that finished, also of the run that ended with it', async () => {
    const running = { status: 'in_progress', runner_name: 'ci-i-0123456789abcdef0' } as const;
    const { state, declare, readOne, clock } = await serve({
      'acme/app': [aJob({ id: 1, ...running }), aJob({ id: 2, ...running })],
    });
    expect(await readOne(declare())).not.toHaveProperty('finishedTasks');
    const end = { ...running, status: 'completed', completed_at: '2023-11-14T22:12:45Z' } as const;
    state.jobs['acme/app'] = [
      aJob({ id: 1, ...end, conclusion: 'failure' }),
      aJob({ id: 2, ...end, conclusion: 'cancelled' }),
    ];
    clock.advance(10);
    const told = await readOne(declare());
    expect(told).toMatchObject({ pending: 0, claimed: 0 });
    expect(told.finishedTasks).toEqual([{ worker: 'ci-i-0123456789abcdef0', duration: 45 }]);
    clock.advance(10);
    expect(await readOne(declare())).not.toHaveProperty('finishedTasks');
  });

  it('tells of runners that have the labels, and of no others', async () => {
    const runner = { id: 1, os: 'linux', status: 'online', busy: false } as const;
    const labels = ['self-hosted', 'Linux', 'X64', 'big'].map((name) => ({ name }));
    const { declare, readOne, failures } = await serve(
      { 'acme/app': [] },
      {
        runners: {
          acme: [
            { ...runner, name: 'a', labels },
            { ...runner, name: 'b', labels, busy: true },
            { ...runner, name: 'c', labels, status: 'offline' },
            { ...runner, name: 'd', labels: labels.slice(0, 1) },
          ],
        },
      },
    );
    const { workers } = await readOne(declare({ runners: ['acme'] }));
    expect(workers).toEqual([
      { name: 'a', capacity: 1, busySlots: 0, taking: true },
      { name: 'b', capacity: 1, busySlots: 1, taking: true },
    ]);
    expect(failures).toEqual([]);
  });

  it('has counts without workers when runners may not be read', async () => {
    const { declare, readOne, failures } = await serve({ 'acme/app': [aJob({ id: 1 })] });
    const reading = await readOne(declare({ runners: ['acme'] }));
    expect(reading).toMatchObject({ status: 'known', pending: 1 });
    expect(reading.workers).toBeUndefined();
    expect(failures.join()).toContain('/orgs/acme/actions/runners');
  });

  it('leaves the pools of a repository that is not there unknown, and no others', async () => {
    const { declare, readAll } = await serve({ 'acme/app': [aJob({ id: 1 })] });
    const [there, not] = await readAll([declare(), declare({ repositories: ['acme/gone'] })]);
    expect(there).toMatchObject({ status: 'known', pending: 1 });
    expect(not).toMatchObject({ error: expect.stringContaining('/repos/acme/gone/') });
  });

  it('asks for what has changed only, and not at all when the rate limit is used up', async () => {
    const { declare, fake, state, readOne, clock } = await serve({ 'acme/app': [aJob({ id: 1 })] });
    await readOne(declare());
    clock.advance(10);
    state.remaining = 0;
    state.resetAt = now + 70;
    expect(await readOne(declare())).toMatchObject({ pending: 1 });
    expect(fake.received).toHaveLength(8);
    expect(fake.received.slice(4).every(({ headers }) => headers['if-none-match'])).toBe(true);
    clock.advance(10);
    await readOne(declare());
    expect(fake.received).toHaveLength(8);
    clock.advance(60);
    await readOne(declare());
    expect(fake.received).toHaveLength(12);
  });
});
