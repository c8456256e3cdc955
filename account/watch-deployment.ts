/** Follows a deployment: canary first, and back to the previous image when its workers fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import ky from 'ky';
import * as z from 'zod';
import { tagKeys } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { describeGroups, describeInstances } from '../scaler/aws/describe-fleet.ts';
import { type ImageChange, putBack, putImages } from './deploy-image.ts';
import {
  type DeployedWorker,
  isFailing,
  type Progress,
  progressOf,
} from './deploy-image-progress.ts';

export interface WatchOptions {
  readonly fleet: Fleet;
  readonly pool: Pool;
  /** What was put in. */
  readonly changes: readonly ImageChange[];
  /** Workers of the new image at most until so many are proven; null: no limit. */
  readonly canary: number | null;
  /** The scaler's API; null: AWS alone is asked. */
  readonly scaler: URL | null;
  /** Time between two looks. */
  readonly interval: Seconds;
  readonly since: UnixSeconds;
  readonly now: () => UnixSeconds;
  readonly say: (line: string) => void;
}

const answerLimitMilliseconds = 10_000;

/** What of `/api/v2/pools/POOL/workers` counts here. */
const workersSchema = z.object({
  workers: z.array(z.object({ instanceId: z.string(), heardAt: z.number().nullable() })),
});

/**
 * Until every worker of the pool is of the new image and one at least is proven.
 *
 * While canaries are awaited, the parameters go back to the previous image as soon as enough have
 * started; what starts between two looks is over that number.
 *
 * @returns what is known when the signal fires, or all is done
 * @throws Error when the new image fails; the previous one is back then
 */
export async function watchDeployment(
  options: WatchOptions,
  signal: AbortSignal,
): Promise<Progress | null> {
  const { fleet, changes, canary, say } = options;
  const images = new Set(changes.map(({ after }) => after));
  let progress: Progress | null = null;
  let held = false;
  let told = '';
  const takeBack = async (why: string): Promise<never> => {
    const failed = await putBack(fleet, changes);
    if (failed.length === 0) throw new Error(`${why}; the previous image is back`);
    throw new Error(`${why}; the previous image could not be put back: ${failed.join('; ')}`);
  };
  for (;;) {
    const workers = await look(options, signal).catch((error: Error) => {
      if (!signal.aborted) say(`cannot look: ${error.message}; trying again`);
      return null;
    });
    if (workers !== null) {
      const { missingAfter } = options.pool.lifecycle;
      const at = { images, since: options.since, missingAfter, now: options.now() };
      progress = progressOf(workers, at, progress);
      const line = describeProgress(progress, held);
      if (line !== told) say(line);
      told = line;
      if (isFailing(progress, canary)) {
        const causes = [...progress.failed].map(([id, why]) => `${id} ${why}`).join(', ');
        await takeBack(`workers of the new image fail: ${causes}`);
      }
      const awaited = canary !== null && progress.proven.length < canary;
      const started = progress.proven.length + progress.booting.length;
      if (awaited && !held && started >= canary) {
        const failed = await putBack(fleet, changes);
        if (failed.length > 0) throw new Error(`could not hold launches: ${failed.join('; ')}`);
        held = true;
      } else if (awaited && held && started < canary) {
        await putImages(fleet, changes, signal);
        held = false;
      } else if (!awaited && held) {
        await putImages(fleet, changes, signal);
        held = false;
        say('the canaries run: the new image is for all launches');
      }
      if (!awaited && progress.older === 0 && progress.proven.length > 0) return progress;
    }
    await sleep(options.interval * 1_000, undefined, { signal }).catch(() => {});
    if (!signal.aborted) continue;
    if (canary === null || (progress?.proven.length ?? 0) >= canary) return progress;
    await takeBack(`${progress?.proven.length ?? 0} of ${canary} canaries registered in time`);
  }
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

async function look(options: WatchOptions, signal: AbortSignal): Promise<DeployedWorker[]> {
  const { fleet, pool, scaler } = options;
  const heard = scaler === null ? null : await heardWorkers(scaler, pool.name, signal);
  const regions = fleet.regions.filter(({ name }) => pool.regions.includes(name));
  const found = await Promise.all(
    regions.map(async ({ name: region, credentials }) => {
      const configuration = clientConfiguration(credentials, region);
      const of = { fleet: fleet.name, region, caller: 'person' as const };
      const groups = await describeGroups(new AutoScalingClient(configuration), of, signal);
      const inService = new Set(
        groups.flatMap(({ Instances = [] }) =>
          Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').map(
            ({ InstanceId }) => InstanceId,
          ),
        ),
      );
      const instances = await describeInstances(new EC2Client(configuration), of, signal);
      return instances
        .filter(({ Tags = [] }) =>
          Tags.some(({ Key, Value }) => Key === tagKeys.pool && Value === pool.id),
        )
        .map(({ InstanceId = '', ImageId = '', LaunchTime, State, StateReason }) => {
          const hasEnded = !['pending', 'running'].includes(State?.Name ?? '');
          return {
            ...{ instanceId: InstanceId, region, imageId: ImageId },
            launchedAt: (LaunchTime?.getTime() ?? 0) / 1_000,
            endedBecause: hasEnded ? (StateReason?.Code ?? State?.Name ?? 'unknown') : null,
            inService: inService.has(InstanceId),
            heard: heard === null ? null : heard.has(InstanceId),
          };
        });
    }),
  );
  return found.flat();
}

async function heardWorkers(
  scaler: URL,
  pool: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const token = process.env.MUSTER_TOKEN;
  const answer = await ky
    .get(new URL(`/api/v2/pools/${encodeURIComponent(pool)}/workers`, scaler), {
      ...{ timeout: answerLimitMilliseconds, retry: { limit: 2 }, signal },
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
    .json();
  const { workers } = workersSchema.parse(answer);
  return new Set(
    workers.filter(({ heardAt }) => heardAt !== null).map(({ instanceId }) => instanceId),
  );
}
