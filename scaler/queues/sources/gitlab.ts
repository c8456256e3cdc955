import pLimit from 'p-limit';
import { z } from 'zod';
import type { GitlabDeclaration } from '../../../pool/queues/gitlab.ts';
import { endpointKey } from '../../../pool/queues/http.ts';
import type { UnixSeconds } from '../../../pool/units.ts';
import { withinLimit } from '../../time-limit.ts';
import { finishedJobsAtOnce, metricLimit, pagesAtMost, requestsAtOnce } from '../limits.ts';
import { type QueueSource, type SourceContext, SourceError } from '../source.ts';
import { countJobs, RunningJobs, tasksOf, type WorkflowJob } from './workflow-jobs.ts';

/** docs.gitlab.com/api/jobs, "List project jobs" */
const jobSchema = z.object({
  id: z.int(),
  status: z.string(),
  tag_list: z.array(z.string()),
  queued_duration: z.number().nullish(),
  duration: z.number().nullish(),
  runner: z.object({ description: z.string().nullish() }).nullish(),
});
const jobsSchema = z.array(jobSchema);

interface GitlabJob extends WorkflowJob {
  readonly project: string;
  readonly path: string;
}

/** `pending` waits for a runner; jobs that wait for others, for a resource or for a person do not count. */
const activeJobs =
  'scope[]=pending&scope[]=running&per_page=100&pagination=keyset&order_by=id&sort=asc';

/**
 * GitLab by its jobs API, which lists the jobs of one project and does not filter by tag. A runner takes
 * a job when it has all the tags that the job asks for (docs.gitlab.com/ci/runners, "Control which jobs
 * a runner can run").
 */
export const gitlabSource: QueueSource<GitlabDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: (context, first) => {
    const inLine = pLimit(requestsAtOnce);
    const running = new RunningJobs<GitlabJob>();
    const { endpoint } = first;
    return {
      async read(declarations, answer, signal) {
        const now = context.clock.now();
        const all = [...declarations.values()];
        const jobs = new Map<string, readonly GitlabJob[] | SourceError>();
        const look = async (project: string) => {
          try {
            jobs.set(project, await jobsOf(context, endpoint, project, now, signal));
          } catch (error) {
            // One project that is not there leaves its own pools unknown, and no others.
            if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
            jobs.set(project, error);
          }
        };
        const [one, ...others] = new Set(all.flatMap(({ projects }) => projects));
        // First by itself: who is refused need not ask for the rest.
        if (one !== undefined) await look(one);
        await Promise.all(others.map((project) => inLine(() => look(project))));
        const active = [...jobs.values()].flatMap((some) => (some instanceof Error ? [] : some));
        const gone = running.left(active).slice(0, finishedJobsAtOnce);
        const finished = await withinLimit(metricLimit, signal, (limited) =>
          Promise.all(
            gone.map(({ project, path }) =>
              inLine(() => askJob(context, endpoint, project, path, now, limited)),
            ),
          ),
        ).catch((error: unknown) => {
          // Counts are worth having without them.
          context.report('finished jobs', error);
          return [];
        });
        for (const [key, declaration] of declarations) {
          const found = declaration.projects.map((project) => jobs.get(project) ?? []);
          const problem = found.find((some) => some instanceof SourceError);
          if (problem !== undefined) {
            answer(key, { error: problem.message });
            continue;
          }
          const mine = active.filter((job) => concerns(declaration, job));
          const ended = finished.filter((job) => concerns(declaration, job));
          answer(key, { ...countJobs(mine, now), finishedTasks: tasksOf(ended) });
        }
      },
    };
  },
};

function concerns(
  { projects, tags, untagged }: GitlabDeclaration,
  { project, labels }: GitlabJob,
): boolean {
  if (!projects.includes(project)) return false;
  return labels.length === 0 ? untagged : labels.every((tag) => tags.includes(tag));
}

async function jobsOf(
  { http }: SourceContext,
  endpoint: GitlabDeclaration['endpoint'],
  project: string,
  now: UnixSeconds,
  signal: AbortSignal,
): Promise<readonly GitlabJob[]> {
  const path = `/api/v4/projects/${encodeURIComponent(project)}/jobs`;
  const jobs: GitlabJob[] = [];
  let query: string | null = activeJobs;
  for (let page = 1; page <= pagesAtMost; page += 1) {
    const url: string = `${endpoint.url}${path}?${query}`;
    const { value, headers } = await http.json({ url, endpoint }, jobsSchema, signal);
    jobs.push(...value.map((job) => toJob(project, path, job, now)));
    query = nextQuery(headers);
    if (query === null) return jobs;
  }
  throw new SourceError('unreadable', `${endpoint.url}${path}: more than ${pagesAtMost} pages`);
}

/**
 * Of the next page, from `Link: <URL>; rel="next"` (docs.gitlab.com/api/rest, "Pagination"); null: this
 * was the last. Its host is what the server calls itself, and is not asked.
 */
function nextQuery(headers: Headers): string | null {
  const url = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  return url !== undefined && URL.canParse(url) ? new URL(url).search.slice(1) : null;
}

async function askJob(
  { http }: SourceContext,
  endpoint: GitlabDeclaration['endpoint'],
  project: string,
  path: string,
  now: UnixSeconds,
  signal: AbortSignal,
): Promise<GitlabJob> {
  const url = `${endpoint.url}${path}`;
  const { value } = await http.json({ url, endpoint }, jobSchema, signal);
  return toJob(project, path.replace(/\/\d+$/, ''), value, now);
}

function toJob(
  project: string,
  path: string,
  job: z.output<typeof jobSchema>,
  now: UnixSeconds,
): GitlabJob {
  const ended = job.status === 'success' || job.status === 'failed';
  const queued = job.queued_duration ?? null;
  return {
    id: `${project} ${job.id}`,
    project,
    path: `${path}/${job.id}`,
    labels: job.tag_list,
    state: stateOf(job.status),
    // When its pipeline was created is told too, but a job is not queued before its turn.
    createdAt: queued === null ? null : now - queued,
    duration: ended ? (job.duration ?? null) : null,
    runner: job.runner?.description ?? null,
  };
}

function stateOf(status: string): WorkflowJob['state'] {
  if (status === 'pending') return 'waiting';
  if (status === 'running') return 'running';
  return ['success', 'failed', 'canceled'].includes(status) ? 'finished' : 'other';
}
