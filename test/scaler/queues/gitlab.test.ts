import { afterEach, describe, expect, it } from 'vitest';
import type { GitlabDeclaration } from '../../../pool/queues/gitlab.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { ManualClock } from '../samples.ts';
import { openQueues } from './open-queues.ts';

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

/** Fields and values of docs.gitlab.com/api/jobs, "List project jobs": those that are read. */
interface Job {
  readonly id: number;
  readonly status: 'pending' | 'running' | 'success' | 'failed' | 'manual' | 'created';
  readonly tag_list: readonly string[];
  readonly created_at: string;
  readonly queued_duration: number | null;
  readonly duration: number | null;
  readonly runner: { readonly id: number; readonly description: string } | null;
}
const aJob = (change: Partial<Job> & Pick<Job, 'id'>): Job => ({
  ...{ status: 'pending', tag_list: ['linux'], created_at: '2016-01-11T10:13:33.506Z' },
  ...{ queued_duration: 10, duration: null, runner: null, ...change },
});

/** The jobs API with keyset pagination, two jobs a page; links name a host that is not ours. */
async function serve(projects: Record<string, Job[]>) {
  const fake = await startHttpFake(({ path }, response) => {
    const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
    const [, written, id] = /^\/api\/v4\/projects\/([^/]+)\/jobs(?:\/(\d+))?$/.exec(pathname) ?? [];
    const jobs = projects[decodeURIComponent(written ?? '')];
    if (jobs === undefined) return response.writeHead(404).end('{"message":"404 Not found"}');
    if (id !== undefined) return response.end(JSON.stringify(jobs.find((job) => job.id === +id)));
    const after = Number(searchParams.get('cursor') ?? 0);
    const rest = jobs
      .filter(({ status }) => searchParams.getAll('scope[]').includes(status))
      .filter((job) => job.id > after);
    const page = rest.slice(0, 2);
    searchParams.set('cursor', String(page.at(-1)?.id));
    const link = `<https://gitlab.example.com${pathname}?${searchParams}>; rel="next"`;
    response.writeHead(200, rest.length > 2 ? { link } : {}).end(JSON.stringify(page));
  });
  fakes.push(fake);
  const declare = (change: Partial<GitlabDeclaration> = {}): GitlabDeclaration => ({
    kind: 'gitlab',
    endpoint: { url: fake.url, headers: {}, auth: { kind: 'none' } },
    projects: ['acme/app'],
    tags: ['linux', 'docker'],
    untagged: false,
    ...change,
  });
  const clock = new ManualClock();
  return { fake, projects, clock, declare, ...openQueues({ clock }) };
}

describe('gitlab', () => {
  it('counts jobs by tag, over pages and projects, with one look for all pools', async () => {
    const { fake, declare, readAll } = await serve({
      'acme/app': [
        aJob({ id: 1, queued_duration: 70.5 }),
        aJob({ id: 2, tag_list: ['linux', 'docker'] }),
        aJob({ id: 3, tag_list: ['linux', 'gpu'] }),
        aJob({ id: 4, tag_list: [] }),
        aJob({ id: 5, status: 'running' }),
        aJob({ id: 6, status: 'manual' }),
        aJob({ id: 7, status: 'created' }),
      ],
      '42': [aJob({ id: 8, queued_duration: null })],
    });
    const readings = await readAll([
      declare(),
      declare({ untagged: true }),
      declare({ projects: ['acme/app', '42'] }),
      declare({ projects: ['42'] }),
    ]);
    expect(readings).toMatchObject([
      { status: 'known', pending: 2, claimed: 1, oldestPendingAge: 70.5 },
      { pending: 3, claimed: 1 },
      { pending: 3, claimed: 1 },
      { pending: 1, claimed: 0 },
    ]);
    expect(fake.received.map(({ path }) => path.split('?')[0])).toEqual([
      ...Array.from({ length: 3 }, () => '/api/v4/projects/acme%2Fapp/jobs'),
      '/api/v4/projects/42/jobs',
    ]);
  });

  it('tells once how long a job took that has ended', async () => {
    const runner = { id: 32, description: 'ci-i-0123456789abcdef0' };
    const running = aJob({ id: 1, status: 'running', runner });
    const { projects, clock, declare, readOne } = await serve({ 'acme/app': [running] });
    await readOne(declare());
    projects['acme/app'] = [{ ...running, status: 'failed', duration: 42.5 }];
    clock.advance(10);
    const { finishedTasks } = await readOne(declare());
    expect(finishedTasks).toEqual([{ worker: 'ci-i-0123456789abcdef0', duration: 42.5 }]);
    clock.advance(10);
    expect(await readOne(declare())).not.toHaveProperty('finishedTasks');
  });

  it('leaves the pools of a project that is not there unknown, and no others', async () => {
    const { declare, readAll } = await serve({ 'acme/app': [] });
    const [there, not] = await readAll([declare(), declare({ projects: ['acme/gone'] })]);
    expect(there).toMatchObject({ status: 'known', pending: 0 });
    expect(not).toMatchObject({ error: expect.stringContaining('/projects/acme%2Fgone/jobs') });
  });
});
