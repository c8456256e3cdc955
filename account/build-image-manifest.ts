/** What a build has made: Packer's manifest, and the record that `muster image deploy` reads. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Architecture } from '../pool/pool.ts';

const manifestSchema = z.object({
  builds: z.array(z.object({ packer_run_uuid: z.string(), artifact_id: z.string() })),
  last_run_uuid: z.string(),
});

/** `POOL.image.json`: the last image that was built for a pool, in each of its regions. */
export const imageRecordSchema = z.strictObject({
  fleet: z.string(),
  pool: z.string(),
  build: z.string(),
  /** ISO 8601, UTC. */
  builtAt: z.string(),
  gitCommit: z.string(),
  base: z.string(),
  workerKind: z.string(),
  workerVersion: z.string().nullable(),
  images: z.record(z.string(), z.partialRecord(z.enum(['x86_64', 'arm64']), z.string())),
});

export type ImageRecord = z.output<typeof imageRecordSchema>;
export type ImagesByRegion = Record<string, Partial<Record<Architecture, string>>>;

/**
 * Ids by region of the last build in a manifest. Packer writes them as `REGION:ID,REGION:ID`.
 *
 * @throws Error when the file is no manifest, or a region has no image.
 */
export function readManifest(file: string, regions: readonly string[]): Map<string, string> {
  const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  const last = parsed.data?.builds.find(
    ({ packer_run_uuid }) => packer_run_uuid === parsed.data.last_run_uuid,
  );
  if (last === undefined) throw new Error(`${file} is no manifest of Packer`);
  const images = new Map(
    last.artifact_id.split(',').map((part): [string, string] => {
      const [region = '', id = ''] = part.split(':');
      return [region, id];
    }),
  );
  const absent = regions.filter((region) => !images.get(region)?.startsWith('ami-'));
  if (absent.length > 0) throw new Error(`there is no image in ${absent.join(', ')}`);
  return images;
}
