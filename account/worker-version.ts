/** The version that a pool's workers must have: pinned, or as their scheduler says. */
import ky from 'ky';
import type { BuildablePool } from './build-image-variables.ts';

const requestLimitMilliseconds = 10_000;

/**
 * @returns null for a kind that has no version
 * @throws Error when the scheduler does not say one
 */
export async function findWorkerVersion({ pool, worker }: BuildablePool): Promise<string | null> {
  const { version } = worker;
  if (version.kind === 'none') return null;
  if (version.kind === 'pinned') return version.version;
  const url = `${version.url.replace(/\/+$/, '')}/api/v1/info`;
  const at = `pools.${pool.name}.worker.versionFrom`;
  const fix = 'mend that, or pin it with version';
  let answer: { version?: unknown };
  try {
    answer = await ky
      .get(url, { timeout: requestLimitMilliseconds, retry: { limit: 2, jitter: true } })
      .json<{ version?: unknown }>();
  } catch (error) {
    throw new Error(`${at}: ${url}: ${(error as Error).message}; ${fix}`);
  }
  const said = answer?.version;
  if (typeof said !== 'string' || !/^[0-9][0-9A-Za-z.+-]{0,63}$/.test(said)) {
    throw new Error(`${at}: ${url} says no version; ${fix}`);
  }
  return said;
}
