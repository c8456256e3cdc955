import pLimit from 'p-limit';
import { z } from 'zod';
import type { GithubDeclaration } from '../../../pool/queues/github.ts';
import { longestRetryAfter, pagesAtMost, requestsAtOnce } from '../limits.ts';
import { type SourceContext, SourceError } from '../source.ts';
import { instantOf, type WorkflowJob } from './workflow-jobs.ts';

const pageSize = 100;

const runsSchema = z.object({
  total_count: z.int().min(0),
  workflow_runs: z.array(z.object({ id: z.int() })),
});
const jobsSchema = z.object({
  total_count: z.int().min(0),
  jobs: z.array(
    z.object({
      id: z.int(),
      status: z.string(),
      conclusion: z.string().nullish(),
      labels: z.array(z.string()),
      created_at: z.string().nullish(),
      started_at: z.string().nullish(),
      completed_at: z.string().nullish(),
      runner_name: z.string().nullish(),
    }),
  ),
});
const runnersSchema = z.object({
  total_count: z.int().min(0),
  runners: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      busy: z.boolean(),
      labels: z.array(z.object({ name: z.string() })),
    }),
  ),
});
export type GithubRunner = z.output<typeof runnersSchema>['runners'][number];

/** Runs that may have a job that waits for a runner, or one that runs. */
const activeStatuses = ['queued', 'in_progress', 'waiting'] as const;

/** A job's own outcome; others, such as `cancelled`, do not tell how long it takes. */
const ranToItsEnd = new Set(['success', 'failure']);

/** GitHub's REST API, version 2022-11-28 (docs.github.com/rest/actions). */
export class GithubApi {
  readonly #context: SourceContext;
  readonly #endpoint: GithubDeclaration['endpoint'];
  readonly #inLine = pLimit(requestsAtOnce);
  /** By repository: runs that were active at the last look. Those that ended since are asked once more. */
  readonly #activeRuns = new Map<string, ReadonlySet<number>>();

  constructor(context: SourceContext, endpoint: GithubDeclaration['endpoint']) {
    this.#context = context;
    this.#endpoint = endpoint;
  }

  /** Jobs of all active runs, those that have ended among them. GitHub has no list of jobs itself. */
  async jobsOf(repository: string, signal: AbortSignal): Promise<readonly WorkflowJob[]> {
    const runs = `/repos/${repository}/actions/runs`;
    const active = new Set<number>();
    for (const status of activeStatuses) {
      const pages = await this.#pages(
        `${runs}?status=${status}`,
        runsSchema,
        'workflow_runs',
        signal,
      );
      for (const { id } of pages) active.add(id);
    }
    const before = this.#activeRuns.get(repository) ?? new Set<number>();
    this.#activeRuns.set(repository, active);
    const jobs = await Promise.all(
      [...new Set([...active, ...before])].map((run) =>
        this.#inLine(() => this.#pages(`${runs}/${run}/jobs`, jobsSchema, 'jobs', signal)),
      ),
    );
    return jobs.flat().map((job) => toJob(repository, job));
  }

  /** @param of an organization, or a repository as `owner/name` */
  async runnersOf(of: string, signal: AbortSignal): Promise<readonly GithubRunner[]> {
    const path = `${of.includes('/') ? '/repos/' : '/orgs/'}${of}/actions/runners`;
    return this.#pages(path, runnersSchema, 'runners', signal);
  }

  async #pages<Key extends string, Item>(
    path: string,
    schema: z.ZodType<{ readonly total_count: number } & Readonly<Record<Key, readonly Item[]>>>,
    key: Key,
    signal: AbortSignal,
  ): Promise<readonly Item[]> {
    const items: Item[] = [];
    for (let page = 1; page <= pagesAtMost; page += 1) {
      const url =
        `${this.#endpoint.url}${path}${path.includes('?') ? '&' : '?'}` +
        `per_page=${pageSize}&page=${page}`;
      const request = { url, endpoint: this.#endpoint, headers: apiHeaders };
      const { value, headers } = await this.#context.http.json(request, schema, signal);
      this.#heedRateLimit(headers);
      items.push(...value[key]);
      if (items.length >= value.total_count || value[key].length < pageSize) return items;
    }
    throw new SourceError(
      'unreadable',
      `${this.#endpoint.url}${path}: more than ${pagesAtMost * pageSize} entries`,
    );
  }

  /** "Rate limits for the REST API": with none remaining, nothing is answered before the reset. */
  #heedRateLimit(headers: Headers): void {
    if (headers.get('x-ratelimit-remaining') !== '0') return;
    const reset = Number(headers.get('x-ratelimit-reset'));
    if (!Number.isFinite(reset)) return;
    const wait = Math.max(0, reset - this.#context.clock.now());
    this.#context.waitBeforeNextRead(Math.min(wait, longestRetryAfter));
  }
}

const apiHeaders = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
} as const;

function toJob(repository: string, job: z.output<typeof jobsSchema>['jobs'][number]): WorkflowJob {
  const [startedAt, endedAt] = [instantOf(job.started_at), instantOf(job.completed_at)];
  const tells = startedAt !== null && endedAt !== null && ranToItsEnd.has(job.conclusion ?? '');
  return {
    id: `${repository} ${job.id}`,
    labels: job.labels,
    state: stateOf(job.status),
    createdAt: instantOf(job.created_at),
    duration: tells ? Math.max(0, endedAt - startedAt) : null,
    runner: job.runner_name || null,
  };
}

/** `waiting`: for an approval; `pending`: for another run of its concurrency group; `requested`: to be queued. */
function stateOf(status: string): WorkflowJob['state'] {
  if (status === 'queued') return 'waiting';
  if (status === 'in_progress') return 'running';
  return status === 'completed' ? 'finished' : 'other';
}
