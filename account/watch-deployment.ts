/** Follows a deployment: canary first, and back to the previous image when its workers fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, Pool } from '../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import {
  describePutBack,
  endCanary,
  type ImageChange,
  putBack,
  putImages,
} from './deploy-image.ts';
import { isAtRest, isFailing, type Progress, progressOf } from './deploy-image-progress.ts';
import { lookAtWorkers } from './deployed-workers.ts';

export interface WatchOptions {
  readonly fleet: Fleet;
  /** All that read the parameters. */
  readonly pools: readonly Pool[];
  /** What was put in. */
  readonly changes: readonly ImageChange[];
  /** Workers of the new image at most until so many are proven; null: no limit. */
  readonly canary: number | null;
  /** Follows until no worker of an older image is left. */
  readonly toTheEnd: boolean;
  /** The scaler's API; null: AWS alone is asked. */
  readonly scaler: URL | null;
  /** Time between two looks. */
  readonly interval: Seconds;
  readonly since: UnixSeconds;
  readonly now: () => UnixSeconds;
  readonly onProgress: (line: string) => void;
  /** Of what a person should know, whether progress is shown or not. */
  readonly say: (line: string) => void;
}

export interface Followed {
  /** null: nothing could be seen. */
  readonly progress: Progress | null;
  /**
   * `proven`: enough workers run. `no-workers`: there are none, and none is wanted. `stopped`: the time is
   * up, or the command was interrupted.
   */
  readonly end: 'proven' | 'no-workers' | 'stopped';
}

/**
 * Until enough workers of the new image are proven: the canaries, or else one; fewer where the pool has no
 * more workers.
 *
 * While canaries are awaited, the parameters go back to the previous image as soon as enough have
 * started; what starts between two looks is over that number. The mark of the canary is gone at the end,
 * whatever the end.
 *
 * @throws Error when the new image fails, or canaries are not proven in time; the previous one is back then
 */
export async function watchDeployment(
  options: WatchOptions,
  signal: AbortSignal,
): Promise<Followed> {
  try {
    return await follow(options, signal);
  } finally {
    for (const failure of await endCanary(options.fleet, options.changes)) options.say(failure);
  }
}

async function follow(options: WatchOptions, signal: AbortSignal): Promise<Followed> {
  const { fleet, changes, canary, say } = options;
  const takeBack = async (why: string, note: string): Promise<never> => {
    throw new Error(`${why}; ${describePutBack(await putBack(fleet, changes, note))}`);
  };
  const needed = canary ?? 1;
  let progress: Progress | null = null;
  let restSince: UnixSeconds | null = null;
  let held = false;
  let isProven = false;
  let lastProblem = '';
  let told = '';
  for (;;) {
    const seen: Progress | null = await look(options, progress, signal).catch((error: Error) => {
      if (!signal.aborted && error.message !== lastProblem) {
        say(`Cannot look: ${error.message}; trying again`);
      }
      lastProblem = error.message;
      return null;
    });
    if (seen !== null) {
      progress = seen;
      const { proven, booting, failed, older } = seen;
      const line = describeProgress(seen, held);
      if (line !== told) options.onProgress(line);
      told = line;
      if (isFailing(seen, isProven ? null : canary)) {
        const causes = [...failed].map(([id, why]) => `${id} ${why}`).join(', ');
        await takeBack(`workers of the new image fail: ${causes}`, 'its workers failed');
      }
      restSince = isAtRest(seen) ? (restSince ?? options.now()) : null;
      const rests = restSince !== null && options.now() - restSince >= restFor(options);
      isProven ||= proven.length >= needed || (rests && proven.length > 0);
      if (canary !== null && isProven && held) {
        await putImages(fleet, changes, false, signal);
        held = false;
        say('The canaries run: the new image is for all launches');
      } else if (canary !== null && !isProven) {
        held = await holdAtCanaries(options, canary, { progress: seen, held }, signal);
      }
      if (isProven && (!options.toTheEnd || older === 0)) return { progress: seen, end: 'proven' };
      const none = proven.length + booting.length + failed.size === 0;
      if (rests && none) return { progress: seen, end: 'no-workers' };
    }
    await sleep(options.interval * 1_000, undefined, { signal }).catch(() => {});
    if (!signal.aborted) continue;
    const isLate = signal.reason?.message !== 'stopped';
    if (canary !== null && !isProven) {
      const count = `${progress?.proven.length ?? 0} of ${canary} canaries registered`;
      await takeBack(isLate ? `${count} in time` : `stopped: ${count}`, 'it was not proven');
    }
    if (isLate && !isProven && (progress?.failed.size ?? 0) > 0) {
      const causes = [...(progress?.failed ?? [])].map(([id, why]) => `${id} ${why}`).join(', ');
      await takeBack(`no worker of the new image runs: ${causes}`, 'its workers failed');
    }
    return { progress, end: isProven ? 'proven' : 'stopped' };
  }
}

/** Keeps launches from the new image while enough canaries have started. @returns whether it does */
async function holdAtCanaries(
  { fleet, changes }: WatchOptions,
  canary: number,
  { progress, held }: { readonly progress: Progress; readonly held: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const wantsHold = progress.proven.length + progress.booting.length >= canary;
  if (wantsHold === held) return held;
  if (!wantsHold) await putImages(fleet, changes, true, signal);
  else {
    const failed = await putBack(fleet, changes, 'its canaries are not proven yet');
    if (failed.length > 0) {
      throw new Error(
        `launches could not be held to the previous image: ${failed.join('; ')}; there the new one stays in use`,
      );
    }
  }
  return wantsHold;
}

/** @throws what the next look may not meet */
async function look(
  options: WatchOptions,
  before: Progress | null,
  signal: AbortSignal,
): Promise<Progress> {
  const { pools, changes, since, now } = options;
  const { workers, awaited } = await lookAtWorkers(options, signal);
  const hooks = pools.map(({ lifecycle }) => lifecycle.launchHook ?? null);
  return progressOf(
    workers,
    {
      ...{ images: new Set(changes.map(({ after }) => after)), since, awaited, now: now() },
      missingAfter: Math.max(...pools.map(({ lifecycle }) => lifecycle.missingAfter)),
      launchHook: hooks.includes(null) ? null : Math.max(...hooks.map((hook) => hook ?? 0)),
    },
    before,
  );
}

function describeProgress({ proven, booting, failed, older }: Progress, held: boolean): string {
  const counts = [
    `${proven.length} of the new image run`,
    `${booting.length} boot`,
    `${failed.size} failed`,
    `${older} of an older image`,
  ];
  return `${counts.join(', ')}${held ? '; further launches are of the previous one' : ''}`;
}

/** A scaler that wants more has asked for it by then: it decides once in an interval. */
function restFor({ fleet }: WatchOptions): Seconds {
  return 2 * fleet.interval;
}
