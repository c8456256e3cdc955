/**
 * GitHub's REST API as far as the source asks it, simulated: what is answered has the fields and types
 * of the published OpenAPI description, which the compiler checks.
 */
import { createHash } from 'node:crypto';
import type { components, paths } from '@octokit/openapi-types';
import { type HttpFake, startHttpFake } from '../http-fake.ts';

type Schemas = components['schemas'];
export type Job = Pick<
  Schemas['job'],
  | 'id'
  | 'run_id'
  | 'status'
  | 'conclusion'
  | 'labels'
  | 'created_at'
  | 'started_at'
  | 'completed_at'
  | 'runner_name'
>;
type Run = Pick<Schemas['workflow-run'], 'id' | 'status'>;
type Runner = Pick<Schemas['runner'], 'id' | 'name' | 'os' | 'status' | 'busy' | 'labels'>;

/** The paths that are served, as the description has them. */
const runsPath: keyof paths = '/repos/{owner}/{repo}/actions/runs';
const jobsPath: keyof paths = '/repos/{owner}/{repo}/actions/runs/{run_id}/jobs';
const runnersPath: keyof paths = '/orgs/{org}/actions/runners';

export interface GithubState {
  /** By `owner/name`; others are not found. */
  readonly jobs: Record<string, Job[]>;
  /** By organization. */
  readonly runners: Record<string, Runner[]>;
  /** What a caller has left; null: no header says so. */
  remaining: number | null;
  resetAt: number;
}

export function aJob(change: Partial<Job> & Pick<Job, 'id'>): Job {
  return {
    run_id: 1,
    status: 'queued',
    conclusion: null,
    labels: ['self-hosted', 'linux'],
    created_at: '2023-11-14T22:12:00Z',
    started_at: '2023-11-14T22:12:00Z',
    completed_at: null,
    runner_name: null,
    ...change,
  };
}

export async function startGithub(state: GithubState): Promise<HttpFake> {
  return startHttpFake(({ path, headers }, response) => {
    const url = new URL(path, 'http://127.0.0.1');
    const body = answerOf(state, url);
    const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('hex')}"`;
    const limits =
      state.remaining === null
        ? {}
        : {
            'x-ratelimit-remaining': String(state.remaining),
            'x-ratelimit-reset': String(state.resetAt),
          };
    if (body === null) response.writeHead(404, limits).end('{"message":"Not Found"}');
    else if (headers['if-none-match'] === etag) response.writeHead(304, { etag, ...limits }).end();
    else response.writeHead(200, { etag, ...limits }).end(JSON.stringify(body));
  });
}

/** null: not found. */
export function answerOf({ jobs, runners }: GithubState, url: URL): unknown {
  const { pathname, searchParams } = url;
  const ofRun = match(jobsPath, pathname);
  if (ofRun !== null) {
    const [owner, repository, run] = ofRun;
    const some = (jobs[`${owner}/${repository}`] ?? []).filter((job) => job.run_id === Number(run));
    return page('jobs', some, searchParams);
  }
  const ofRepository = match(runsPath, pathname);
  if (ofRepository !== null) {
    const all = jobs[ofRepository.join('/')];
    if (all === undefined) return null;
    const runs = runsOf(all).filter(({ status }) => status === searchParams.get('status'));
    return page('workflow_runs', runs, searchParams);
  }
  const [organization = ''] = match(runnersPath, pathname) ?? [];
  const some = runners[organization];
  return some === undefined ? null : page('runners', some, searchParams);
}

/** A run is in progress once one of its jobs has begun, until all are completed. */
function runsOf(jobs: readonly Job[]): readonly Run[] {
  return [...new Set(jobs.map((job) => job.run_id))].map((id) => {
    const statuses = jobs.filter((job) => job.run_id === id).map(({ status }) => status);
    if (statuses.every((status) => status === 'completed')) return { id, status: 'completed' };
    const hasBegun = statuses.some((status) => status === 'in_progress' || status === 'completed');
    return { id, status: hasBegun ? 'in_progress' : (statuses[0] ?? 'queued') };
  });
}

function page<Item>(key: string, items: readonly Item[], query: URLSearchParams) {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const start = (Number(query.get('page') ?? 1) - 1) * size;
  return { total_count: items.length, [key]: items.slice(start, start + size) };
}

function match(template: string, path: string): readonly string[] | null {
  const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`);
  return pattern.exec(path)?.slice(1) ?? null;
}
