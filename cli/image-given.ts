/** Which image a person gives for each region and architecture of a pool: by record, or one by one. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { type ImageRecord, imageRecordSchema } from '../account/build-image-manifest.ts';
import { DeclarationError } from '../pool/declaration-error.ts';
import { neededImages } from '../pool/image-lock.ts';
import type { Architecture, Fleet, Pool } from '../pool/pool.ts';

export interface GivenImage {
  readonly region: string;
  /** null: of the pool's only one. */
  readonly architecture: Architecture | null;
  readonly id: string;
}

export type ImageOf = (place: {
  readonly region: string;
  readonly architecture: Architecture;
}) => string;

/** @throws {DeclarationError} unless each region and architecture of the pool has an image, and no other */
export function givenImages(
  fleet: Fleet,
  pool: Pool,
  { manifest, image = [] }: { readonly manifest?: string; readonly image?: readonly GivenImage[] },
): ImageOf {
  if (manifest !== undefined && image.length > 0) {
    throw refused('--image', 'got --manifest too; allowed: one of them');
  }
  const file = recordFileOf(pool, manifest ?? 'image.out');
  const source = image.length > 0 ? '--image' : file;
  const images = image.length > 0 ? imagesOf(pool, image) : readRecord(fleet, pool, file).images;
  const places = neededImages(pool);
  const absent = places.filter((place) => !images[place.region]?.[place.architecture]);
  if (absent.length > 0) {
    const list = absent.map((place) => `${place.architecture} in ${place.region}`).join(', ');
    throw refused(source, `got no image for ${list}; allowed: one for each of the pool's`);
  }
  return ({ region, architecture }) => images[region]?.[architecture] ?? '';
}

/** A folder has one for each pool. */
function recordFileOf({ id }: Pool, path: string): string {
  const isFile = existsSync(path) ? !statSync(path).isDirectory() : path.endsWith('.json');
  return isFile ? path : join(path, `${id}.image.json`);
}

function imagesOf(pool: Pool, given: readonly GivenImage[]): ImageRecord['images'] {
  const images: ImageRecord['images'] = {};
  const places = neededImages(pool);
  for (const { region, architecture, id } of given) {
    const here = places.filter((place) => place.region === region);
    const [only, ...more] = here.filter(
      (place) => architecture === null || place.architecture === architecture,
    );
    if (only === undefined || more.length > 0) {
      const allowed = places.map((place) => `${place.region}/${place.architecture}`).join(', ');
      const got = architecture === null ? region : `${region}/${architecture}`;
      throw refused('--image', `got ${got}; allowed: ${allowed}`);
    }
    images[region] = { ...images[region], [only.architecture]: id };
  }
  return images;
}

function readRecord(
  fleet: Fleet,
  pool: Pool,
  file: string,
): Pick<ImageRecord, 'images' | 'fleet' | 'pool'> {
  const fix = `allowed: what npx muster image build ${pool.name} writes, or --image`;
  if (!existsSync(file)) throw refused(file, `is not there; ${fix}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refused(file, `cannot be read (${(error as Error).message}); ${fix}`);
  }
  const parsed = imageRecordSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(file, `${issue?.path.join('.')}: ${issue?.message}; ${fix}`);
  }
  const record = parsed.data;
  if (record.fleet !== fleet.name || record.pool !== pool.id) {
    throw refused(file, `got images of pool ${record.pool} of fleet ${record.fleet}; ${fix}`);
  }
  return record;
}

/** Of the command's own options, or of a file that they name. */
export function refused(
  path: string,
  message: string,
  file = 'muster image deploy',
): DeclarationError {
  return new DeclarationError(file, [{ path, position: null, message }]);
}

/** For an option that may be given again. */
export function collectImage(
  text: string,
  before: readonly GivenImage[] = [],
): readonly GivenImage[] {
  const form = /^([a-z]{2}(?:-[a-z]+)+-\d)(?:\/(x86_64|arm64))?=(ami-[0-9a-z]+)$/;
  const [, region, architecture, id] = form.exec(text) ?? [];
  if (region === undefined || id === undefined) {
    throw new InvalidArgumentError(
      'Allowed: eu-west-1=ami-0a1b2c3d, or eu-west-1/arm64=ami-0a1b2c3d.',
    );
  }
  return [...before, { region, architecture: (architecture as Architecture) ?? null, id }];
}
