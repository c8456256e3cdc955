import type { GiteaDeclaration } from '../../../pool/queues/gitea.ts';
import { endpointKey } from '../../../pool/queues/http.ts';
import { labelSet, labelsServe } from '../../../pool/queues/runner-labels.ts';
import type { ReportedWorker } from '../../ports.ts';
import { withinLimit } from '../../time-limit.ts';
import { finishedJobsAtOnce, metricLimit, webhookReadEvery } from '../limits.ts';
import { type QueueSource, SourceError } from '../source.ts';
import { GiteaApi, type GiteaJob, type GiteaRunner } from './gitea-api.ts';
import { countJobs, RunningJobs, tasksOf } from './workflow-jobs.ts';

/** By owner; null is the instance. */
type ByOwner<Value> = ReadonlyMap<string | null, Value | SourceError>;

/**
 * Gitea Actions by polling: one list for each owner, which all pools share. Webhooks make it look at
 * once, as for GitHub.
 */
export const giteaSource: QueueSource<GiteaDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: webhookReadEvery,
  zeroHold: 0,
  open: (context, first) => {
    const api = new GiteaApi(context, first.endpoint);
    const running = new RunningJobs<GiteaJob>();
    return {
      async read(declarations, answer, signal) {
        const all = [...declarations.values()];
        const jobs = await byOwner(new Set(all.flatMap(ownersOf)), (owner) =>
          api.activeJobs(owner, signal),
        );
        const active = [...jobs.values()].flatMap((some) => (some instanceof Error ? [] : some));
        const gone = running.left(active);
        const extras = {
          finished: [] as readonly GiteaJob[],
          runners: new Map() as ByOwner<readonly GiteaRunner[]>,
        };
        try {
          await withinLimit(metricLimit, signal, async (limited) => {
            extras.finished = await finishedOf(api, gone, limited);
            const owners = all.filter(({ runners }) => runners).flatMap(ownersOf);
            extras.runners = await byOwner(new Set(owners), (owner) => api.runners(owner, limited));
          });
        } catch (error) {
          // Counts are worth having without them.
          context.report('finished jobs and runners', error);
        }
        const runningJobs = new Map(
          [...jobs].map(([owner, some]) => [owner, some instanceof Error ? some : byRunner(some)]),
        );
        const now = context.clock.now();
        for (const [key, declaration] of declarations) {
          const found = ownersOf(declaration).map((owner) => jobs.get(owner) ?? []);
          const problem = found.find((some) => some instanceof SourceError);
          if (problem !== undefined) {
            answer(key, { error: problem.message });
            continue;
          }
          const have = labelSet(declaration.labels);
          const byId = new Map(
            found.flatMap((some) =>
              some instanceof SourceError ? [] : some.map((job) => [job.id, job] as const),
            ),
          );
          const mine = [...byId.values()].filter((job) => labelsServe(have, job.labels));
          answer(key, {
            ...countJobs(mine, now),
            ...workersOf(declaration, extras.runners, runningJobs),
            finishedTasks: tasksOf(
              extras.finished.filter(
                (job) => isOf(declaration, job) && labelsServe(have, job.labels),
              ),
            ),
          });
        }
      },
    };
  },
};

function ownersOf({ owners }: GiteaDeclaration): readonly (string | null)[] {
  return owners.length === 0 ? [null] : owners;
}

/** Whether a job is of a repository whose jobs the declaration counts. */
function isOf({ owners }: GiteaDeclaration, { path }: GiteaJob): boolean {
  return owners.length === 0 || owners.some((owner) => path?.startsWith(`/repos/${owner}/`));
}

/** One owner that is not there leaves its own pools unknown, and no others. */
async function byOwner<Value>(
  owners: ReadonlySet<string | null>,
  ask: (owner: string | null) => Promise<Value>,
): Promise<ByOwner<Value>> {
  const answers = new Map<string | null, Value | SourceError>();
  for (const owner of owners) {
    try {
      answers.set(owner, await ask(owner));
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
      answers.set(owner, error);
    }
  }
  return answers;
}

/** Of jobs that no longer run: those that ended. One that could not be asked for is not told. */
async function finishedOf(
  api: GiteaApi,
  gone: readonly GiteaJob[],
  signal: AbortSignal,
): Promise<readonly GiteaJob[]> {
  const paths = gone.flatMap(({ path }) => path ?? []).slice(0, finishedJobsAtOnce);
  const asked = await Promise.allSettled(paths.map((path) => api.job(path, signal)));
  return asked
    .flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    .filter(({ state }) => state === 'finished');
}

/** How many jobs each runner runs, by its name. */
function byRunner(jobs: readonly GiteaJob[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state, runner } of jobs) {
    if (state === 'running' && runner !== null) counts.set(runner, (counts.get(runner) ?? 0) + 1);
  }
  return counts;
}

/**
 * A runner takes as many jobs as its own configuration says, which is not told. `busy` is true only for
 * 10 s after its last word (`RunnerIdleTime`), so the jobs that it runs are counted: a runner of an
 * owner runs that owner's jobs alone, and those are all listed.
 */
function workersOf(
  declaration: GiteaDeclaration,
  runners: ByOwner<readonly GiteaRunner[]>,
  runningJobs: ByOwner<ReadonlyMap<string, number>>,
): { readonly workers?: readonly ReportedWorker[] } {
  if (!declaration.runners) return {};
  const workers: ReportedWorker[] = [];
  for (const owner of ownersOf(declaration)) {
    const [some, running] = [runners.get(owner), runningJobs.get(owner)];
    // A list that is missing may hold a worker that is busy.
    if (some === undefined || some instanceof SourceError) return {};
    if (running === undefined || running instanceof SourceError) return {};
    for (const { name, status, labels, busy, disabled = false } of some) {
      const have = labelSet(labels.map((label) => label.name));
      if (status !== 'online' || !labelsServe(have, declaration.labels)) continue;
      const busySlots = Math.max(running.get(name) ?? 0, busy ? 1 : 0);
      workers.push({ name, capacity: null, busySlots, taking: !disabled });
    }
  }
  return { workers };
}
