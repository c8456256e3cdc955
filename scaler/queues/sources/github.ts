import type { GithubDeclaration } from '../../../pool/queues/github.ts';
import { endpointKey } from '../../../pool/queues/http.ts';
import { labelSet, labelsServe } from '../../../pool/queues/runner-labels.ts';
import type { ReportedWorker } from '../../ports.ts';
import { withinLimit } from '../../time-limit.ts';
import { metricLimit, webhookReadEvery } from '../limits.ts';
import { type QueueSource, SourceError } from '../source.ts';
import { GithubApi, type GithubRunner } from './github-api.ts';
import { countJobs, FinishedJobs, tasksOf, type WorkflowJob } from './workflow-jobs.ts';

type Jobs = ReadonlyMap<string, readonly WorkflowJob[] | SourceError>;

/**
 * GitHub Actions by polling. Webhooks only make it look at once (`scaler/api/webhooks`), so one that is
 * lost costs no more than an interval. An answer that has not changed is asked for by its ETag, which
 * does not count against the rate limit ("Best practices for using the REST API").
 */
export const githubSource: QueueSource<GithubDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: webhookReadEvery,
  zeroHold: 0,
  open: (context, first) => {
    const api = new GithubApi(context, first.endpoint);
    const finishedJobs = new FinishedJobs();
    return {
      async read(declarations, answer, signal) {
        const all = [...declarations.values()];
        const jobs = await jobsByRepository(api, all, signal);
        const told = [...jobs.values()].flatMap((some) => (some instanceof Error ? [] : some));
        const finished = new Set(finishedJobs.take(told));
        const runners = await runnersByOwner(api, all, signal).catch((error: unknown) => {
          context.report('runners', error);
          return null;
        });
        const now = context.clock.now();
        for (const [key, declaration] of declarations) {
          const { repositories, labels } = declaration;
          const found = repositories.map((repository) => jobs.get(repository) ?? []);
          const problem = found.find((some) => some instanceof SourceError);
          if (problem !== undefined) {
            answer(key, { error: problem.message });
            continue;
          }
          const have = labelSet(labels);
          const mine = found
            .flatMap((some) => (some instanceof SourceError ? [] : some))
            .filter((job) => labelsServe(have, job.labels));
          answer(key, {
            ...countJobs(mine, now),
            ...(runners !== null && workersOf(declaration, runners)),
            finishedTasks: tasksOf(mine.filter((job) => finished.has(job))),
          });
        }
      },
    };
  },
};

/** One repository that is not there leaves its own pools unknown, and no others. */
async function jobsByRepository(
  api: GithubApi,
  declarations: readonly GithubDeclaration[],
  signal: AbortSignal,
): Promise<Jobs> {
  const jobs = new Map<string, readonly WorkflowJob[] | SourceError>();
  const look = async (repository: string) => {
    try {
      jobs.set(repository, await api.jobsOf(repository, signal));
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
      jobs.set(repository, error);
    }
  };
  const repositories = new Set(declarations.flatMap((declaration) => declaration.repositories));
  const [one, ...others] = repositories;
  // First by itself: who is refused need not ask for the rest.
  if (one !== undefined) await look(one);
  await Promise.all(others.map(look));
  return jobs;
}

async function runnersByOwner(
  api: GithubApi,
  declarations: readonly GithubDeclaration[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly GithubRunner[]>> {
  const owners = [...new Set(declarations.flatMap(({ runners }) => runners))];
  return withinLimit(metricLimit, signal, async (limited) => {
    const found = owners.map(async (of) => [of, await api.runnersOf(of, limited)] as const);
    return new Map(await Promise.all(found));
  });
}

/** A runner takes one job at a time. */
function workersOf(
  { runners, labels }: GithubDeclaration,
  byOwner: ReadonlyMap<string, readonly GithubRunner[]>,
): { readonly workers?: readonly ReportedWorker[] } {
  if (runners.length === 0) return {};
  const online = runners
    .flatMap((of) => byOwner.get(of) ?? [])
    .filter(({ status }) => status === 'online')
    .filter((runner) => labelsServe(labelSet(runner.labels.map(({ name }) => name)), labels));
  return {
    workers: online.map(({ name, busy }) => ({
      name,
      capacity: 1,
      busySlots: busy ? 1 : 0,
      taking: true,
    })),
  };
}
