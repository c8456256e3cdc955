/**
 * The images that `muster image resolve` found, kept beside the declaration, so that the same input
 * gives the same plan until someone resolves anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { compareText } from './compare-text.ts';
import { DeclarationError, type Problem } from './declaration-error.ts';
import { loadFleet } from './load.ts';
import type { Architecture, Fleet, ImageSource, Pool } from './pool.ts';

const architectures = ['x86_64', 'arm64'] as const;

const pinnedSchema = z.strictObject({
  id: z.string().regex(/^ami-[0-9a-z]+$/),
  /** What it was found by, for whoever reads the file. */
  location: z.string(),
});

const lockSchema = z.strictObject({
  pools: z.record(
    z.string(),
    z.strictObject({
      source: z.union([
        z.strictObject({ owners: z.array(z.string()), locationRegex: z.string().nullable() }),
        z.strictObject({ ssm: z.string() }),
        z.strictObject({ amiSet: z.string() }),
      ]),
      images: z.record(z.string(), z.partialRecord(z.enum(architectures), pinnedSchema)),
    }),
  ),
});

/** By pool id. */
export type ImageLock = z.output<typeof lockSchema>;
export type PinnedPool = ImageLock['pools'][string];
export type PinnedImage = z.output<typeof pinnedSchema>;

export const emptyLock: ImageLock = { pools: {} };

/** `muster.lock.json` beside `muster.yaml`. */
export function lockFileOf(declaration: string): string {
  return `${declaration.replace(/\.ya?ml$/, '')}.lock.json`;
}

/** @throws {DeclarationError} when the file is there and is no lock. */
export function readImageLock(file: string): ImageLock {
  if (!existsSync(file)) return emptyLock;
  const refuse = (message: string, path = '') =>
    new DeclarationError(file, [{ path, position: null, message }]);
  const fix = 'allowed: what npx muster image resolve writes; remove the file and run that';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refuse(`cannot be read (${(error as Error).message}); ${fix}`);
  }
  const parsed = lockSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.message}; ${fix}`, issue?.path.join('.'));
}

/** The same lock is the same text, in whatever order its entries were found. */
export function printImageLock({ pools }: ImageLock): string {
  const sorted = <Value>(entries: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(entries).sort(([a], [b]) => compareText(a, b)));
  const text = Object.entries(sorted(pools)).map(([id, { source, images }]) => [
    id,
    {
      source,
      images: sorted(Object.fromEntries(Object.entries(images).map(([r, v]) => [r, sorted(v)]))),
    },
  ]);
  return `${JSON.stringify({ pools: Object.fromEntries(text) }, null, 2)}\n`;
}

/** What a pool's image is found by; null: it names its ids itself. */
export function sourceOf(image: ImageSource): PinnedPool['source'] | null {
  switch (image.kind) {
    case 'id':
      return null;
    case 'ssm':
      return { ssm: image.parameter };
    case 'ami-set':
      return { amiSet: image.name };
    case 'lookup':
      return { owners: [...image.owners], locationRegex: image.locationRegex };
  }
}

/** Regions and architectures that a pool needs an image for. */
export function neededImages({
  regions,
  instances,
}: Pool): readonly { readonly region: string; readonly architecture: Architecture }[] {
  const present = new Set(instances.map(({ architecture }) => architecture));
  const own = architectures.filter((architecture) => present.has(architecture));
  return [...regions]
    .sort(compareText)
    .flatMap((region) => own.map((architecture) => ({ region, architecture })));
}

/**
 * The fleet with each pinned image in place of what it was found by. An image of owners must be pinned;
 * one of an SSM parameter may be, else EC2 reads the parameter at each launch.
 *
 * @throws {DeclarationError} with every pool whose image is not pinned, or not as it is declared now.
 */
export function pinImages(fleet: Fleet, lock: ImageLock, declaration: string): Fleet {
  const problems: Problem[] = [];
  const pools = fleet.pools.map((pool): Pool => {
    const problem = pinProblem(pool, lock.pools[pool.id]);
    if (problem !== null) {
      const state = pool.image.kind === 'ami-set' ? ' --state STORE' : '';
      const fix = `run npx muster image resolve${state} --config ${declaration}`;
      const message = `${problem} in ${basename(lockFileOf(declaration))}; ${fix}`;
      problems.push({ path: `pools.${pool.name}.image`, position: null, message });
    }
    const pinned = lock.pools[pool.id];
    if (pinned === undefined || pool.image.kind === 'id') return pool;
    return { ...pool, image: { kind: 'id', ids: idsOf(pinned) } };
  });
  if (problems.length > 0) throw new DeclarationError(declaration, problems);
  return { ...fleet, pools };
}

/** A declaration with its images pinned: what Terraform is written from. */
export function loadPinnedFleet(declaration: string): Fleet {
  const fleet = loadFleet(declaration);
  return pinImages(fleet, readImageLock(lockFileOf(declaration)), declaration);
}

function pinProblem(pool: Pool, pinned: PinnedPool | undefined): string | null {
  const source = sourceOf(pool.image);
  if (source === null) return null;
  if (pinned === undefined) return pool.image.kind === 'ssm' ? null : 'not pinned';
  if (!isDeepStrictEqual(pinned.source, source)) return 'pinned for another declaration of it';
  const absent = neededImages(pool).find(
    ({ region, architecture }) => !pinned.images[region]?.[architecture],
  );
  return absent === undefined ? null : `not pinned for ${absent.architecture} in ${absent.region}`;
}

function idsOf({ images }: PinnedPool): Extract<ImageSource, { kind: 'id' }>['ids'] {
  return Object.fromEntries(
    Object.entries(images).map(([region, byArchitecture]) => [
      region,
      Object.fromEntries(
        Object.entries(byArchitecture).map(([architecture, { id }]) => [architecture, id]),
      ),
    ]),
  );
}
