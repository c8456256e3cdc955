import { z } from 'zod';
import type { GiteaDeclaration } from '../../../pool/queues/gitea.ts';
import { pagesAtMost } from '../limits.ts';
import { type SourceContext, SourceError } from '../source.ts';
import { instantOf, type WorkflowJob } from './workflow-jobs.ts';

/** The most that a server answers with unless it is told otherwise (`MAX_RESPONSE_ITEMS`). */
const pageSize = 50;

const jobSchema = z.object({
  id: z.int(),
  url: z.string(),
  status: z.string(),
  conclusion: z.string().nullish(),
  labels: z.array(z.string()).nullable(),
  created_at: z.string().nullish(),
  started_at: z.string().nullish(),
  completed_at: z.string().nullish(),
  runner_name: z.string().nullish(),
});
const jobsSchema = z.object({
  total_count: z.int().min(0),
  jobs: z.array(jobSchema),
});
const runnersSchema = z.object({
  total_count: z.int().min(0),
  runners: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      busy: z.boolean(),
      disabled: z.boolean().optional(),
      labels: z.array(z.object({ name: z.string() })),
    }),
  ),
});
export type GiteaRunner = z.output<typeof runnersSchema>['runners'][number];

/** A job with where it is asked for by itself. */
export interface GiteaJob extends WorkflowJob {
  readonly path: string | null;
}

/**
 * Gitea's REST API (docs.gitea.com, "API Usage", and its Swagger description): lists of jobs of a
 * repository, an organization or the instance, by status. `queued` waits for a runner, `waiting` for
 * something else.
 */
export class GiteaApi {
  readonly #http: SourceContext['http'];
  readonly #endpoint: GiteaDeclaration['endpoint'];

  constructor({ http }: SourceContext, endpoint: GiteaDeclaration['endpoint']) {
    this.#http = http;
    this.#endpoint = endpoint;
  }

  /** Jobs that wait for a runner or run. @param owner null: of the instance */
  async activeJobs(owner: string | null, signal: AbortSignal): Promise<readonly GiteaJob[]> {
    const path = `${pathOf(owner)}/actions/jobs?status=queued&status=in_progress`;
    const jobs = await this.#pages(path, jobsSchema, ({ jobs: some }) => some, signal);
    return jobs.map(toJob);
  }

  /** One job as it is now. */
  async job(path: string, signal: AbortSignal): Promise<GiteaJob> {
    const url = `${this.#endpoint.url}/api/v1${path}`;
    const request = { url, endpoint: this.#endpoint };
    return toJob((await this.#http.json(request, jobSchema, signal)).value);
  }

  async runners(owner: string | null, signal: AbortSignal): Promise<readonly GiteaRunner[]> {
    const path = `${pathOf(owner)}/actions/runners`;
    return this.#pages(path, runnersSchema, ({ runners }) => runners, signal);
  }

  async #pages<Schema extends z.ZodType<{ readonly total_count: number }>, Item>(
    path: string,
    schema: Schema,
    itemsOf: (page: z.output<Schema>) => readonly Item[],
    signal: AbortSignal,
  ): Promise<readonly Item[]> {
    const items: Item[] = [];
    const address = `${this.#endpoint.url}/api/v1${path}${path.includes('?') ? '&' : '?'}`;
    for (let page = 1; page <= pagesAtMost; page += 1) {
      const url = `${address}limit=${pageSize}&page=${page}`;
      const request = { url, endpoint: this.#endpoint };
      const { value } = await this.#http.json(request, schema, signal);
      const some = itemsOf(value);
      items.push(...some);
      if (items.length >= value.total_count || some.length === 0) return items;
    }
    const message = `${address}: more than ${pagesAtMost * pageSize} entries`;
    throw new SourceError('unreadable', message);
  }
}

function pathOf(owner: string | null): string {
  if (owner === null) return '/admin';
  return owner.includes('/') ? `/repos/${owner}` : `/orgs/${owner}`;
}

function toJob(job: z.output<typeof jobSchema>): GiteaJob {
  const [startedAt, endedAt] = [instantOf(job.started_at), instantOf(job.completed_at)];
  const ended = job.conclusion === 'success' || job.conclusion === 'failure';
  const duration = ended && startedAt !== null && endedAt !== null ? endedAt - startedAt : null;
  return {
    id: String(job.id),
    labels: job.labels ?? [],
    state: stateOf(job.status),
    createdAt: instantOf(job.created_at),
    duration: duration === null ? null : Math.max(0, duration),
    runner: job.runner_name || null,
    // The host in it is what the server calls itself, which need not be how it is reached.
    path: /\/api\/v1(\/repos\/[\w.-]+\/[\w.-]+\/actions\/jobs\/\d+)$/.exec(job.url)?.[1] ?? null,
  };
}

function stateOf(status: string): WorkflowJob['state'] {
  if (status === 'queued') return 'waiting';
  if (status === 'in_progress') return 'running';
  return status === 'completed' ? 'finished' : 'other';
}
