import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type ImageRecord, imageRecordSchema } from '../account/build-image-manifest.ts';
import { DeclarationError } from '../pool/declaration-error.ts';
import { lockFileOf, neededImages, readImageLock } from '../pool/image-lock.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import type { Architecture, Fleet, Pool } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { systemClock } from '../scaler/system-clock.ts';
import { deployAmiSets } from './deploy-ami-sets.ts';
import { type DefinitionSource, sourceOption } from './stored-definitions.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

interface Options {
  readonly config: string;
  readonly manifest?: string;
  readonly image: readonly GivenImage[];
  readonly previous?: true;
  readonly canary?: number;
  readonly watch?: true;
  readonly scaler?: URL;
  readonly state?: DefinitionSource;
  readonly timeout: Seconds;
}

interface GivenImage {
  readonly region: string;
  /** null: of the pool's only one. */
  readonly architecture: Architecture | null;
  readonly id: string;
}

type ImageOf = (place: { readonly region: string; readonly architecture: Architecture }) => string;

/** Time between two looks while a deployment is followed. */
const lookEvery: Seconds = 5;

export function imageDeployCommand(): Command {
  return new Command('deploy')
    .description(
      "put an image into use: into the SSM parameters or AMI sets that a pool's image names",
    )
    .argument('<pool>', 'the pool')
    .option(
      '--manifest <path>',
      'what muster image build wrote: its folder, or POOL.image.json in it (default: image.out)',
    )
    .option(
      '--image <region=ami>',
      'or REGION/ARCHITECTURE=AMI, in place of a manifest; for each region of the pool',
      collectImage,
      [],
    )
    .option('--previous', 'the image that was in use before the present one')
    .option('--canary <number>', 'start so many first, and the rest once these run', parseCanary)
    .option('--watch', 'follow the new workers; put the previous image back when they fail')
    .option(
      '--scaler <url>',
      "with --watch: the scaler's API, which knows who registered",
      parseUrl,
    )
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(sourceOption('--state', 'of a pool with an AMI set: the store that has it'))
    .addOption(timeoutOption('how long to follow', 30 * 60))
    .addHelpText(
      'after',
      '\n--canary implies --watch. A worker runs once the scaler has heard it; without --scaler, once it\n' +
        "has been in service for longer than the pool's lifecycle.missingAfter.\n" +
        'Exit code 1: the new image failed, and the previous one is back.',
    )
    .action(deploy);
}

async function deploy(name: string, options: Options): Promise<void> {
  const { config, canary = null } = options;
  const fleet = loadFleet(config);
  const pool = poolOf(fleet, name, config);
  const imageOf = options.previous ? null : givenImages(fleet, pool, options);
  if (options.previous && (options.manifest !== undefined || options.image.length > 0)) {
    throw refused('--previous', 'got --manifest or --image too; allowed: one of the three');
  }
  const signal = untilStopped(options.timeout);
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (pool.image.kind === 'ami-set') {
    if (canary !== null || options.watch) {
      throw refused('--watch', 'got a pool with an AMI set, whose templates change with an apply');
    }
    return deployAmiSets(fleet, pool, imageOf, options.state, say);
  }
  refuseFixed(pool, config);
  const { plannedChanges, putImages } = await import('../account/deploy-image.ts');
  const changes = await plannedChanges(fleet, pool, imageOf, signal);
  const since = Math.floor(systemClock.now());
  for (const { region, parameter, before, after } of changes) {
    say(`${region} ${parameter}: ${after} (${before === after ? 'as before' : `was ${before}`})`);
  }
  tellSharers(fleet, pool, say);
  await putImages(fleet, changes, signal);
  const changed = changes.filter(({ before, after }) => before !== after);
  if (changed.length === 0) return say('Nothing to deploy');
  if (canary === null && !options.watch) {
    return say('Deployed: workers that start from now on have the new image');
  }
  const { watchDeployment } = await import('../account/watch-deployment.ts');
  const progress = await watchDeployment(
    {
      ...{ fleet, pool, changes: changed, canary, since, say, interval: lookEvery },
      scaler: options.scaler ?? null,
      now: systemClock.now,
    },
    signal,
  );
  if (progress === null || progress.proven.length === 0) {
    return say('Deployed; no worker of the new image has run yet');
  }
  const { older } = progress;
  say(
    older === 0
      ? 'Deployed to every worker'
      : `Deployed; ${older} workers of older images are left`,
  );
}

function poolOf(fleet: Fleet, name: string, config: string): Pool {
  const pool = fleet.pools.find((item) => item.name === name);
  if (pool !== undefined) return pool;
  const known = fleet.pools.map((item) => item.name);
  const fix = suggestion(nearest(name, known));
  throw refused('pools', `got ${name}; allowed: ${known.join(', ')}${fix}`, config);
}

/** An image that nothing names at run time changes with the declaration. */
function refuseFixed({ id, name, image }: Pool, config: string): void {
  const path = `pools.${name}.image`;
  if (image.kind !== 'ssm') {
    const message = `got ${image.kind === 'id' ? 'image ids' : 'owners'}; allowed: ssm or amiSet, which a deployment changes`;
    throw refused(path, message, config);
  }
  if (image.parameter.startsWith('/aws/')) {
    throw refused(
      path,
      `got ${image.parameter}, which is AWS's; allowed: a parameter of your own`,
      config,
    );
  }
  const file = lockFileOf(config);
  if (readImageLock(file).pools[id] === undefined) return;
  const message = `pinned in ${file}, so that templates do not read ${image.parameter}; remove it there, synth and apply`;
  throw refused(path, message, config);
}

/** @throws {DeclarationError} unless each region and architecture of the pool has an image, and no other */
function givenImages(fleet: Fleet, pool: Pool, { manifest, image }: Options): ImageOf {
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

function tellSharers({ pools }: Fleet, pool: Pool, say: (line: string) => void): void {
  const { image } = pool;
  const others = pools.filter(
    (other) =>
      other !== pool &&
      image.kind === 'ssm' &&
      other.image.kind === 'ssm' &&
      other.image.parameter === image.parameter,
  );
  if (others.length > 0) say(`read by ${others.map(({ name }) => name).join(', ')} too`);
}

function refused(path: string, message: string, file = 'muster image deploy'): DeclarationError {
  return new DeclarationError(file, [{ path, position: null, message }]);
}

function collectImage(text: string, before: readonly GivenImage[]): readonly GivenImage[] {
  const form = /^([a-z]{2}(?:-[a-z]+)+-\d)(?:\/(x86_64|arm64))?=(ami-[0-9a-z]+)$/;
  const [, region, architecture, id] = form.exec(text) ?? [];
  if (region === undefined || id === undefined) {
    throw new InvalidArgumentError(
      'Allowed: eu-west-1=ami-0a1b2c3d, or eu-west-1/arm64=ami-0a1b2c3d.',
    );
  }
  return [...before, { region, architecture: (architecture as Architecture) ?? null, id }];
}

function parseCanary(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000) return count;
  throw new InvalidArgumentError('Allowed: a whole number from 1 to 1000.');
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('Allowed: a URL such as http://127.0.0.1:3001.');
}
