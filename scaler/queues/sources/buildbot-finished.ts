import { z } from 'zod';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import type { BuildbotMaster } from './buildbot-master.ts';

/** Finished builds asked for at once; what is more comes with the next read. */
const mostFinished = 1_000;

const buildsSchema = z.object({
  builds: z.array(
    z.object({
      buildid: z.int(),
      builderid: z.int(),
      workerid: z.int(),
      started_at: z.number(),
      complete_at: z.number(),
      results: z.int().nullable(),
    }),
  ),
});
type Build = z.output<typeof buildsSchema>['builds'][number];

/**
 * Success, warnings, failure (Buildbot manual, "Build Result Codes"). The others were skipped, ended by
 * a fault of the master or worker, or cancelled, and do not tell how long a build takes.
 */
const ranToItsEnd = new Set([0, 1, 2]);

export interface FinishedBuild {
  readonly builderId: number;
  readonly worker: string | null;
  readonly duration: Seconds;
}

/** Builds that have ended since the first call, each told once. */
export class BuildbotFinished {
  #newest: UnixSeconds | null = null;
  /** Told of those that ended in the newest second, in which more may end. */
  #told: ReadonlySet<number> = new Set();

  async since(
    master: BuildbotMaster,
    workerNames: ReadonlyMap<number, string>,
    signal: AbortSignal,
  ): Promise<readonly FinishedBuild[]> {
    const since = this.#newest;
    const builds = await this.#ask(master, since, signal);
    const news = since === null ? [] : builds.filter(({ buildid }) => !this.#told.has(buildid));
    const newest = Math.max(since ?? 0, ...builds.map((build) => build.complete_at));
    const ended = builds.filter((build) => build.complete_at === newest);
    this.#told = new Set(ended.map(({ buildid }) => buildid));
    this.#newest = newest;
    return news
      .filter(({ results }) => results !== null && ranToItsEnd.has(results))
      .map((build) => ({
        builderId: build.builderid,
        worker: workerNames.get(build.workerid) ?? null,
        duration: Math.max(0, build.complete_at - build.started_at),
      }));
  }

  /** At first only the newest ones, to know where to start from. */
  async #ask(
    master: BuildbotMaster,
    since: UnixSeconds | null,
    signal: AbortSignal,
  ): Promise<readonly Build[]> {
    const fields = ['buildid', 'builderid', 'workerid', 'started_at', 'complete_at', 'results'];
    const filters =
      since === null
        ? { order: '-complete_at', limit: '100' }
        : { complete_at__ge: String(since), order: 'complete_at', limit: String(mostFinished) };
    const all = { complete: 'true', ...filters };
    const { builds } = await master.list(
      'builds',
      [...fields, 'complete'],
      all,
      buildsSchema,
      signal,
    );
    return builds;
  }
}
